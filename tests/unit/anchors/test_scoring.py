"""Scoring: streaming changes nothing, order changes nothing, work is not done twice."""

from __future__ import annotations

import itertools
import re
import threading
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from anchor_arrays import Anchors, LinearGaussianVAE
from genlens.anchors import (
    CRITERIA,
    group_anchors,
    notes_on,
    own_criterion,
    score_anchors,
    thresholds_of,
)
from genlens.anchors.rows import Rows
from genlens.errors import Cancelled, InputError
from genlens.models.contracts import Generator
from genlens.models.generators.decoder import DecoderGenerator
from tiny_gan import TinyGAN
from tiny_vaes import conv_model, linear_model

pytestmark = pytest.mark.unit

MANY = ("kld", "mse", "mahalanobis", "ssim")


def pictures(n, seed=0, shape=(1, 16, 16)):
    return np.random.default_rng(seed).random((n, *shape)).astype(np.float32)


class Counted:
    """An ``Autoencoder`` that counts its passes."""

    def __init__(self, model):
        self._model, self.encoded, self.decoded = model, 0, 0
        self.card, self.device, self.module = model.card, model.device, model.module
        self.image_shape, self.latent_shape = model.image_shape, model.latent_shape

    def encode(self, images):
        self.encoded += len(images)
        return self._model.encode(images)

    def decode(self, latents):
        self.decoded += len(latents)
        return self._model.decode(latents)


def test_streaming_is_the_same_as_one_batch() -> None:
    images, model = pictures(53), conv_model()
    whole = score_anchors(model, Anchors(images), MANY, batch_size=53)
    for size in (1, 7, 52):
        parts = score_anchors(model, Anchors(images), MANY, batch_size=size)
        assert parts.values == pytest.approx(whole.values, rel=1e-4, abs=1e-5)
        assert parts.codes == pytest.approx(whole.codes, rel=1e-4, abs=1e-5)


def test_the_order_of_anchors_does_not_matter() -> None:
    images, order = pictures(40), np.random.default_rng(1).permutation(40)
    for model, names in (
        (conv_model(), MANY),
        (DecoderGenerator(conv_model()), ("inversion", "mse")),
    ):
        straight = score_anchors(model, Anchors(images), names, batch_size=16)
        mixed = score_anchors(model, Anchors(images[order]), names, batch_size=16)
        assert mixed.values == pytest.approx(straight.values[order], rel=1e-3, abs=1e-3)


def test_each_batch_is_encoded_and_decoded_once_whatever_the_number_of_criteria() -> None:
    for names in (("kld",), ("kld", "mse"), ("kld", "mse", "mse-mean", "ssim", "dssim")):
        model, anchors = Counted(conv_model()), Anchors(pictures(30))
        scores = score_anchors(model, anchors, names, batch_size=8)
        assert anchors.read == 1 and model.encoded == 30
        assert model.decoded == (0 if names == ("kld",) else 30)
        assert scores.made_by.model_calls == model.encoded + model.decoded


def test_scores_say_what_they_are_of() -> None:
    labels = [0, 1, 1, -1]
    anchors = Anchors(pictures(4), labels, ("cat", "dog"), "four pictures")
    scores = score_anchors(conv_model(), anchors, ("kld", "mse"), seed=3)
    assert scores.criteria == ("kld", "mse") and scores.sides == ("intrinsic", "extrinsic")
    assert scores.labels.tolist() == labels and scores.names == ("cat", "dog")
    assert scores.ids.tolist() == [0, 1, 2, 3] and scores.data == "four pictures"
    assert scores.values.dtype == np.float32 and scores.codes.shape == (4, 4)
    assert scores.made_by.seed == 3 and scores.made_by.model == "my-autoencoder"
    assert notes_on(scores) == ("1 of 4 anchors have no class",)


def test_a_generator_is_asked_by_inversion_and_has_codes() -> None:
    vae = LinearGaussianVAE()
    own = np.clip(vae.draw(6), 0, 1)
    scores = score_anchors(DecoderGenerator(vae.model()), Anchors(own), ("inversion", "mse"))
    assert scores.codes.shape == (6, 3) and scores.made_by.settings == {
        "criteria": ["inversion", "mse"]
    }
    known = LinearGaussianVAE(s=0.1).mean(own.reshape(6, -1))  # the inverter's own s
    assert scores.codes == pytest.approx(known, abs=0.02)


def test_a_generator_with_styles_and_no_encoder_needs_no_change_here() -> None:
    gan = TinyGAN()
    assert isinstance(gan, Generator)
    own = gan.synthesize(gan.to_styles(gan.sample_latents(20, seed=77))).numpy()
    strange = np.random.default_rng(0).random((20, 1, 8, 8)).astype(np.float32)
    near, far = (
        score_anchors(gan, Anchors(x), ("inversion", "mahalanobis", "mse", "ssim"))
        for x in (own, strange)
    )
    assert near.codes.shape == (20, 8)
    assert np.median(near.values[:, 2]) < 0.3 * np.median(far.values[:, 2])
    assert np.median(near.values[:, 3]) < np.median(far.values[:, 3])
    # the prior is the place of a generator's codes: both criteria are of |z|
    assert near.values[:, 1] == pytest.approx(np.linalg.norm(near.codes, axis=1), rel=1e-4)
    limits = thresholds_of(gan, ("inversion", "mse"), samples=500, iterations=1)
    grouping = group_anchors(near, limits["inversion"], limits["mse"])
    assert (grouping.group == 0).mean() > 0.9  # its own pictures are HIHE


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.full((3, 1, 16, 16), np.nan), "anchor 0 holds NaN or infinity"),
        (np.full((3, 1, 16, 16), 255.0), "pixels from 255 to 255: pass values in [0, 1]"),
        (np.ones((3, 3, 16, 16)), "the anchors are colour pictures of 16 x 16 pixels"),
        (np.ones((3, 1, 8, 9)), "grey pictures of 9 x 8 pixels, my-autoencoder is for grey"),
        (np.ones((0, 1, 16, 16)), "the anchor set is empty"),
    ],
)
def test_bad_anchors_are_refused(images, said) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        score_anchors(conv_model(), Anchors(images))


