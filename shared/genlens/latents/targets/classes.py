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
Scale = Literal["logit", "probability"]
LOG_ODDS = "log-odds"
"""The unit of a class's logit: 0 is a probability of one half, +1 multiplies the odds by e."""


def class_score(
    model: Autoencoder,
    classifier: Scores,
    k: int,
    *,
    path: Path = "reconstruction",
    scale: Scale = "logit",
    modules: Sequence[nn.Module] = (),
) -> Target:
    """How sure ``classifier``, which gives (n, classes) logits s, is of class ``k``.

    "probability" is p = softmax(s)[k]; "logit" is log(p / (1 - p)) = s[k] - log sum over the other
    classes of exp(s). Where the classifier is sure, p no longer changes and explanations of it are
    rounding noise; the logit goes on changing.

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
        InputError: an unknown path or scale; when called, a class that the classifier does not
            have, or a logit of its only class.
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
    if scale not in ("logit", "probability"):
        raise InputError(f'scale {scale!r} is not known: take "logit" or "probability"')

    def score(x: torch.Tensor) -> torch.Tensor:
        logits = classifier(routes[path](x))
        if logits.ndim != 2 or not 0 <= k < logits.shape[1]:
            raise InputError(
                f"class {k} is not among the classifier's outputs {tuple(logits.shape)}: "
                "it should give (n, classes) logits"
            )
        if scale == "probability":
            return logits.softmax(dim=1)[:, k]
        others = [j for j in range(logits.shape[1]) if j != k]
        if not others:
            raise InputError("the classifier knows one class only: its logit is infinite")
        return logits[:, k] - logits[:, others].logsumexp(dim=1)

    own = (classifier,) if isinstance(classifier, nn.Module) else ()
    target = target_of(
        model,
        f"{scale} of class {k}",
        "latent" if path in ("decoded", "latents") else "image",
        LOG_ODDS if scale == "logit" else scale,
        score,
        scale=1.0,
    )
    return replace(target, modules=(*target.modules, *own, *modules))


def score_of_class(put: Put, *, by_pixels: bool, scale: Scale = "logit") -> Built:
    """How likely ``put.question.label`` is, as a function of the image or else of the code.

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

    def make(model: Autoencoder) -> Target:
        scores, modules, path = _judged(model, judge)
        target = class_score(
            model,
            scores,
            k,
            path=path if by_pixels else "decoded",
            scale=scale,
            modules=modules,
        )
        return replace(target, name=f"{scale} of “{word}”")

    return Built(make, (_who(judge, _own(put.model, judge)),))


def reader_of(model: Autoencoder, judge: ClassScores) -> Scores:
    """Images -> logits of ``judge``, read through ``model`` as targets of classes are."""
    scores, _, path = _judged(model, judge)
    if path == "input":
        return scores
    return lambda images: scores(decode_flat(model, flat_means(model, images)))


def _own(model: Autoencoder, judge: ClassScores) -> bool:
    return judge.question == CLASS and isinstance(model, Classifier)


def _judged(model: Autoencoder, judge: ClassScores) -> tuple[Scores, tuple[nn.Module, ...], Path]:
    """Who reads what: ``model`` itself, a linear classifier its code (both see the input), or
    another judge its reconstruction; and the networks that this runs through."""
    if judge.question == CLASS and isinstance(model, Classifier):
        return model.class_logits, networks_of(model), "input"
    if judge.probe is not None:
        return *_read(judge.probe, model), "input"
    return judge.scores, judge.modules, "reconstruction"


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


CLASS_SCORE = TargetKind(
    name="class",
    title="A class’s logit, by pixels",
    kind="image",
    help="Which pixels speak for this class? Its logit log(p / (1 − p)), which still changes where "
    "the probability p is as good as 0 or 1.",
    needs="label",
    word="class",
    example="class:4 (its logit)",
    build=lambda put: score_of_class(put, by_pixels=True),
)
CLASS_PROBABILITY = TargetKind(
    name="probability",
    title="A class’s probability, by pixels",
    kind="image",
    help="Which pixels change the probability of this class (softmax, 0 to 1)? Hardly any do where "
    "it is near 0 or 1.",
    needs="label",
    word="probability",
    example="probability:4",
    build=lambda put: score_of_class(put, by_pixels=True, scale="probability"),
)
DECODED_CLASS = TargetKind(
    name="decoded-class",
    title="A class’s logit in the decoded picture, by latents",
    kind="latent",
    help="Which latents make the decoded picture look like this class? Its logit log(p / (1 − p)).",
    needs="label",
    word=CLASS_SCORE.word,
    example=CLASS_SCORE.example,
    build=lambda put: score_of_class(put, by_pixels=False),
)
DECODED_PROBABILITY = TargetKind(
    name="decoded-probability",
    title="A class’s probability in the decoded picture, by latents",
    kind="latent",
    help="Which latents change the probability of this class (softmax, 0 to 1) in the decoded "
    "picture?",
    needs="label",
    word=CLASS_PROBABILITY.word,
    example=CLASS_PROBABILITY.example,
    build=lambda put: score_of_class(put, by_pixels=False, scale="probability"),
)
