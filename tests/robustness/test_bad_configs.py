"""Configs of CLIP, SAM and small VAEs with one value spoiled: loaded, or refused in words."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import torch

import genlens
from genlens.errors import GenlensError, ModelError
from genlens.models.autoencoders.conv_vae import ConvVAE

pytestmark = pytest.mark.robustness
VALUES: tuple[Any, ...] = (None, -1, 0, "x", [], {}, True, 3.5, 10**7)


def places(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*at, name)
            yield from places(inner, (*at, name))


def spoiled(config: Any, at: tuple[str, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(config))
    inside = copy
    for name in at[:-1]:
        inside = inside[name]
    inside[at[-1]] = value
    return copy


def use(model: Any) -> None:
    """What a page does first with such a model."""
    if model.card.contract == "ImageTextEncoder":
        model.embed_images(torch.rand(1, 3, 20, 30))
        model.embed_texts(["a cat"])


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        ("clip", "open_clip_config.json"), ("sam", "config.json"), ("vae", "config.json"),
        ("clip", "genlens.json"), ("sam", "genlens.json"),
    ],
)  # fmt: skip
def test_one_spoiled_value(kind, file, tmp_path, tiny_clip_dir, tiny_sam_dir):
    folder = tmp_path / "mine"
    if kind == "vae":
        ConvVAE((1, 8, 8), 3, (4, 6), 10, 3).save(folder)
    else:
        shutil.copytree({"clip": tiny_clip_dir, "sam": tiny_sam_dir}[kind], folder)
    path = folder / file
    if file == "genlens.json":
        settings = {"clip": {"batch_size": 8}, "sam": {"mask_generator": {"points_per_side": 4}}}
        path.write_text(json.dumps(settings[kind]))
    config = json.loads(path.read_text())
    draw = random.Random(0)
    refused = 0
    for at in places(config):
        for value in draw.sample(VALUES, 4):
            path.write_text(json.dumps(spoiled(config, at, value)))
            try:
                use(genlens.load(str(folder), device="cpu"))
            except GenlensError as error:
                refused += 1
                assert str(tmp_path) not in str(error), (at, value)
            except Exception as error:  # whatever it is, it is no message
                pytest.fail(f"{file}: {'.'.join(at)} = {value!r} gives {error!r}")
    assert refused


def test_a_tokenizer_of_another_model(tiny_clip_dir, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(tiny_clip_dir, folder)
    path = folder / "tokenizer.json"
    kept = json.loads(path.read_text())
    more = {f"word{i}": len(kept["model"]["vocab"]) + i for i in range(9)}
    words = {**kept["model"]["vocab"], **more}
    path.write_text(json.dumps(spoiled(kept, ("model", "vocab"), words)))
    with pytest.raises(ModelError, match="has .* words, the model .* different models"):
        genlens.load(str(folder), device="cpu")
    path.write_text("{}")
    with pytest.raises(ModelError, match="mine/tokenizer.json cannot be read"):
        genlens.load(str(folder), device="cpu")


def test_a_tokenizer_whose_template_names_no_token(tiny_clip_dir, tmp_path):
    """tokenizers, written in Rust, panics: that is a BaseException, and ended the thread."""
    folder = tmp_path / "mine"
    shutil.copytree(tiny_clip_dir, folder)
    path = folder / "tokenizer.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(spoiled(kept, ("post_processor", "special_tokens"), {})))
    with pytest.raises(ModelError, match="mine/tokenizer.json cannot be read: it is damaged"):
        genlens.load(str(folder), device="cpu")
