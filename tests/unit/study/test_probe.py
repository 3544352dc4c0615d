"""The probe: closed forms, honest accuracy, gradients, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from genlens.errors import InputError
from genlens.study.judges import class_scores, questions
from genlens.study.probe import fit_probe
from genlens.study.study import study_of
from tiny_vaes import linear_model

pytestmark = pytest.mark.unit
RNG = np.random.default_rng(0)
CENTRES = np.array([[3.0, 0.0, 0.0, 5.0], [-3.0, 0.0, 0.0, 5.0], [0.0, 4.0, 0.0, 5.0]])
LABELS = np.repeat([0, 1, 2], 60)
CODES = CENTRES[LABELS] + RNG.normal(size=(180, 4)) * [0.4, 0.4, 2.0, 0.0]


def probabilities(probe, codes):
    return probe.logits(torch.from_numpy(codes)).softmax(1).numpy()


def test_it_names_the_classes_that_lie_apart_and_ignores_what_says_nothing():
    probe = fit_probe(CODES, LABELS, ["a", "b", "c"])
    assert probe.names == ("a", "b", "c") and probe.weights.shape == (3, 4)
    assert probe.accuracy == 1.0 and probe.chance == pytest.approx(1 / 3)
    assert (probe.fitted, probe.held_out) == (126, 54)
    assert np.abs(probe.weights[:, 2]).max() < 0.2 * np.abs(probe.weights[:, 0]).max()
    assert (probe.weights[:, 3] == 0).all()  # this latent never moves
    assert (probabilities(probe, CENTRES).argmax(1) == [0, 1, 2]).all()


def test_it_is_scikit_learns_own_answer_written_as_a_layer():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    for kept in (LABELS < 2, LABELS < 9):  # two classes have one row in scikit-learn, three have 3
        rows, labels = CODES[kept], LABELS[kept]
        probe = fit_probe(rows, labels, seed=3)
        train, _, y, _ = train_test_split(
            rows, labels, test_size=0.3, stratify=labels, random_state=3
        )
        mean, spread = train.mean(0), np.where(train.std(0) > 0, train.std(0), 1.0)
        theirs = LogisticRegression(max_iter=2000).fit((train - mean) / spread, y)
        np.testing.assert_allclose(
            probabilities(probe, rows), theirs.predict_proba((rows - mean) / spread), atol=1e-9
        )


def test_labels_without_meaning_give_an_accuracy_of_chance():
    """Accuracy is of held-out codes: what was only learned by heart gets no credit."""
    rng = np.random.default_rng(1)
    probe = fit_probe(rng.normal(size=(200, 60)), rng.integers(2, size=200), strength=1e6)
    assert probe.accuracy < 0.65


def test_gradients_pass_and_the_module_says_the_same():
    probe = fit_probe(CODES, LABELS)
    z = torch.from_numpy(CODES[:2]).requires_grad_()
    (slope,) = torch.autograd.grad(probe.logits(z)[:, 1].sum(), z)
    np.testing.assert_allclose(slope.numpy(), probe.weights[[1, 1]])
    with torch.no_grad():
        np.testing.assert_allclose(
            probe.module()(z.float()).numpy(), probe.logits(z).numpy(), atol=1e-4
        )
    json.dumps(probe.to_dict())


def test_rows_without_a_class_are_left_out():
    probe = fit_probe(np.vstack([CODES, CODES[:5] + 99]), np.append(LABELS, [-1] * 5))
    assert probe.fitted + probe.held_out == len(LABELS)


@pytest.mark.parametrize(
    ("labels", "names", "says"),
    [
        (LABELS[:-1], (), "labels"),
        (LABELS.astype(float), (), "whole numbers"),
        (LABELS * 0, (), "fewer than 2 classes"),
        (LABELS, ("a", "b"), "no name"),
        (np.where(np.arange(180) == 0, 3, LABELS), (), "class 3 has 1 pictures"),
    ],
)
def test_what_is_refused(labels, names, says):
    with pytest.raises(InputError, match=says):
        fit_probe(CODES, labels, names)


def test_of_images_reads_the_encoders_mean():
    model = linear_model()
    probe = fit_probe(CODES, LABELS)
    images = torch.rand(3, 1, 6, 6)
    expected = probe.logits(model.encode(images).mean)
    torch.testing.assert_close(probe.of_images(model)(images), expected)


def pictures():
    """Pictures of two classes: left half bright, or right half bright; some are tall."""
    rng = np.random.default_rng(2)
    images = rng.random((80, 1, 6, 6)).astype(np.float32) * 0.3
    labels = np.arange(80) % 2
    tall = np.arange(80) % 3 == 0
    for i, side in enumerate(labels):
        images[i, :, :, 3 * side : 3 * side + 3] += 0.5
        images[i, :, 5] *= 1.0 - 0.9 * tall[i]
    return images, labels, tall


def test_a_study_is_asked_for_classes_and_attributes():
    images, labels, tall = pictures()
    study = study_of(
        linear_model(d=6), images, labels=labels, names=("left", "right"), attributes={"tall": tall}
    )
    assert questions(study) == ("class", "tall")
    found = class_scores(study)
    assert found.names == ("left", "right") and found.accuracy > 0.9 and found.tested == 24
    assert "linear classifier" in found.how
    assert class_scores(study) is found  # kept, as long as the study is the same
    assert class_scores(study, "tall").names == ("not tall", "tall")
    said = found.scores(torch.from_numpy(images)).argmax(1).numpy()
    assert (said == labels).mean() > 0.9
    with pytest.raises(InputError, match="tall"):
        class_scores(study, "wide")


def test_a_study_without_classes_says_so():
    study = study_of(linear_model(), pictures()[0])
    assert questions(study) == ()
    with pytest.raises(InputError, match="no classes"):
        class_scores(study)


def test_a_model_that_judges_classes_itself_is_asked_first():
    images, labels, _ = pictures()
    model = linear_model()
    halves = (slice(0, 3), slice(3, 6))
    model.class_logits = lambda x: torch.stack([x[..., h].mean((1, 2, 3)) for h in halves], 1)
    study = study_of(model, images, labels=labels, names=("left", "right"))
    found = class_scores(study)
    assert found.accuracy == 1.0 and "itself" in found.how and found.tested == 80
