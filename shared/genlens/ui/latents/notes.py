"""Notes on the methods of the autoencoder page: what each computes, its equation, when it misleads,
its paper. The technical description is the code's own docstring (see ``method_notes``)."""

from __future__ import annotations

import html
import importlib
from dataclasses import dataclass
from typing import Any

from genlens.attribution.methods import METHODS
from genlens.ui.notes import docstring_html


@dataclass(frozen=True)
class Note:
    """``place`` is the module below ``genlens`` whose docstring describes it in full."""

    title: str
    what: str
    equation: str
    misleads: str
    paper: str
    place: str


OTHERS = (
    Note(
        "PCA, the default map",
        "The plane on which the codes differ most, seen from above. Its axes are mixtures of "
        "latents, and a place on it decodes exactly to its point of the plane.",
        "maximise the variance of w · z over ‖w‖ = 1; explained variance = variance kept / all",
        "Two axes may hold a third of the variance: points that touch on the map can be far apart.",
        "Pearson 1901; Hotelling 1933",
        "latents.maps.latent_map",
    ),
    Note(
        "t-SNE and UMAP",
        "Maps that keep neighbours together and give up everything else.",
        "minimise the divergence between neighbour chances in the space and on the map",
        "Sizes of groups, distances between groups and empty space mean nothing. Decoding an empty "
        "place mixes its neighbours’ codes; the page prints that guess’s error.",
        "van der Maaten and Hinton 2008; McInnes et al. 2018, arXiv:1802.03426",
        "latents.maps.latent_map",
    ),
    Note(
        "Trustworthiness and continuity",
        "How far to believe a map: are neighbours on it neighbours in truth, and do true "
        "neighbours stay together? 1 is best, a random map has about 0.5.",
        "T = 1 − 2 / (n k (2n − 3k − 1)) · Σᵢ Σ over false neighbours j of (rank(i, j) − k)",
        "Both look at 15 neighbours only: they say nothing of the large picture.",
        "Venna and Kaski 2001",
        "latents.maps.latent_map",
    ),
    Note(
        "ProtoDash: prototypes",
        "A few pictures with weights that stand for all of them.",
        "choose m pictures and w ≥ 0 that maximise  μ · w − ½ wᵀ K w",
        "The choice is greedy and depends on the kernel’s width. Weights are not shares of "
        "classes. What is rare and matters is not a prototype.",
        "Gurumoorthy et al. 2019, arXiv:1707.01212",
        "study.prototypes",
    ),
    Note(
        "Contrastive explanation (CEM)",
        "The smallest change of the code that makes another class of it (pertinent negative), and "
        "the least of the code that is enough for its class (pertinent positive).",
        "min over δ of c · max(s_t(z + δ) − max over i ≠ t of sᵢ(z + δ), −κ) + β ‖δ‖₁ + ‖δ‖₂²",
        "The class is a judge’s opinion, and a judge can be fooled: look at the decoded picture. A "
        "search found it; a smaller change may exist.",
        "Dhurandhar et al. 2018, arXiv:1802.07623",
        "latents.examples.contrast",
    ),
    Note(
        "Anchors",
        "The superpixels that are enough: as long as they stay, the answer stays in at least a "
        "share τ of the pictures in which the others were replaced at random.",
        "P(f(x′) = f(x) | the anchor stays) ≥ τ, with the largest coverage",
        "True of the replacements that were drawn, not of all pictures. Near the edge of a "
        "decision anchors grow large and say little.",
        "Ribeiro et al. 2018, “Anchors: high-precision model-agnostic explanations”",
        "latents.examples.rules",
    ),
    Note(
        "Accumulated local effects (ALE)",
        "What an output does as a latent moves, read only where there are codes; for two latents, "
        "what they do together beyond what each does alone.",
        "ALEⱼ(v) = ∫ up to v of E[∂f/∂zⱼ | zⱼ = t] dt − mean",
        "An average over pictures: opposite effects in two groups cancel. At the ends there are "
        "few codes.",
        "Apley and Zhu 2020, arXiv:1612.08468",
        "latents.traversals.effects",
    ),
    Note(
        "Interactive reconstruction",
        "A target picture, a slider per latent: how fast do you, or a fixed search, rebuild it? "
        "The easier, the better the latents can be understood one by one.",
        "agreement = overlap of ink (digits) or 1 − scaled absolute error; won at 75 % or 90 %",
        "The search strategy is not a person: it looks at every slider in turn. Few games give "
        "uncertain medians.",
        "Ross et al. 2021, arXiv:2102.01264",
        "latents.rebuild.game",
    ),
    Note(
        "Mutual information gap (MIG)",
        "Does one latent, and no second one, know each known factor? 1: one latent a factor. 0: "
        "every factor is spread over several.",
        "MIG = mean over factors v of (I(z_best; v) − I(z_second; v)) / H(v)",
        "A model whose latents are rotated knows as much and scores 0. Binned estimates need "
        "hundreds of pictures.",
        "Chen et al. 2018, arXiv:1802.04942",
        "latents.rebuild.mig",
    ),
    Note(
        "Deletion",
        "A test of a map: blank what it names first and watch the number fall. The gain compares "
        "the area under that curve with random orders’.",
        "AUC = ∫ (f(x_k) − f(b)) / (f(x) − f(b)) dk,   gain = AUC(random) − AUC(map)",
        "Blanked pictures are unlike any the model knows. Maps made by blanking (occlusion) have "
        "an advantage here.",
        "Petsiuk et al. 2018, arXiv:1806.07421",
        "attribution.faithfulness",
    ),
    Note(
        "Parameter randomisation",
        "A test of a method: shuffle the model’s weights and explain again. A map that stays as it "
        "was says nothing about what was learned.",
        "alike = max(|rank correlation|, SSIM of the ranks), less what chance gives: 0 as two "
        "unrelated maps, 1 the same map or its negative; 0.5 or more is marked “do not trust”",
        "Passing does not prove a method right; failing proves it useless here. Edges, a constant "
        "map and noise are tested too, and have to fail this test or deletion. Pixels that are "
        "blank in the picture are left out, since they would agree in any map.",
        "Adebayo et al. 2018, arXiv:1810.03292",
        "attribution.randomisation",
    ),
    Note(
        "Layer activations",
        "How alike a layer answers to two pictures of one class, and of two classes.",
        "mean cosine of activations, within and between classes",
        "Activations behind a ReLU are never negative, so even unlike pictures have a cosine well "
        "above 0 unless each layer’s mean is taken off.",
        "Slides “Explainable AI in Action” (BITS), made a number here",
        "latents.activations",
    ),
)

