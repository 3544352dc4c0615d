"""The room's figures as Markdown tables, which read well in a terminal too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from genlens.anchors.results import GROUPS
from genlens.common.measure_rows import Numbers, Row, branch, entries, part, reasons, show, word
from genlens.common.measures import Measure
from genlens.common.tables import Table

QUICK = (
    "A QUICK LOOK at few pictures: wide intervals, and not the figures of docs/anchors.md. Leave "
    "--quick out for those."
)


KNOWN = ("zeros", "glasses", "autos")
"""Parts of an evaluation that are about one model each."""
Block: TypeAlias = Table | str
"""A table, or a paragraph."""


def format_table(e: Mapping[str, Any]) -> str:
    """The evaluation as Markdown, from its ``to_dict()``."""
    return markdown(blocks(e))


def markdown(blocks: Sequence[Block]) -> str:
    """Tables and paragraphs as Markdown."""
    return "\n\n".join(
        block.markdown(padded=True) if isinstance(block, Table) else block for block in blocks
    )


def blocks(e: Mapping[str, Any]) -> list[Block]:
    """Its tables and paragraphs, in order, for whoever writes them in another form."""
    found: list[Block] = [QUICK] if part(e, "quick") else []
    known = {name: branch(e, name) for name in KNOWN if branch(e, name)}
    if known:
        found += [_separations(known), *map(verdict, known.values())]
        found += [_shares(known), *map(delusion, known.values())]
    found += [_coverage(entries(e, "coverage"))]
    if branch(e, "retrained"):
        found += retraining_tables(branch(e, "retrained"))
    found += ["\n".join(f"- {line}" for line in left_out_lines(e))]
    made = part(e, "made_by")
    found.append(
        f"{show(part(e, 'n'), '{:,}')} test digits; {show(part(made, 'seconds'), '{:.0f}')} s, "
        f"seed {part(made, 'seed')}. In brackets: 95 % intervals."
    )
    return [block for block in found if block != ""]


def verdict(known: Numbers) -> str:
    """Which criteria beat every control with their whole interval, in a sentence."""
    listed = entries(known, "separations")
    controls = [Measure.read(s.get("auc")).value for s in listed if s.get("control")]
    criteria = [s for s in listed if not s.get("control")]
    if not controls or not criteria:
        return ""
    bar = max(controls)
    good = [word(s, "title") for s in criteria if Measure.read(s.get("auc")).low > bar]
    bad = [word(s, "title") for s in criteria if word(s, "title") not in good]
    text = f"**{word(known, 'model')}**: " + (f"{_list(good)} above every control" if good else "")
    if bad:
        text += f"{'; ' if good else ''}not clearly above the best control: {_list(bad)}"
    return f"{text} (the best control: {show(bar, '{:.2f}')})."


def delusion(known: Numbers) -> str:
    """Whether the model mistakes what it never saw for what it knows (HILE), in a sentence."""
    found = {
        word(s, "kind"): Measure.read(s.get("share"))
        for s in entries(known, "shares")
        if s.get("group") == "HILE"
    }
    never, seen = (found.get(word(known, kind)) for kind in ("unknown", "known"))
    if never is None or seen is None:
        return ""
    if never.low <= seen.high:
        said = "no more of them are a model delusion (HILE) than of what it knows"
    elif never.low > 0.5:
        said = "most of them are a model delusion (HILE)"
    else:
        said = "a part of them is a model delusion (HILE), and more than of what it knows"
    if seen.low > 0.5:
        said += " (most of that is in HILE too: the model draws badly even what it was trained on)"
    shares = " against ".join(_figure("of", "%").shown({"of": m.to_dict()}) for m in (never, seen))
    return f"**{word(known, 'model')}**, {word(known, 'unknown')}: {said}, {shares}."


def _list(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + (" and " if words[:-1] else "") + words[-1]


def _separations(known: Mapping[str, Numbers]) -> Block:
    """Criteria in rows, models in columns."""
    titles = {
        word(s, "name"): f"{'(control) ' if s.get('control') else ''}{word(s, 'title')}"
        for of in known.values()
        for s in entries(of, "separations")
    }
    by_model = [{word(s, "name"): s for s in entries(of, "separations")} for of in known.values()]
    auc, caught = _figure("auc", "{:.3f}"), _figure("caught", "%")
    rows = [
        [title, *(figure.shown(of.get(name, {})) for of in by_model for figure in (auc, caught))]
        for name, title in titles.items()
    ]
    heads = [
        f"{word(of, 'model')}: {figure}" for of in known.values() for figure in ("AUC", "caught")
    ]
    return _table(["told apart by", *heads], rows)


def _shares(known: Mapping[str, Numbers]) -> Block:
    """Kinds of pictures in rows, groups in columns."""
    percent = _figure("share", "%")
    rows = []
    for of in known.values():
        for kind in (word(of, "known"), word(of, "unknown")):
            by_group = {
                word(s, "group"): s for s in entries(of, "shares") if word(s, "kind") == kind
            }
            some = Measure.read(part(next(iter(by_group.values()), None), "share"))
            cells = [percent.shown(by_group.get(group, {})) for group in GROUPS]
            rows.append([f"{word(of, 'model')}: {kind}", f"{some.n:,}", *cells])
    return _table(["in the group", "n", *GROUPS], rows)


def _coverage(rows: Sequence[Numbers]) -> Block:
    columns = [
        _figure("mean_ratio", "{:.3f}"),
        _figure("worst_ratio", "{:.2f}"),
        _figure("best_found", "%"),
        _figure("random", "{:.2f}"),
    ]
    lines = []
    for c in rows:
        promised = part(c, "promised")
        n = Measure.read(part(c, "mean_ratio")).n
        lines.append(
            [word(c, "title"), f"{n}", *(column.shown(c) for column in columns),
             "-" if promised is None else show(promised, "{:.0f}")]
        )  # fmt: skip
    heads = ["times worse than the best of all choices", "sets", "on average", "at worst",
             "is the best", "(control) random choice", "promised"]  # fmt: skip
    return _table(heads, lines)


def retraining_tables(r: Mapping[str, Any]) -> list[Block]:
    """The job's tables, from ``Retrained.to_dict()``."""
    fid, kid = _figure("fid", "{:.1f}"), _figure("kid", "{:,.0f}")
    seen = any(Measure.read(s.get("inception_kid")).n for s in entries(r, "shares"))
    sizes = list(dict.fromkeys((s["kept"], s["hihe"]) for s in entries(r, "shares")))
    ways = list(dict.fromkeys(word(s, "way") for s in entries(r, "shares")))
    rivals = list(dict.fromkeys(word(g, "rival") for g in entries(r, "gaps")))
    heads = [f"{kept:,} pictures{' (HIHE only)' if hihe else ''}" for kept, hihe in sizes]

    def lines(name: str, of: str, listed: Sequence[str], figure: Row) -> list[list[str]]:
        cells = {(word(s, of), s["kept"]): figure.shown(s) for s in entries(r, name)}
        return [[each, *(cells.get((each, kept), "-") for kept, _ in sizes)] for each in listed]

    named = [[_WAYS.get(way, way), *cells] for way, *cells in lines("shares", "way", ways, fid)]
    apart = [
        [f"{rival} less HIHE", *cells] for rival, *cells in lines("gaps", "rival", rivals, fid)
    ]
    found: list[Block] = [
        _table(["FID to the original model, kept", *heads], [*named, *apart]),
        _table(["KID to the original model, kept", *heads], lines("shares", "way", ways, kid)),
    ]
    for name, form in (("fid", "{:.1f}"), ("kid", "{:.3f}")) if seen else ():
        cells = lines("shares", "way", ways, _figure(f"inception_{name}", form))
        title = f"{name.upper()} to the original model in Inception’s features, kept"
        found.append(_table([title, *heads], cells))
    found += [claim(r, rival) for rival in rivals]
    for name, text in (
        ("everything", "the same {n} pictures, another seed (chance alone)"),
        ("ones", "(control) a model of the digit one"),
    ):
        title = text.format(n=show(part(r, "pictures"), "{:,}"))
        found.append(f"{title}: FID {fid.shown({'fid': part(r, name)})}.")
    damage = branch(r, "damage")
    if damage:
        rho = {name: _figure(name, "{:.2f}").shown(damage) for name in ("fid", "loss")}
        found.append(
            f"Leaving out one of {damage['groups']} groups ({damage['removed']} pictures each): "
            f"Spearman between a group’s anchor value and the damage to what the model draws (FID) "
            f"{rho['fid']}; and the damage to the group’s own pictures (nats) {rho['loss']}. "
            "That low values are representative, as the paper has it, asks for a negative one."
        )
    found.append(
        f"{show(part(r, 'seeds'), '{}')} training seeds, over which the intervals are; HIHE holds "
        f"{_figure('in_hihe', '{:.3f}').shown(r)} of the "
        f"training pictures; the digits classifier whose features FID is taken in is right in "
        f"{show(part(r, 'accuracy'), '%')} of test digits; {show(part(r, 'seconds'), '{:,.0f}')} s."
    )
    return found


