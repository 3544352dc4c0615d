"""Notes on the anchor browser's methods, from the objects themselves: criteria, thresholds, groups,
ways to choose."""

from __future__ import annotations

import html

from genlens.anchors.criteria.criteria import CRITERIA
from genlens.anchors.results import GROUPS
from genlens.anchors.selection.methods import METHODS
from genlens.figures.anchors.group_words import GROUP_WORDS

_LEAD = """
<h2>What is explained, and by what</h2>
<p>A generator is put before many real pictures, its <b>anchors</b> (PXGen, arXiv:2501.11827). Of
each, two kinds of question are asked. <b>Intrinsic</b>: is the code that the model gives it one
that it would draw from itself? <b>Extrinsic</b>: does what the model draws from that code look like
the anchor? The model, the anchors and the criteria are held fixed; nothing is trained, and the
training data are not needed.</p>
<p>Each answer is a number, lower is nearer. Where “near” ends is read off pictures that the model
draws itself. The two answers make four groups.</p>
"""

_MODELS = """
<p>This page asks autoencoders: one pass through the encoder and one through the decoder answer for
an anchor. A generator without an encoder (a GAN) has to search for the code of each anchor, about a
hundred passes, and a diffusion model goes through all its steps and back; their thresholds take as
many again. That is minutes for a few hundred anchors and hours for thousands, so they are asked in
Python and not here:</p>
<pre>model = genlens.load("faces-dcgan")    # or a folder with a DDPM pipeline
anchors = anchor_set("./my-pictures", model.image_shape, n=200)
scores = score_anchors(model, anchors, ["inversion", "mse"])    # a DDPM: "noise-error"
limits = thresholds_of(model, ["inversion", "mse"], samples=1000)</pre>
"""

_THRESHOLDS = """
<p>The model draws pictures of its own, and each is asked the same questions. The largest answer
that is to be expected from 60,000 of them is the threshold: what lies below it is as near to the
model as all that it makes itself. The paper draws 60,000 pictures 100 times and takes the mean of
the 100 largest; here the same number is read off the tail of fewer pictures, with an interval.</p>
"""


def notes_html() -> str:
    """The notes as HTML; every criterion and method is a disclosure, closed at first."""
    groups = "".join(
        f"<li><b>{html.escape(GROUP_WORDS[name].title)}</b>: {html.escape(GROUP_WORDS[name].means)}"
        "</li>"
        for name in GROUPS
    )
    criteria = "".join(
        _note(f"{c.title} ({c.side}, {c.unit})", c.help, c.equation, c.misleads, c.paper)
        for c in CRITERIA.values()
    )
    methods = "".join(
        _note(m.title, f"{m.optimises} {m.promise}", m.equation, m.misleads, m.paper)
        for m in METHODS.values()
    )
    return (
        f'<div class="gl">{_LEAD}<ul>{groups}</ul><h2>Which models</h2>{_MODELS}<h2>Thresholds</h2>'
        f"{_THRESHOLDS}<h2>The {len(CRITERIA)} criteria</h2>{criteria}"
        f"<h2>The {len(METHODS)} ways to choose representatives</h2>{methods}</div>"
    )


def _note(title: str, what: str, equation: str, misleads: str, paper: str) -> str:
    parts = [f"<p>{html.escape(what)}</p>"]
    if equation:
        parts.append(f"<pre>{html.escape(equation, quote=False)}</pre>")
    if misleads:
        parts.append(f"<p><b>When it misleads.</b> {html.escape(misleads)}</p>")
    if paper:
        parts.append(f"<p><b>Paper.</b> {html.escape(paper)}</p>")
    return f"<details><summary>{html.escape(title)}</summary>{''.join(parts)}</details>"