_LEAD = """
<h2>What can be explained, and by what</h2>
<p>An explanation needs one number. Here it is a latent’s mean μⱼ(x), the reconstruction error
‖x − x̂‖², the logit or the probability of a class, the brightness of a region of the picture the
model draws, or the evidence lower bound (ELBO) that the model was trained to raise. It is shared
out among the pixels of the picture, or among the latents of its code.</p>
<p>The four saliencies of the slides “Explainable AI in Action” are one method on four numbers:
|∂zⱼ/∂x|, |∂‖x − x̂‖²/∂x|, |∂L/∂z| with L = log p(x|z) − KL(q(z|x) ‖ p(z)), and |∂ softmaxₖ/∂x|.</p>
<p>Where all that a method finds is less than the number’s own rounding, nothing is drawn: a
probability that is as good as 1 no longer changes. The class’s logit, log(p / (1 − p)), still
does.</p>
<p>No method is right by itself. They answer different questions (what would a small change do; what
is each part’s share; where does the network look), so they may differ and all be right. “Compare
all methods” tests each on your picture: does deleting what it names matter more than chance, and
does its map depend on the weights at all?</p>
"""


def notes_html() -> str:
    """The notes of the autoencoder page as HTML; every method is a disclosure, closed at first."""
    methods = "".join(
        _note(
            Note(method.title, method.help, method.equation, method.misleads, method.paper, ""),
            docstring_html(method.function),
        )
        for method in METHODS.values()
    )
    others = "".join(_note(note, _module_html(note.place)) for note in OTHERS)
    return (
        f'<div class="gl">{_LEAD}<h2>The {len(METHODS)} attribution methods</h2>{methods}'
        f"<h2>Maps, examples, games and tests</h2>{others}</div>"
    )


def _note(note: Note, code: str) -> str:
    title, what, equation, misleads, paper = (
        html.escape(text, quote=False)
        for text in (note.title, note.what, note.equation, note.misleads, note.paper)
    )
    return (
        f"<details><summary>{title}</summary><p>{what}</p><pre>{equation}</pre>"
        f"<p><b>When it misleads.</b> {misleads}</p><p><b>Paper.</b> {paper}</p>"
        f"<details><summary>As the code says it</summary>{code}</details></details>"
    )


def _module_html(place: str) -> str:
    module: Any = importlib.import_module(f"genlens.{place}")
    return docstring_html(module)
