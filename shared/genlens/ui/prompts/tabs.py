"""The tabs of the prompt page, in groups: what each is called in links and on the page."""

from __future__ import annotations

import gradio as gr

TABS = {
    "numbers": "Numbers",
    "pixels": "Pixels",
    "sub-prompts": "Sub-prompts",
    "objects": "Objects",
    "subsets": "Objects × words",
    "attention": "Where it looks",
    "network": "Inside the model",
    "versus": "Two prompts",
    "opinions": "Second opinions",
    "estimators": "Estimators",
    "tested": "Put to the test",
    "trust": "Trust",
    "method": "Method",
    "paper": "The paper’s table",
    "export": "Export",
}
"""Name of a tab in links -> what stands on it."""
GROUPS = {
    "words": ("Words", ("numbers", "pixels", "sub-prompts")),
    "things": ("Things in the image", ("objects", "subsets")),
    "inside": ("Looking inside", ("attention", "network")),
    "compare": ("Compare", ("versus", "opinions", "estimators")),
    "doubts": ("Can it be trusted?", ("tested", "trust")),
    "about": ("Method and paper", ("method", "paper")),
    "files": ("Export", ("export",)),
}
"""Name of a group -> what stands on it, and its tabs. A new tab is a line in ``TABS``, its name
here, and a ``with tabs.tab(name)`` in ``result.PromptResult`` (inside its group's)."""


def group_of(tab: str) -> str:
    """The group that holds ``tab``."""
    return next(name for name, (_, tabs) in GROUPS.items() if tab in tabs)


def title_of(group: str) -> str:
    """What stands on ``group``: of one tab, that tab's title, by which texts call it."""
    title, tabs = GROUPS[group]
    return TABS[tabs[0]] if len(tabs) == 1 else title


class TabGroups:
    """Groups of tabs, built where it is called: ``with group("words"), tab("numbers"): …``. A group
    of one tab shows that tab without a second row.

    Attributes:
        outer: the row of groups.
        inner: the row of tabs of each group that has more than one.
        groups: each group.
        each: each tab; of a group of one, the group itself.
    """

    def __init__(self) -> None:
        self.outer = gr.Tabs(overflow_behavior="wrap", elem_id="gl-tabs")
        self.inner: dict[str, gr.Tabs] = {}
        self.groups: dict[str, gr.Tab] = {}
        self.each: dict[str, gr.Tab] = {}

    def group(self, name: str) -> gr.Tabs | gr.Tab:
        """One group; its tabs are built inside."""
        tabs = GROUPS[name][1]
        with self.outer:
            alone = len(tabs) == 1
            # What links and scripts call a tab is the name of the tab, in a group of one too.
            mark = f"gl-tab-{tabs[0]}" if alone else f"gl-group-{name}"
            self.groups[name] = gr.Tab(title_of(name), id=name, elem_id=mark)
        if alone:
            return self.groups[name]
        with self.groups[name]:
            self.inner[name] = gr.Tabs(overflow_behavior="wrap", elem_classes="gl-inner-tabs")
        return self.inner[name]

    def tab(self, name: str) -> gr.Tab | gr.Column:
        """One tab of the group that is open."""
        group = group_of(name)
        if group not in self.inner:
            self.each[name] = self.groups[group]
            return gr.Column(elem_classes="gl-alone")
        self.each[name] = gr.Tab(TABS[name], id=name, elem_id=f"gl-tab-{name}")
        return self.each[name]

    def opened_at(self, name: str) -> dict[str, gr.Tabs]:
        """What opens the tab ``name``, by the names of ``outputs``."""
        group = group_of(name)
        found = {"tabs": gr.Tabs(selected=group)}
        if group in self.inner:
            found[f"tabs_{group}"] = gr.Tabs(selected=name)
        return found

    @property
    def outputs(self) -> dict[str, gr.Tabs]:
        """All rows of tabs, by name."""
        return {"tabs": self.outer, **{f"tabs_{name}": row for name, row in self.inner.items()}}

    @property
    def changes(self) -> list[object]:
        """gradio's events after which another tab is open."""
        return [row.change for row in self.outputs.values()]
