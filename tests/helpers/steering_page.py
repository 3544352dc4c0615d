"""The page of property steering with or without weights: where a checkout lacks those of its first
generator, a small StyleGAN2 of random weights, since what is tested then is the page."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import torch

from genlens.models.generators.stylegan2.files import save
from genlens.models.generators.stylegan2.network import StyleGAN2
from genlens.ui.serving.access import Access, allow
from genlens.ui.steering import generators
from page_server import served
from vae_page import lacks

MODEL = "avatars-gan"


def small_stylegan(seed: int = 0) -> StyleGAN2:
    """16 x 16 pixels, random weights, 6 layers; each style gives a clearly different picture."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return StyleGAN2(side=16, channels=(8, 8, 8), latents=8, styles=8, mapping_layers=2)


@contextmanager
def steering_model() -> Iterator[str]:
    """The id of a generator with styles that the page admits while the context lasts."""
    if not lacks(MODEL):
        yield MODEL
        return
    with tempfile.TemporaryDirectory(prefix="genlens-test-") as folder:
        save(Path(folder) / "small-gan", small_stylegan(), None, {})
        allow(Access(folders=(Path(folder).resolve(),)))
        try:
            yield "./small-gan"
        finally:
            allow(None)


@contextmanager
def served_steering(name: str) -> Iterator[tuple[str, str]]:
    """The address of the running page, and the generator it opens with."""
    with ExitStack() as stack:
        model = stack.enter_context(steering_model())
        first = (model, *(each for each in generators.FIRST if each != model))
        stack.enter_context(patch.object(generators, "FIRST", first))
        yield stack.enter_context(served("property_steering", name)), model
