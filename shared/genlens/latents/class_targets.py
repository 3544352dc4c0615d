"""The score of a class as a target, for models that have one and for models that have none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genlens.attribution.target import Target
from genlens.errors import InputError
from genlens.latents.targets import class_score, flat_means
from genlens.models.contracts import Classifier
from genlens.study.judges import CLASS, ClassScores, class_scores

if TYPE_CHECKING:
    from genlens.study.study import Study


def class_maker(
    study: Study, model: Any, label: str, *, by_pixels: bool
) -> tuple[Callable[[Any], Target], str]:
    """(model -> probability of ``label``, who judges it in words).

    A model with ``class_logits`` is asked itself. Of others, a linear classifier reads the code
    (or the code of the decoded picture), or ``class_scores``' judge looks at the reconstruction
    (or the decoded picture): either way the model takes part in what is explained.

    Args:
        study: whose classes and attributes are known.
        model: one of the study's, standing at the picture's label where it is conditional.
        label: "question/class", with the questions and names of ``class_scores``.
        by_pixels: a function of the image, else of the code.

    Raises:
        InputError: no such question or class.
    """
    question, _, word = label.partition("/")
    judge = class_scores(study, question)
    if word not in judge.names:
        raise InputError(f"there is no class {word!r}: take one of {', '.join(judge.names)}")
    k = judge.names.index(word)
    own = question == CLASS and isinstance(model, Classifier)
    parts = _own if own else _read if judge.probe is not None else _judged

    def make(m: Any) -> Target:
        scores, modules, path = parts(judge, m, by_pixels)
        target = class_score(m, scores, k, path=path if by_pixels else "decoded", modules=modules)
        return replace(target, name=f"probability of “{word}”")

    return make, _who(judge, own)


def _own(_: ClassScores, m: Any, __: bool) -> tuple[Any, tuple[Any, ...], Any]:
    return m.class_logits, (m.net,), "input"


def _read(judge: ClassScores, m: Any, by_pixels: bool) -> tuple[Any, tuple[Any, ...], Any]:
    """From this model's own codes, so that shuffled weights are shuffled for the reader too."""
    assert judge.probe is not None
    probe: Any = judge.probe
    layer = probe.module().to(m.device)
    if by_pixels:
        return layer, (), "code"  # class_score finds the module itself
    return (lambda images: layer(flat_means(m, images))), (layer,), "decoded"


def _judged(judge: ClassScores, _: Any, __: bool) -> tuple[Any, tuple[Any, ...], Any]:
    owner = getattr(judge.scores, "__self__", None)  # a model's bound method names its network
    net = getattr(owner, "net", None)
    return judge.scores, () if net is None else (net,), "reconstruction"


def _who(judge: ClassScores, own: bool) -> str:
    lead = "the model is its own classifier" if own else f"judged by {judge.how}"
    return (
        f"{lead}; right on {100 * judge.accuracy:.0f} % of {judge.tested} pictures that nothing "
        f"was fitted on ({100 * judge.chance:.0f} % by always naming the most frequent)"
    )
