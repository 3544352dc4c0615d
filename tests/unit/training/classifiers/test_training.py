"""Classifiers in training: they learn what is there, equal runs are equal, and reports are true."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genlens.errors import Cancelled, InputError
from genlens.models.contracts import Assessor
from genlens.training.classifiers.labelled import LabelledPictures
from genlens.training.classifiers.settings import ClassifierSettings
from genlens.training.classifiers.training import ClassifierTraining, split, train_classifier

pytestmark = pytest.mark.unit
QUICK = ClassifierSettings(unfrozen=6, batch=16, widths=(8, 8), mirror=False)


def squares(n: int = 160, *, seed: int = 0, classes: int = 2) -> LabelledPictures:
    """Grey noise; class i has a white square in the i-th quarter."""
    rng = np.random.default_rng(seed)
    images = rng.integers(60, 140, (n, 16, 16, 3)).astype(np.uint8)
    labels = np.arange(n) % classes
    for image, label in zip(images, labels, strict=True):
        y, x = divmod(int(label), 2)
        image[8 * y + 2 : 8 * y + 6, 8 * x + 2 : 8 * x + 6] = 255
    names = ("left", "right", "below left", "below right")[:classes]
    return LabelledPictures(images, labels, names, head="place")


def tensor(pictures: LabelledPictures) -> torch.Tensor:
    return torch.from_numpy(pictures.images).permute(0, 3, 1, 2).float() / 255


def test_two_classes_become_a_score_whose_sign_is_the_class() -> None:
    classifier, report = train_classifier(squares(), QUICK, name="right square")
    assert isinstance(classifier, Assessor) and classifier.name == "right square"
    assert classifier.range == (-1.0, 1.0)
    fresh = squares(60, seed=9)
    scores = classifier.score(tensor(fresh))
    assert bool(((scores > 0) == torch.from_numpy(fresh.labels == 1)).all())
    assert report.accuracy.value == 1.0 and report.accuracy.n == 40
    assert report.accuracy.low > 0.9 and report.baseline == 0.5
    assert report.confusion.tolist() == [[20, 0], [0, 20]]
    assert report.finished and 0 < len(report.curve) <= 30
    leaf = tensor(fresh)[:2].requires_grad_()
    (slope,) = torch.autograd.grad(classifier.score(leaf).sum(), leaf)
    assert slope.abs().max() > 0


def test_labels_that_say_nothing_are_not_learned() -> None:
    pictures = squares(200)
    shuffled = np.random.default_rng(1).permutation(pictures.labels)
    lies = LabelledPictures(pictures.images, shuffled, pictures.names)
    _, report = train_classifier(lies, QUICK)
    assert report.accuracy.low < 0.5 < report.accuracy.high


def test_many_classes_and_an_expected_value() -> None:
    pictures = squares(240, classes=4)
    classifier, report = train_classifier(pictures, QUICK)
    assert report.confusion.shape == (4, 4) and report.accuracy.value > 0.9
    assert classifier.asked("place", "left").score(tensor(pictures))[0] > 0
    ages = LabelledPictures(
        pictures.images, pictures.labels, pictures.names, "age", (1.0, 6.0, 15.0, 25.0)
    )
    expected, _ = train_classifier(ages, QUICK)
    assert expected.range == (1.0, 25.0)
    values = expected.score(tensor(pictures))
    truth = torch.tensor(ages.centres)[torch.from_numpy(pictures.labels)]
    assert float((values - truth).abs().mean()) < 2


def test_equal_trainings_give_equal_weights_and_other_seeds_others() -> None:
    short = ClassifierSettings(unfrozen=1, batch=16, widths=(8, 8))
    one, two = (train_classifier(squares(), short)[0] for _ in range(2))
    other, _ = train_classifier(squares(), ClassifierSettings(**{**vars(short), "seed": 1}))
    pictures = tensor(squares(40))
    assert torch.equal(one.score(pictures), two.score(pictures))
    assert not torch.equal(one.score(pictures), other.score(pictures))


def test_what_is_kept_back_is_never_trained_on() -> None:
    labels = np.array([0] * 12 + [1] * 40)
    held, train = split(labels, 0.25, seed=0)
    assert set(held) | set(train) == set(range(52)) and not set(held) & set(train)
    assert np.bincount(labels[held]).tolist() == [3, 10]
    training = ClassifierTraining(squares(), QUICK)
    seen: set[int] = set()
    while not training.finished:
        seen.update(training._chosen().tolist())
        training.step += 1
    assert not seen & set(training._held.tolist())


def test_it_reports_and_stops_between_steps() -> None:
    steps: list[tuple[int, int, str]] = []
    training = ClassifierTraining(squares(), QUICK)
    points = list(
        training.run(progress=lambda *row: steps.append(row), cancel=lambda: training.step >= 12)
    )
    assert training.step == 12 and not training.finished and steps[-1][:2] == (12, training.steps)
    assert [p.step for p in points] == sorted(p.step for p in points)
    assert not training.report().finished
    with pytest.raises(Cancelled, match="stopped after step 0"):
        train_classifier(squares(), QUICK, cancel=lambda: True)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="backbone is 'vgg'"):
        ClassifierSettings(backbone="vgg")
    with pytest.raises(InputError, match="held is 0.9"):
        ClassifierSettings(held=0.9)
