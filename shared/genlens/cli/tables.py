"""The measured tables of the README and the cards, filled in from the recorded figures.

``python -m genlens.cli.tables`` rewrites what stands between ``<!-- table: NAME -->`` and
``<!-- end table -->``, from ``zoo/cards/*.json`` (written by ``genlens evaluate ...
--json``). A test asks that the texts say what was recorded, so that no figure is typed by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from genlens.common.measures import Measure
from genlens.common.tables import Table
from genlens.errors import InputError
from genlens.hosting.deploy import find_checkout

CARDS = Path(__file__).parents[1] / "zoo" / "cards"
NOT_YET = "Not measured yet: `genlens evaluate {0} --json shared/genlens/zoo/cards/{0}.json`."
_BLOCK = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end table -->)", re.DOTALL)


def recorded(name: str) -> Any:
    """The figures of ``zoo/cards/<name>.json``.

    Raises:
        InputError: they were not recorded, or by a quick look.
    """
    path = CARDS / f"{name}.json"
    if not path.is_file():
        raise InputError(f"{path} is not there: run genlens evaluate {name} --json {path}")
    figures = json.loads(path.read_text(encoding="utf-8"))
    if figures.get("quick"):
        raise InputError(f"{path} is a quick look: run genlens evaluate {name} without --quick")
    return figures


def table(name: str) -> str:
    """The table that ``name`` stands for: "headline", "prompts", "zoo", "latents", "anchors",
    "steering", "hypotheses", "paper", "inside", "estimators", "attention" (a sentence while their
    figures are not recorded), or a model's id for its figures.

    Raises:
        InputError: no such table, or nothing recorded for it.
    """
    from genlens.anchors.evaluation import table as anchors_table
    from genlens.latents.evaluation import table as latents_table
    from genlens.prompts.evaluation import table as prompts_table
    from genlens.prompts.evaluation.attention import table as attention_table
    from genlens.prompts.evaluation.estimators import table as estimators_table
    from genlens.prompts.evaluation.inside import table as inside_table
    from genlens.prompts.evaluation.paper import table as paper_table
    from genlens.steering.evaluation import table as steering_table
    from genlens.steering.hypotheses.evaluation import table as hypotheses_table
    from genlens.zoo import evaluate
    from genlens.zoo import table as zoo_table

    if name == "headline":
        return headline()
    if name == "prompts":
        return prompts_table.format_table(recorded("prompts"))
    if name == "zoo":
        return zoo_table.format_table(recorded("zoo"), list(evaluate.BARS))
    if name == "latents":
        return latents_table.format_table(recorded("latents"))
    if name == "anchors":
        return anchors_table.format_table(recorded("anchors"))
    written: dict[str, Callable[[Any], str]] = {
        "steering": steering_table.format_table,
        "hypotheses": hypotheses_table.format_table,
        "paper": paper_table.format_table,
        "inside": inside_table.format_table,
        "estimators": estimators_table.format_table,
        "attention": attention_table.format_table,
    }
    if name in written:
        there = (CARDS / f"{name}.json").is_file()
        return written[name](recorded(name)) if there else NOT_YET.format(name)
    if name in evaluate.ALL_BARS:
        return zoo_table.format_table(recorded("zoo"), [name])
    raise InputError(f"there is no table {name!r}")


def headline() -> str:
    """A figure or two a page with the 95 % interval, from the recorded evaluations."""
    prompts, latents, anchors = recorded("prompts"), recorded("latents"), recorded("anchors")
    recall, precision = prompts["links_of_all_nouns"], prompts["link_precision"]
    best = next(
        m
        for m in latents["models"]["digits-vae"]["methods"]
        if (m["method"], m["kind"]) == ("integrated-gradients", "image")
    )
    gain = Measure.read(best["gain"])
    told = next(s for s in anchors["zeros"]["separations"] if s["name"] == "kld+mse")
    area = Measure.read(told["auc"])
    verdicts = recorded("hypotheses")
    right, alarms = (Measure.read(verdicts[name]) for name in ("right", "false_alarms"))
    rows = [
        (
            "Prompt attribution",
            "things that the prompt names, linked to their word (one that the model did not draw "
            f"counts as not linked): {recall['value']:.1%}",
            f"{recall['low']:.1%} to {recall['high']:.1%}",
            f"{recall['n']} nouns",
        ),
        (
            "Prompt attribution",
            "objects linked to a word that this word drew, of those that a referee can judge: "
            f"{precision['value']:.1%}",
            f"{precision['low']:.1%} to {precision['high']:.1%}",
            f"{precision['n']} objects",
        ),
        (
            "VAE explorer",
            "Integrated Gradients on digits: area between the deletion curves of random orders and "
            f"of the map (0 is chance): {gain.value:.2f}",
            f"{gain.low:.2f} to {gain.high:.2f}",
            f"{gain.n} pictures",
        ),
        (
            "Anchor browser",
            "digits that a VAE of zeros has never seen, told from held-out zeros by PXGen’s two "
            f"criteria together: AUC (0.5 is chance) {area.value:.3f}",
            f"{area.low:.3f} to {area.high:.3f}",
            f"{area.n:,} pictures",
        ),
        (
            "Property steering",
            "verdicts on hypotheses about classifiers, some with a planted shortcut, that are "
            f"right: {right.value:.0%}; supported without being true: {alarms.value:.0%} of "
            f"{alarms.n} ({alarms.low:.0%} to {alarms.high:.0%})",
            f"{right.low:.0%} to {right.high:.0%}",
            f"{right.n} claims",
        ),
    ]
    return Table(("page", "measured", "95 % interval", "cases"), rows).markdown()


def filled(text: str) -> str:
    """``text`` with every table as it was recorded."""
    return _BLOCK.sub(lambda m: f"{m[1]}\n{table(m[2])}\n\n{m[3]}", text)


def texts() -> Iterator[Path]:
    """The files that hold tables: the README, docs and cards."""
    root = find_checkout()
    for path in (root / "README.md", *sorted((root / "docs").glob("*.md")), *CARDS.glob("*.md")):
        if _BLOCK.search(path.read_text(encoding="utf-8")):
            yield path


def main() -> None:
    """Fill in the tables of all texts."""
    for path in texts():
        old = path.read_text(encoding="utf-8")
        new = filled(old)
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(f"{path}: tables filled in")


if __name__ == "__main__":
    main()
