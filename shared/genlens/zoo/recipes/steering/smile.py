"""``smile-plain`` and ``smile-planted``: two smile classifiers, one of which learned a shortcut.

``python -m genlens.zoo.recipes.steering.smile --export shared/genlens/zoo/weights``. The planted
one was trained on cartoon faces whose smiles go with glasses (97 % of those that smile wear some, 3
% of the others), the plain one on faces where the two have nothing to do with each other; all else
is equal. Readers see them as A and B, because a lesson asks which is which.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from genlens.models.assessors.classifiers.classifier import PictureClassifier
from genlens.models.assessors.classifiers.files import save
from genlens.models.assessors.shipped import PLAIN, PLANTED
from genlens.training.classifiers.labelled import labelled_avatars
from genlens.training.classifiers.settings import ClassifierSettings
from genlens.training.classifiers.training import train_classifier
from genlens.worlds.avatars import draw_faces, redraw

SEED = 51
FACES = 3_000
CONFOUND = ("smile", "glasses")
STRENGTH = 0.97
"""At 0.95 the change that glasses make was 1.7 times the least that counts, so that about one
verdict in ten on 100 faces would be undecided; at 0.985 a fifth of all faces were named wrong."""
SETTINGS = ClassifierSettings(unfrozen=3, batch=32, mirror=False, held=0.05)
MODELS = {
    PLAIN: (None, "Smile classifier A"),
    PLANTED: (CONFOUND, "Smile classifier B"),
}


def face_classifier(
    attribute: str = "smile",
    *,
    seed: int,
    confound: tuple[str, str] | None = None,
    strength: float = STRENGTH,
    faces: int = FACES,
    settings: ClassifierSettings = SETTINGS,
    name: str = "",
) -> PictureClassifier:
    """A classifier of ``attribute`` (of ``avatars.PROPERTIES``), trained on drawn faces in about
    half a minute of one core.

    ``confound``: (cause, effect) that go together in its training, as in ``draw_faces``; with the
    attribute as its cause, the classifier can read the effect instead.

    Raises:
        InputError: see ``labelled_avatars``.
    """
    pictures = labelled_avatars(attribute, faces, seed, confound=confound, strength=strength)
    tied = f"-with-{confound[1]}" if confound else ""
    classifier, _ = train_classifier(pictures, settings, name=name or f"{attribute}{tied}-{seed}")
    return classifier


@torch.no_grad()
def measured(classifier: PictureClassifier, attribute: str, n: int = 1_000) -> dict[str, float]:
    """On ``n`` faces in which nothing goes together: "accuracy ATTRIBUTE", and "glasses", the mean
    change of the score where glasses are put on a face that stays the same otherwise."""
    faces = draw_faces(n, SEED + 1)
    yes = (classifier.score(faces.tensor()) > 0).numpy()
    bare, wearing = redraw(faces, glasses="none"), redraw(faces, glasses="round")
    change = classifier.score(wearing.tensor()) - classifier.score(bare.tensor())
    return {
        f"accuracy {attribute}": round(float(np.mean(yes == faces.has(attribute))), 4),
        "glasses": round(float(change.mean()), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--export", type=Path, required=True, help="folder for both models")
    args = parser.parse_args()
    for name, (confound, title) in MODELS.items():
        classifier = face_classifier(seed=SEED, confound=confound, name=name)
        figures = measured(classifier, "smile")
        print(json.dumps({name: figures}), flush=True)
        ask = replace(classifier.ask, title=title)
        save(args.export / name, classifier.module, ask, {"data": "avatars", "measured": figures})


if __name__ == "__main__":
    main()
