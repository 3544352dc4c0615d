"""The tokenizer of an open_clip model: the folder's own, or open_clip's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from genlens.errors import ModelError
from genlens.models import weights
from genlens.models.loading.panics import no_panics

Tokenize = Callable[[list[str]], torch.Tensor]
"""Texts -> (n, length) token numbers."""
BPE_SIZE = 49408
"""Words of the vocabulary that open_clip reads itself."""


def tokenizer_of(folder: Path, text_cfg: dict[str, Any]) -> Tokenize:
    """The folder's own ``tokenizer.json`` where the config names no other, else open_clip's."""
    length = int(text_cfg.get("context_length", 77))
    own = folder / "tokenizer.json"
    # Hub folders carry a tokenizer.json for transformers beside open_clip's files: it is the same
    # byte-pair vocabulary, and open_clip's own reader of it is the reference.
    theirs = int(text_cfg.get("vocab_size", BPE_SIZE)) == BPE_SIZE
    if own.is_file() and not theirs and not text_cfg.get("hf_tokenizer_name"):
        from tokenizers import Tokenizer

        try:
            with no_panics():
                reader = Tokenizer.from_file(str(own))
                reader.encode("a cat")
        except Exception as error:  # tokenizers raises nothing narrower
            raise ModelError(f"{weights.shown(own)} cannot be read: {error}") from error
        if reader.get_vocab_size() > int(text_cfg["vocab_size"]):
            raise ModelError(
                f"{weights.shown(own)} has {reader.get_vocab_size()} words, the model "
                f"{text_cfg['vocab_size']}: they belong to different models"
            )
        pad = int(text_cfg.get("pad_id", 0))
        reader.enable_truncation(length)
        reader.enable_padding(length=length, pad_id=pad)

        def read(texts: list[str]) -> torch.Tensor:
            coded = reader.encode_batch(texts)
            return torch.tensor([c.ids for c in coded], dtype=torch.long)  # (n, length)

        return read
    from open_clip.factory import get_tokenizer

    try:
        with no_panics():
            reference = get_tokenizer(f"local-dir:{folder}")
            reference("a cat", context_length=length)
    except Exception as error:  # what open_clip finds in a folder that anybody made
        said = weights.said(error, folder)
        raise ModelError(f"the tokenizer of {weights.shown(folder)} is damaged: {said}") from error
    return lambda texts: reference(texts, context_length=length)
