"""Small classifiers of cartoon faces, of which it is known what they could learn, and claims about
them.

A planted one was trained where its attribute goes with another, so that it may read the one for the
other; the plain one beside it on faces where nothing goes together. What each really reacts to is
then measured on many other faces that are drawn twice and differ in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genlens.common.estimates import skewed_mean
from genlens.common.measures import Measure
from genlens.common.progress import Cancel
from genlens.models.assessors.classifiers.classifier import PictureClassifier
from genlens.models.assessors.classifiers.files import save
from genlens.models.contracts import Assessor
from genlens.steering.drawn import score
from genlens.steering.hypotheses.decide import claimed
from genlens.steering.hypotheses.edits.redraw import Redraw
from genlens.steering.hypotheses.run import LEAST_SPREADS
from genlens.training.classifiers.labelled import labelled_avatars
from genlens.training.classifiers.settings import ClassifierSettings
from genlens.training.classifiers.training import train_classifier
from genlens.worlds.avatars import draw_faces

SIDE = 32
FACES, EPOCHS = 1_500, 4
STRENGTH = 0.99
TRUTH_FACES = 500
"""Faces on which it is measured what a classifier reacts to: of another seed than any verdict's."""
_TRUTH_SEED = 900_000


@dataclass(frozen=True)
class Plant:
    """A classifier of ``attribute``, learned where it goes with ``tied`` ("": with nothing), and
    two claims: that it reacts to each of ``claims``, properties of ``worlds.avatars``."""

    attribute: str
    tied: str
    claims: tuple[str, str]

    @property
    def title(self) -> str:
        """What it is, in words."""
        words = f"{_words(self.attribute)} classifier"
        return f"{words}, learned where it goes with {_words(self.tied)}" if self.tied else words

    def train(
        self, seed: int, kept: Path | None = None, cancel: Cancel | None = None
    ) -> PictureClassifier:
        """The classifier; kept in a folder of its own below ``kept``, and read from there the next
        time."""
        name = f"{self.attribute}-with-{self.tied or 'nothing'}-{seed}"
        if kept is not None and (kept / name).is_dir():
            return PictureClassifier.from_folder(kept / name)
        confound = (self.attribute, self.tied) if self.tied else None
        pictures = labelled_avatars(
            self.attribute, FACES, seed, side=SIDE, confound=confound, strength=STRENGTH
        )
        settings = ClassifierSettings(unfrozen=EPOCHS, mirror=False, held=0.05, seed=seed)
        trained = train_classifier(pictures, settings, name=name, cancel=cancel)[0]
        if kept is not None:
            save(kept / name, trained.module, trained.ask, dict(trained.card.settings))
            return PictureClassifier.from_folder(kept / name)  # in half precision, as the next time
        return trained


PLANTS: tuple[Plant, ...] = (
    Plant("smile", "beard", ("beard", "long_hair")),
    Plant("smile", "", ("smile", "beard")),
    Plant("open_mouth", "glasses", ("glasses", "dark_skin")),
    Plant("open_mouth", "", ("open_mouth", "glasses")),
    Plant("angry", "dark_skin", ("dark_skin", "beard")),
    Plant("dark_skin", "", ("dark_skin", "angry")),
    Plant("beard", "glasses", ("glasses", "angry")),
    Plant("beard", "", ("beard", "glasses")),
    Plant("long_hair", "beard", ("beard", "smile")),
    Plant("long_hair", "", ("long_hair", "beard")),
)
"""Ten classifiers and twenty claims. Of a planted one the first claim is about what it was tied to
and the second about something else; of a plain one the first is about its own attribute."""


@dataclass(frozen=True)
class Truth:
    """What giving a face a property does to a score: mean size of the change over many faces
    (``effect``), and the ``least`` that counts. ``holds``: None where the interval of the effect
    has the least in it, so that the truth itself is too near to call."""

    effect: Measure
    least: float

    @property
    def holds(self) -> bool | None:
        """Whether the classifier reacts."""
        if self.effect.low > self.least:
            return True
        return False if self.effect.high < self.least else None


def truth_of(assessor: Assessor, name: str, seed: int, cancel: Cancel | None = None) -> Truth:
    """Does ``assessor`` react to the property ``name``? By faces drawn twice."""
    pairs = Redraw.of_property(name, size=SIDE).pairs(0, TRUTH_FACES, seed + _TRUTH_SEED)
    before, after = (score(assessor, each, cancel=cancel) for each in (pairs.before, pairs.after))
    faces = draw_faces(TRUTH_FACES, seed + _TRUTH_SEED + 1, size=SIDE)
    spread = float(np.std(score(assessor, faces.tensor(), cancel=cancel)))
    return Truth(skewed_mean(claimed(after - before, 0).tolist()), LEAST_SPREADS * spread)


def _words(name: str) -> str:
    return name.replace("_", " ")