def claim(r: Mapping[str, Any], rival: str) -> str:
    """At which sizes keeping what PXGen calls representative comes nearer than ``rival`` (the
    whole interval of the gap says so), as a sentence."""
    found: dict[str, list[str]] = {"nearer": [], "farther": [], "not told apart": []}
    for g in entries(r, "gaps"):
        if word(g, "rival") == rival:
            gap = Measure.read(part(g, "fid"))
            said = "nearer" if gap.low > 0 else "farther" if gap.high < 0 else "not told apart"
            found[said].append(f"{part(g, 'kept'):,}")
    at = "; ".join(f"{said} at {_list(sizes)}" for said, sizes in found.items() if sizes)
    return f"HIHE against {rival}, by pictures kept: {at}."


_WAYS = {
    "HIHE": "HIHE: the most representative are kept",
    "Others": "Others: the most representative go first",
    "Random": "Random: any go",
    "TracIn": "TracIn: the least helpful go first",
}


def left_out_lines(e: Mapping[str, Any]) -> list[str]:
    """What was not measured, with the reasons."""
    lines = [f"{name}: {reason}" for name, reason in branch(e, "left_out").items()]
    for name in KNOWN:
        of = branch(e, name)
        lines += [f"{word(of, 'model')}, {c}: {why}" for c, why in branch(of, "left_out").items()]
        lines += [
            f"{word(of, 'model')}, {word(s, 'title')}: {reason}"
            for s in entries(of, "separations")
            for reason in reasons(Measure.read(s.get("auc")))
        ]
    return lines


def _figure(name: str, form: str) -> Row:
    """A reader of the measure ``name``, shown in ``form``."""
    return Row("", "", "", lambda numbers: Measure.read(part(numbers, name)), form)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Block:
    return Table(head, rows, align="l" + "r" * (len(head) - 1)) if rows else ""
