"""The score of a class, for models that have one and for models that have none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import torch
from torch import nn

from genlens.attribution.target import Target
from genlens.errors import InputError
from genlens.latents.targets.build import decode_flat, flat_means, target_of
from genlens.latents.targets.kind import Built, Put, TargetKind
from genlens.models.contracts import Autoencoder, Classifier
from genlens.study.judges import CLASS, ClassScores, class_scores, networks_of
from genlens.study.probe import Probe

Scores = Callable[[torch.Tensor], torch.Tensor]
Path = Literal["reconstruction", "input", "code", "decoded", "latents"]


def class_score(
    model: Autoencoder,
    classifier: Scores,
    k: int,
    *,
    path: Path = "reconstruction",
    modules: Sequence[nn.Module] = (),
) -> Target:
    """Probability of class ``k``: softmax over what ``classifier`` gives, (n, classes) logits.

    ``path`` says what is explained and what the classifier reads:

    ==================  ========  ======================================
    "reconstruction"    images    classifier(decode(encode(x)))
    "input"             images    classifier(x), the model taking no part
    "code"              images    classifier(encode(x)), of latents
    "decoded"           latents   classifier(decode(z))
    "latents"           latents   classifier(z)
    ==================  ========  ======================================

    ``modules``: networks behind a classifier that is a plain function, for methods that hook layers
    (``modules=[cvae.class_module]`` for ``cvae.class_logits``).

    Raises:
        InputError: an unknown path; when called, a class that the classifier does not have.
    """
    routes: dict[Path, Scores] = {
        "reconstruction": lambda x: decode_flat(model, flat_means(model, x)),
        "input": lambda x: x,
        "code": lambda x: flat_means(model, x),
        "decoded": lambda z: decode_flat(model, z),
        "latents": lambda z: z,
    }
    if path not in routes:
        raise InputError(f"path {path!r} is not known: take one of {', '.join(routes)}")

    def score(x: torch.Tensor) -> torch.Tensor:
        logits = classifier(routes[path](x))
        if logits.ndim != 2 or not 0 <= k < logits.shape[1]:
            raise InputError(
                f"class {k} is not among the classifier's outputs {tuple(logits.shape)}: "
                "it should give (n, classes) logits"
            )
        return logits.softmax(dim=1)[:, k]

    own = (classifier,) if isinstance(classifier, nn.Module) else ()
    target = target_of(
        model,
        f"probability of class {k}",
        "latent" if path in ("decoded", "latents") else "image",
        "probability",
        score,
    )
    return replace(target, modules=(*target.modules, *own, *modules))


def score_of_class(put: Put, *, by_pixels: bool) -> Built:
    """The probability of ``put.question.label``, as a function of the image or else of the code.

    A model with ``class_logits`` is asked itself. Of others, a linear classifier reads the code
    (or the code of the decoded picture), or ``class_scores``' judge looks at the reconstruction
    (or the decoded picture): either way the model takes part in what is explained.

    Raises:
        InputError: no such question or class.
    """
    question, _, word = put.question.label.partition("/")
    judge = class_scores(put.study, question)
    if word not in judge.names:
        raise InputError(f"there is no class {word!r}: take one of {', '.join(judge.names)}")
    k = judge.names.index(word)
    own = question == CLASS and isinstance(put.model, Classifier)

    def make(model: Autoencoder) -> Target:
        scores, modules = judge.scores, judge.modules
        path: Path = "input"
        if own and isinstance(model, Classifier):
            scores, modules = model.class_logits, networks_of(model)
        elif judge.probe is not None:
            scores, modules = _read(judge.probe, model)
        else:
            path = "reconstruction"
        target = class_score(
            model, scores, k, path=path if by_pixels else "decoded", modules=modules
        )
        return replace(target, name=f"probability of “{word}”")

    return Built(make, (_who(judge, own),))


def _read(probe: Probe, model: Autoencoder) -> tuple[Scores, tuple[nn.Module, ...]]:
    """From this model's own codes, so that shuffled weights are shuffled for the reader too."""
    layer = probe.module().to(model.device)
    return lambda images: layer(flat_means(model, images)), (layer,)


def _who(judge: ClassScores, own: bool) -> str:
    lead = "the model is its own classifier" if own else f"judged by {judge.how}"
    return (
        f"{lead}; right on {100 * judge.accuracy:.0f} % of {judge.tested} pictures that nothing "
        f"was fitted on ({100 * judge.chance:.0f} % by always naming the most frequent)"
    )


def _build(put: Put) -> Built:
    return score_of_class(put, by_pixels=True)


def _build_decoded(put: Put) -> Built:
    return score_of_class(put, by_pixels=False)


CLASS_SCORE = TargetKind(
    name="class",
    title="A class score, by pixels",
    kind="image",
    help="Which pixels speak for this class? A probability, 0 to 1.",
    needs="label",
    word="class",
    example="class:4",
    build=_build,
)
DECODED_CLASS = TargetKind(
    name="decoded-class",
    title="A class score of the decoded picture, by latents",
    kind="latent",
    help="Which latents make the decoded picture look like this class?",
    needs="label",
    word=CLASS_SCORE.word,
    example=CLASS_SCORE.example,
    build=_build_decoded,
)