def test_one_bad_picture_among_good_ones_is_named() -> None:
    images = pictures(30)
    images[21, 0, 3, 3] = np.nan
    with pytest.raises(InputError, match="anchor 21 holds NaN"):
        score_anchors(conv_model(), Anchors(images), batch_size=8)


def test_a_set_that_changes_its_mind_is_refused() -> None:
    class Mixed(Anchors):
        def batches(self, size):
            yield self.images[:4]
            yield np.ones((4, 1, 8, 8), np.float32)

    class Short(Anchors):
        def batches(self, size):
            yield self.images[:5]

    class Long(Anchors):
        def batches(self, size):
            yield np.concatenate([self.images, self.images])

    class Bytes(Anchors):
        def batches(self, size):
            yield np.ones((8, 1, 16, 16), np.uint8)

    for kind, said in (
        (Mixed, "all have to have one size"),
        (Short, "gave 5 pictures and says it has 8"),
        (Long, "gave more than the 8 pictures"),
        (Bytes, "anchors are uint8"),
    ):
        with pytest.raises(InputError, match=said):
            score_anchors(conv_model(), kind(pictures(8)))


def test_criteria_are_named_once_and_exist() -> None:
    anchors = Anchors(pictures(2))
    for names, said in (
        (["kld", "kld"], "have a name twice"),
        (["fid"], "no criterion is called 'fid': take kld"),
        ([], "pass a list such as"),
        ("kld", "pass a list such as"),
    ):
        with pytest.raises(InputError, match=said):
            score_anchors(conv_model(), anchors, names)


def test_a_constant_criterion_is_noted() -> None:
    constant = own_criterion(lambda images: np.ones(len(images)), name="one")
    scores = score_anchors(conv_model(), Anchors(pictures(5)), ("kld", constant))
    (note,) = notes_on(scores)
    assert note.startswith("one is 1 for all 5 anchors: it tells none apart")


def test_it_can_be_stopped_and_says_how_far_it_is() -> None:
    said = []
    score_anchors(
        conv_model(),
        Anchors(pictures(10)),
        batch_size=4,
        progress=lambda done, total, _: said.append((done, total)),
    )
    assert said == [(4, 10), (8, 10), (10, 10)]
    asked = iter([False, True])
    with pytest.raises(Cancelled, match="stopped after 4 of 10 anchors"):
        score_anchors(conv_model(), Anchors(pictures(10)), batch_size=4, cancel=lambda: next(asked))
    asked = iter([False, False, True])  # between two steps of an inversion
    with pytest.raises(Cancelled, match="steps of an inversion"):
        score_anchors(
            DecoderGenerator(conv_model()),
            Anchors(pictures(4)),
            ("inversion",),
            cancel=lambda: next(asked),
        )


def test_a_stop_is_answered_within_a_batch_of_the_slowest_criterion() -> None:
    """Whoever presses Cancel while a network looks at pictures does not wait for 500 of them."""
    stop, asked = threading.Event(), []

    def slow(images):
        asked.append(len(images))
        stop.set()  # pressed while the first batch is under way
        return images.flatten(1).mean(1)

    criterion = replace(own_criterion(slow, name="slow"), batch=5)
    model, options = conv_model(), {"cancel": stop.is_set}
    for work in (
        lambda: score_anchors(model, Anchors(pictures(60)), ["kld", criterion], **options),
        lambda: thresholds_of(model, [criterion], samples=500, **options),
    ):
        asked.clear(), stop.clear()
        with pytest.raises(Cancelled):
            work()
        assert asked == [5]
    counted, calls = Counted(model), itertools.count()
    with pytest.raises(Cancelled):  # where the model's own codes lie takes 2,000 pictures
        score_anchors(
            counted, Anchors(pictures(4)), ["mahalanobis"], cancel=lambda: next(calls) >= 2
        )
    assert counted.encoded <= 4 + 250
    assert CRITERIA["inception-distance"].batch <= 8 and CRITERIA["lpips"].batch <= 32


def test_memory_does_not_grow_with_the_number_of_anchors() -> None:
    """Beyond values, codes and classes, which are what is asked for: 40 bytes an anchor here, of
    144 bytes a picture. (benchmarks/anchors.py measures the process with a million.)"""
    model = linear_model(d=2)

    class Streamed(Anchors):
        def batches(self, size):
            for start in range(0, len(self), size):
                yield np.full((min(size, len(self) - start), 1, 6, 6), 0.5, np.float32)

    def peak(n):
        anchors = Streamed(np.broadcast_to(np.float32(0.5), (n, 1, 6, 6)))
        tracemalloc.start()
        score_anchors(model, anchors, batch_size=256)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(500)  # what is imported and kept
    assert peak(40_000) - peak(4000) < 36_000 * 60


def test_rows_are_the_same_in_memory_and_in_a_file() -> None:
    rows = np.random.default_rng(0).normal(size=(100, 5)).astype(np.float32)
    kept, filed = Rows(100), Rows(100, limit=1000)
    for start in range(0, 100, 30):
        kept.add(rows[start : start + 30])
        filed.add(rows[start : start + 30])
    assert isinstance(filed.array(), np.memmap) and not isinstance(kept.array(), np.memmap)
    assert np.array_equal(kept.array(), rows) and np.array_equal(filed.array(), rows)
