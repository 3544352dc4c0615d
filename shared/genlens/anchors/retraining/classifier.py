"""A small digits classifier, whose last hidden layer compares pictures that two models drew.

The paper takes the Fréchet distance in Inception's features, which were made for photographs; a
network that knows digits tells digits apart. It sees all ten of them, so that a model which has
drifted to another digit is far away: the job measures one that was trained on ones, as a control.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from genlens.models.download.records import atomic_write

FEATURES = 64


class DigitClassifier(nn.Module):
    """Pictures (n, 1, 28, 28) in [0, 1] -> scores of ten digits (n, 10)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
            nn.Flatten(), nn.Linear(32 * 7 * 7, FEATURES), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(FEATURES, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(n, 10) scores."""
        return torch.as_tensor(self.head(self.body(images)))

    @torch.no_grad()
    def features(self, images: torch.Tensor) -> np.ndarray:
        """(n, 64) float64 of ``images`` (n, 1, 28, 28)."""
        parts = [self.body(batch) for batch in images.split(500)]
        return torch.cat(parts).double().numpy()

    @torch.no_grad()
    def accuracy(self, images: torch.Tensor, labels: torch.Tensor) -> float:
        """Share of ``images`` whose digit it names."""
        named = torch.cat([self(batch).argmax(1) for batch in images.split(500)])
        return float((named == labels).double().mean())


def train_classifier(
    images: torch.Tensor,
    labels: torch.Tensor,
    *,
    seed: int = 0,
    epochs: int = 3,
) -> DigitClassifier:
    """A classifier of ``images`` (n, 1, 28, 28) in [0, 1] with ``labels`` (n,) int64; equal calls
    give equal weights."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = DigitClassifier()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    for epoch in range(epochs):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        for rows in torch.randperm(len(images), generator=generator).split(100):
            loss = F.cross_entropy(net(images[rows]), labels[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
    return net.eval().requires_grad_(False)


def stored_classifier(path: Path, images: torch.Tensor, labels: torch.Tensor) -> DigitClassifier:
    """The classifier in the file ``path``, or a new one as ``train_classifier``, stored there."""
    from safetensors.torch import load_file, save

    if path.is_file():
        net = DigitClassifier()
        net.load_state_dict(load_file(path))
        return net.eval().requires_grad_(False)
    net = train_classifier(images, labels)
    with atomic_write(path) as stream:
        stream.write(save(net.state_dict()))
    return net
