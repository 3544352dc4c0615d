"""What the denoiser is trained on: the scenes' latents, their captions, and which noun is where."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genlens.errors import ModelError
from genlens.models.devices import multiplies_bf16
from genlens.worlds import vocabulary
from genlens.worlds.captions import parse
from genlens.zoo.measures.rich import is_rich
from genlens.zoo.recipes.scenes.data import Pictures, Scenes
from genlens.zoo.recipes.scenes.vae import encode
from genlens.zoo.recipes.words import build_tokenizer
from genlens.zoo.recipes.words import encode as encode_words

RICH = 0.4  # of a batch; a third of all captions are rich anyway
CPU_BATCH = 16  # larger ones leave the processor's cache


@dataclass(frozen=True)
class Latents:
    """``latents`` (n, c, 16, 16) float16 posterior means times ``scale``, of unit spread; token
    ``ids`` (n, tokens) int16; ``labels`` (n, 16, 16) uint8, the noun at the middle of each latent;
    ``singles``, the indices of captions that name one thing; ``encoder``, a hash of what made
    them."""

    latents: torch.Tensor
    ids: torch.Tensor
    labels: torch.Tensor
    singles: torch.Tensor
    scale: float
    encoder: str

    def __len__(self) -> int:
        return len(self.latents)


def fingerprint(vae: torch.nn.Module) -> str:
    """A hash of the encoder: latents are worth nothing beside another one."""
    digest = hashlib.sha256()
    for name, value in sorted(vae.state_dict().items()):
        if name.startswith(("encoder.", "quant_conv.")):
            digest.update(value.half().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]


@torch.no_grad()
def encode_all(vae: torch.nn.Module, images: np.ndarray, device: str, batch: int) -> torch.Tensor:
    """(n, c, h / 8, w / 8) float16 posterior means of (n, h, w, 3) uint8.

    On processors that multiply in bf16, in that: four times as fast, and wrong by a hundredth of
    the latents' spread, of which the posterior's own noise is a fifth.
    """
    on_cpu = device == "cpu"
    batch = CPU_BATCH if on_cpu else batch
    parts, pictures = [], Pictures(images, device)
    for i in range(0, len(images), batch):
        x = pictures(np.arange(i, min(i + batch, len(images))))
        x = x.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=on_cpu and multiplies_bf16()):
            parts.append(encode(vae, x).mean.half().cpu())
    return torch.cat(parts)


def prepare(
    scenes: Scenes, vae: torch.nn.Module, file: Path, device: str, batch: int = 256
) -> Latents:
    """The scenes as the denoiser sees them, kept in ``file``."""
    encoder = fingerprint(vae)
    if file.exists():
        kept = Latents(**torch.load(file, weights_only=True))
        if kept.encoder != encoder:
            raise ModelError(
                f"{file} was made by another encoder ({kept.encoder}, now {encoder}): delete it, "
                "or train the decoder only (--freeze)"
            )
        return kept
    raw = encode_all(vae, scenes.images, device, batch).float()
    scale = float(1 / raw[:5000].std())
    tokenizer = build_tokenizer()
    ids = encode_words(tokenizer, scenes.captions).to(torch.int16)
    made = Latents(
        (raw * scale).half(),
        ids,
        torch.from_numpy(np.ascontiguousarray(scenes.labels[:, 2::4, 2::4])),
        torch.from_numpy(single_noun(ids, tokenizer)),
        scale,
        encoder,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(asdict(made), file)
    return made


def augment(ids: torch.Tensor) -> torch.Tensor:
    """Into 5 % of the captions an unknown word is put at a random place, so that words the model
    has not learned learn to do nothing."""
    ids = ids.to(torch.int64, copy=True)
    for row in torch.nonzero(torch.rand(len(ids)) < 0.05).flatten().tolist():
        at = int(torch.randint(1, int((ids[row] == 2).nonzero()[0]) + 1, ()))
        ids[row] = torch.cat([ids[row, :at], torch.tensor([3]), ids[row, at:-1]])
    return ids


def single_noun(ids: torch.Tensor, tokenizer: Any) -> np.ndarray:
    """Indices of the captions that name exactly one thing."""
    words = [tokenizer.convert_ids_to_tokens(i) for i in range(len(tokenizer))]
    noun = torch.tensor([vocabulary.kind(w) == "noun" for w in words])
    return torch.nonzero(noun[ids.long()].sum(1) == 1).flatten().numpy()


def rich_ones(captions: Sequence[str]) -> np.ndarray:
    """Indices of the captions that ask for what is counted, worn, or belongs to another."""
    return np.flatnonzero([is_rich(parse(caption)) for caption in captions])


def pick(
    rng: np.random.Generator,
    n: int,
    singles: np.ndarray,
    batch: int,
    progress: float,
    rich: np.ndarray | None = None,
) -> torch.Tensor:
    """(batch,) int64 indices. Words are learnt first from scenes of one thing, where nothing
    else can explain the picture: their extra share is 50 % for a third of the run, none from
    60 %. From there on an extra ``RICH`` of ``rich`` ones, if any are given: what is small beside
    its wearer is learnt last."""
    started = min(1.0, max(0.0, (0.6 - progress) / 0.27))
    among, share = singles, 0.5 * started
    if rich is not None and len(rich) and not started:
        among, share = rich, RICH
    extra = rng.random(batch) < share
    return torch.from_numpy(np.where(extra, rng.choice(among, batch), rng.integers(0, n, batch)))
