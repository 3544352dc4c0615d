"""The anchors' shipped models know what they were trained on, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

import genlens
from genlens.anchors.sets.sets import anchor_set
from genlens.anchors.shipped import PAPERS, shipped_scores
from genlens.worlds.avatars import draw_faces, redraw

pytestmark = pytest.mark.truth


def test_zeros_are_nearer_to_the_model_of_zeros_than_other_digits():
    scores = shipped_scores()
    other = scores.labels[:PAPERS] != 0
    auc = {
        name: roc_auc_score(other, scores.values[:PAPERS, i])
        for i, name in enumerate(scores.criteria)
    }
    assert auc["mse"] > 0.98 and auc["ssim"] > 0.95 and auc["kld"] > 0.75
    shuffled = np.random.default_rng(0).permutation(other)  # the control tells nothing apart
    assert abs(roc_auc_score(shuffled, scores.values[:PAPERS, 1]) - 0.5) < 0.03


def test_glasses_are_rebuilt_worse_and_the_code_does_not_notice():
    """Model delusion whose truth is known: the KL hardly tells glasses, the squared error does.
    ``avatars-vae``, which has seen glasses, is the control."""

    def numbers(name, images):
        model = genlens.load(name, contract="Autoencoder", device="cpu")
        with torch.no_grad():
            posterior = model.encode(images)
            error = (model.decode(posterior.mean) - images).square().mean((1, 2, 3))
        return error.numpy(), posterior.kl().sum(1).numpy()

    blind, control = "avatars-no-glasses-vae", "avatars-vae"
    anchors = anchor_set("avatars", (3, 64, 64), n=600)
    pictures = torch.from_numpy(next(anchors.batches(600)))
    error, kl = numbers(blind, pictures)
    told = roc_auc_score(anchors.labels, error)
    assert told > 0.85 and abs(roc_auc_score(anchors.labels, kl) - 0.5) < 0.1
    assert roc_auc_score(anchors.labels, numbers(control, pictures)[0]) < told - 0.1

    faces = draw_faces(200, 777, fixed={"glasses": "none"})
    before, _ = numbers(blind, faces.tensor())
    after, _ = numbers(blind, redraw(faces, glasses="round").tensor())
    assert (after > before).mean() > 0.95
