"""Layer activations against direct sums over pairs."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from genlens.common.hooks import hooked
from genlens.errors import InputError
from genlens.latents.activations import layer_activations, record
from tiny_vaes import conv_model, hooks_on, linear_model, weights_of

pytestmark = pytest.mark.unit

CLASSES = [3, 3, 3, 8, 8, 1]


def pictures(n=6, shape=(1, 16, 16)):
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("centre", [False, True])
def test_cosines_are_means_over_pairs(centre):
    model = conv_model()
    report = layer_activations(model, pictures(), CLASSES, centre=centre)
    assert report.classes == ("1", "3", "8") and report.counts.tolist() == [1, 3, 2]
    for number, (layer, maps) in enumerate(record(model, pictures()).items()):
        rows = maps.reshape(6, -1).astype(float)
        rows = rows - rows.mean(axis=0) if centre else rows
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        cosine = unit @ unit.T
        same = [
            cosine[i, j] for i in range(6) for j in range(6) if i != j and CLASSES[i] == CLASSES[j]
        ]
        other = [cosine[i, j] for i in range(6) for j in range(6) if CLASSES[i] != CLASSES[j]]
        assert report.layers[number] == layer
        assert report.within[number] == pytest.approx(np.mean(same))
        assert report.between[number] == pytest.approx(np.mean(other))
        table = report.cosines[number]
        assert np.isnan(table[0, 0])  # a class of one image has no pairs
        assert table[1, 2] == pytest.approx(cosine[:3, 3:5].mean())
        assert table[2, 2] == pytest.approx(cosine[3, 4])
    json.dumps(report.to_dict(), allow_nan=False)


def test_means_of_a_linear_layer():
    model, images = linear_model(), pictures(4, (1, 6, 6))
    report = layer_activations(model, images, list("abab"), layers=["encoder.1"])
    wanted = images.double().flatten(1).numpy() @ weights_of(model)[0].T
    assert np.allclose(
        report.means["encoder.1"], [wanted[::2].mean(0), wanted[1::2].mean(0)], atol=1e-5
    )


def test_like_classes_are_more_alike():
    low, high = torch.zeros(3, 1, 6, 6), torch.zeros(3, 1, 6, 6)
    low[:, :, :3], high[:, :, 3:] = 1.0, 1.0
    images = (torch.cat([low, high]) + 0.05 * pictures(6, (1, 6, 6))).clamp(0, 1)
    report = layer_activations(linear_model(d=20), images, list("aaabbb"))
    assert report.within[0] > 0.95 > report.between[0]


def test_layers_are_chosen_by_name_and_hooks_come_off():
    model = conv_model()
    assert list(record(model, pictures())) == [
        "encoder.conv1", "encoder.relu1", "encoder.conv2", "encoder.relu2", "encoder.hidden",
        "encoder.relu_hidden", "encoder.code",
    ]  # fmt: skip
    assert record(model, pictures(), ["encoder.conv2"])["encoder.conv2"].shape == (6, 8, 4, 4)
    with pytest.raises(InputError, match="no layer 'conv9'"):
        record(model, pictures(), ["conv9"])
    with pytest.raises(InputError, match="does not run in the encoder"):
        record(model, pictures(), ["decoder.hidden"])
    assert hooks_on(model) == 0

    def broken(*_):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError), hooked(list(model.module.modules()), broken):
        model.encode(pictures())
    assert hooks_on(model) == 0


def test_images_and_classes_have_to_fit():
    with pytest.raises(InputError, match="one class for each"):
        layer_activations(conv_model(), pictures(), [1, 2])
    with pytest.raises(InputError, match="at least two"):
        layer_activations(conv_model(), pictures(1), [1])
