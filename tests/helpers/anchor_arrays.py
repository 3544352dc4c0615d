"""Anchors from an array, and a VAE whose every number is known."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from genlens.models.autoencoders.module import ModuleAutoencoder


class Anchors:
    """An ``AnchorSet`` of an array (n, c, h, w), which counts how often it is read."""

    def __init__(self, images, labels=None, names=(), title="test pictures"):
        self.images = np.asarray(images, np.float32)
        n = len(self.images)
        self.labels = np.full(n, -1) if labels is None else np.asarray(labels, np.int64)
        self.names, self.title, self.ids = tuple(names), title, np.arange(n)
        self.image_shape = tuple(self.images.shape[1:])
        self.read = 0

    def __len__(self):
        return len(self.images)

    def batches(self, size):
        self.read += 1
        for start in range(0, len(self), size):
            yield self.images[start : start + size]

    def pictures(self, rows):
        return self.images[np.asarray(rows)]


class LinearGaussianVAE:
    """x = W z + b + s e, with z and e from N(0, 1): posterior, likelihood and codes have closed
    forms. W has orthogonal columns, so that the posterior's covariance is diagonal."""

    def __init__(self, d=3, shape=(1, 4, 4), s=0.2, seed=0):
        rng = np.random.default_rng(seed)
        pixels = int(np.prod(shape))
        q, _ = np.linalg.qr(rng.normal(size=(pixels, d)))
        self.W = q * np.linspace(0.15, 0.45, d)
        self.b = np.full(pixels, 0.5)
        self.s, self.shape = s, shape
        self.variance = 1 / (1 + np.square(self.W).sum(0) / s**2)  # (d,) of the posterior

    def mean(self, x):
        """(n, d) posterior means of flat pictures (n, pixels)."""
        return self.variance * ((x - self.b) @ self.W) / self.s**2

    def draw(self, n, seed=0):
        """(n, c, h, w) pictures, noise and all."""
        rng = np.random.default_rng(seed)
        x = self.b + rng.normal(size=(n, self.W.shape[1])) @ self.W.T
        return (x + self.s * rng.normal(size=x.shape)).reshape(n, *self.shape)

    def model(self):
        """The same as an ``Autoencoder``."""
        d, pixels = self.W.shape[1], self.W.shape[0]
        encode, decode = nn.Linear(pixels, 2 * d), nn.Linear(d, pixels)
        rows = self.variance[:, None] * self.W.T / self.s**2
        with torch.no_grad():
            encode.weight.copy_(torch.from_numpy(np.concatenate([rows, np.zeros_like(rows)])))
            offset = np.concatenate([-rows @ self.b, np.log(self.variance)])
            encode.bias.copy_(torch.from_numpy(offset))
            decode.weight.copy_(torch.from_numpy(self.W))
            decode.bias.copy_(torch.from_numpy(self.b))
        return ModuleAutoencoder(
            nn.Sequential(nn.Flatten(), encode),
            nn.Sequential(decode, nn.Unflatten(1, self.shape)),
            image_shape=self.shape,
            split=True,
            device="cpu",
        )
