"""Which classifier judges a picture's class, and how often it is right.

Contrasts and effects need a differentiable class score. A conditional VAE is its own classifier
(``ConditionalAutoencoder.class_logits``), digits are put to ``digits-cvae``, and everything else to
a linear classifier fitted on the study's latent means (``probe``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from genlens.common.records import UNWRITTEN, Record
from genlens.errors import InputError, ModelError
from genlens.models.catalog import find, load, weights_folder
from genlens.models.contracts import Classifier, Conditional
from genlens.models.memory import MEMORY
from genlens.study.coder import Codes
from genlens.study.probe import Probe, fit_probe

if TYPE_CHECKING:
    from genlens.study.study import Study

CLASS = "class"
"""The question about ``Study.labels``; every other question is one of its attributes."""
REFEREE = "digits-cvae"
_TESTED = 200  # pictures: the conditional VAE looks at each once per class


@dataclass(frozen=True)
class ClassScores(Record):
    """``scores``: images (n, c, h, w) -> (n, k) logits, differentiable; ``names`` of the k classes.

    ``accuracy`` in [0, 1] on ``tested`` pictures that nothing was fitted on; ``chance`` is what
    always naming the most frequent class would get; ``how`` says in words who judges. ``probe`` is
    the linear classifier, where one judges; ``modules`` the networks behind any other judge.
    """

    question: str
    names: tuple[str, ...]
    scores: Callable[[torch.Tensor], torch.Tensor] = field(metadata=UNWRITTEN)
    accuracy: float
    chance: float
    tested: int
    how: str
    probe: Probe | None = field(default=None, metadata=UNWRITTEN)
    modules: tuple[nn.Module, ...] = field(default=(), metadata=UNWRITTEN)


def questions(study: Study) -> tuple[str, ...]:
    """What may be asked of the study's pictures: "class", then its attributes; () if nothing.

    Only what at least two kinds of pictures answer differently is asked.
    """
    named = (CLASS,) if study.names and len(np.unique(study.labels[study.labels >= 0])) > 1 else ()
    return named + tuple(
        name for name, values in study.attributes.items() if values.any() and not values.all()
    )


def class_scores(study: Study, question: str = CLASS) -> ClassScores:
    """The judge of ``question``, kept for studies of the same content.

    Raises:
        InputError: the study's pictures have no classes, or no such question.
    """
    known = questions(study)
    if not known:
        raise InputError(
            "the pictures of this model have no classes: choose one whose pictures do "
            "(digits-vae, avatars-vae, maritime-vae)"
        )
    if question not in known:
        raise InputError(f"question {question!r} is not one of {', '.join(known)}")
    return MEMORY.get(("judge", question, study.content), lambda: _judge(study, question))


def _judge(study: Study, question: str) -> ClassScores:
    if question == CLASS:
        if isinstance(study.model, Classifier):
            return _conditional(study, study.model, f"{study.id} itself")
        referee = _referee(study)
        if referee is not None:
            return _conditional(study, referee, REFEREE)
        return _probe(study, question, study.labels, study.names)
    values = np.asarray(study.attributes[question]).astype(np.int64)
    words = question.replace("_", " ")
    return _probe(study, question, values, (f"not {words}", words))


def _referee(study: Study) -> Conditional | None:
    """The conditional VAE for pictures of its kind, where it is installed, else None."""
    if study.model.card.settings.get("data") != "digits":
        return None
    if find(REFEREE) is None or not weights_folder(REFEREE).is_dir():
        return None
    try:
        judge = load(REFEREE, contract="Autoencoder")
    except ModelError:  # damaged weights: the probe judges, and ``how`` says who did
        return None
    if not isinstance(judge, Conditional) or judge.image_shape != study.images.shape[1:]:
        return None
    return judge


def networks_of(judge: Classifier) -> tuple[nn.Module, ...]:
    """What ``class_logits`` runs through, where the model says so."""
    return (judge.class_module,) if isinstance(judge, Conditional) else ()


def _conditional(study: Study, judge: Classifier, who: str) -> ClassScores:
    some = np.flatnonzero(study.labels >= 0)[:_TESTED]
    with torch.no_grad():
        said = judge.class_logits(torch.from_numpy(study.images[some])).argmax(dim=1).cpu().numpy()
    truth = study.labels[some]
    return ClassScores(
        question=CLASS,
        names=study.names,
        scores=judge.class_logits,
        accuracy=float((said == truth).mean()),
        chance=float(np.bincount(truth).max() / len(truth)),
        tested=len(some),
        how=f"{who}: the class under which the picture is most likely",
        modules=networks_of(judge),
    )


def _probe(study: Study, question: str, labels: np.ndarray, names: tuple[str, ...]) -> ClassScores:
    codes: Codes = study.codes
    probe = fit_probe(codes, labels, names)
    return ClassScores(
        question=question,
        names=probe.names,
        scores=probe.of_images(study.model),
        accuracy=probe.accuracy,
        chance=probe.chance,
        tested=probe.held_out,
        how=f"a linear classifier on the latent means, fitted on {probe.fitted} pictures",
        probe=probe,
    )
