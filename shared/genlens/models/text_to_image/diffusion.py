"""Text-to-image pipelines of diffusers behind the ``TextToImage`` contract.

One adapter serves the embedded model and the hub's: latent diffusion (Rombach et al. 2022,
arXiv:2112.10752) in diffusers' folder format, with a UNet or a diffusion transformer that reads the
prompt by cross-attention (``kinds``).
"""

from __future__ import annotations

import contextlib
import copy
import math
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from genlens.common.limits import MAX_GUIDANCE, MAX_STEPS
from genlens.common.progress import Cancel
from genlens.errors import InputError
from genlens.models.cards import card_of
from genlens.models.contracts import Attended, Autoencoder, Generation, ModelCard, Word
from genlens.models.devices import pick_device, pick_precision
from genlens.models.text_to_image.attending import attend
from genlens.models.text_to_image.attention import AttentionRecorder, record_cross_attention
from genlens.models.text_to_image.inside.opened import OpenedPipeline
from genlens.models.text_to_image.kinds import kind_of, network_of
from genlens.models.text_to_image.pipelines import load_pipeline
from genlens.models.text_to_image.sampler import Sampler
from genlens.models.text_to_image.steps import asking, shared_noise
from genlens.models.text_to_image.tokens import (
    Suggest,
    blank_of,
    count_tokens,
    lowered,
    words_of,
)

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

DEFAULTS: dict[str, Any] = {"steps": 20, "guidance": 7.5, "batch_size": 4, "precision": "auto"}


class DiffusersTextToImage:
    """A diffusers pipeline that draws every prompt of a call from the same noise.

    ``card.settings`` hold the defaults: steps, guidance (1 or less: no second, unconditional pass),
    batch_size (images denoised together), precision ("fp32", "fp16" weights, or "bf16" for autocast
    of the UNet; a folder may also say "auto" or "fast", see ``devices.pick_precision``;
    benchmarks/generate.py says what it buys), and optionally height, width (pixels), scheduler (the
    name of a diffusers scheduler class) and variant. Calls are serialised: a pipeline keeps state
    while it denoises.
    """

    def __init__(
        self,
        pipeline: DiffusionPipeline,
        card: ModelCard,
        device: str,
        suggest: Suggest | None = None,
    ) -> None:
        self.pipeline = pipeline
        self.card = card
        self.device = torch.device(device)
        self._suggest = suggest
        self._lock = threading.RLock()

    @classmethod
    def from_folder(
        cls,
        folder: Path,
        card: ModelCard | None = None,
        *,
        device: str | None = None,
        precision: str | None = None,
        suggest: Suggest | None = None,
        decoder: Path | None = None,
    ) -> DiffusersTextToImage:
        """Load a saved pipeline.

        Args:
            folder: holds ``model_index.json``; a ``genlens.json`` beside it overrides settings.
            card: identity and settings; made up from the folder when left out.
            device: "cpu", "cuda", ...; None takes a GPU if there is one.
            precision: overrides the card's setting: "auto", "fast", "fp32", "bf16" or "fp16".
            suggest: see :func:`genlens.models.text_to_image.tokens.words_of`.
            decoder: folder of an ``AutoencoderTiny`` (TAESD) for the same latents, which takes the
                place of the pipeline's own autoencoder: it decodes with about a twentieth of the
                arithmetic, and fine detail differs a little.

        Raises:
            ModelError: not a supported pipeline, incomplete, pickled, or damaged.
        """
        card = card_of(folder, card, contract="TextToImage", defaults=DEFAULTS)
        where = pick_device(device)
        wanted = str(card.settings["precision"] if precision is None else precision)
        card.settings["precision"] = pick_precision(wanted, where)
        pipeline, notes = load_pipeline(folder, card.settings, where, card.id, decoder)
        return cls(pipeline, replace(card, notes=(*card.notes, *notes)), where, suggest)

    def tokenize(self, prompt: str) -> list[Word]:
        """The prompt's words in order, each with its tokens; see ``tokens.words_of``."""
        lower = kind_of(self.pipeline).lower
        return words_of(prompt, self.pipeline.tokenizer, self._suggest, lower=lower)

    def blank(self, word: Word) -> str | None:
        """See ``contracts.Blankable``. A pipeline with two text encoders (SDXL) has no such text:
        each pads with another token, and the second reads a prompt up to the first one's."""
        if self.pipeline.components.get("tokenizer_2") is not None:
            return None
        return blank_of(word, self.pipeline.tokenizer)

    def autoencoder(self) -> Autoencoder:
        """The pipeline's own VAE, in float32; see ``contracts.Autoencoding``."""
        from genlens.models.autoencoders.diffusers_vae import DiffusersAutoencoder

        vae = self.pipeline.vae
        if vae.dtype != torch.float32:  # the adapter would turn the pipeline's own into float32
            vae = copy.deepcopy(vae)
        card = replace(self.card, contract="Autoencoder")
        return DiffusersAutoencoder(vae, card, str(self.device))

    @torch.no_grad()
    def generate(
        self,
        prompts: Sequence[str],
        seed: int,
        *,
        steps: int | None = None,
        guidance: float | None = None,
        record: Collection[str] | None = None,
        cancel: Cancel | None = None,
    ) -> Generation:
        """Draw one image a prompt, all from the same noise.

        Args:
            prompts: n strings; equal strings are drawn once. "" is legal.
            seed: of the starting noise, at least 0. The noise is drawn on the CPU, so that a seed
                means the same on every device.
            steps: 1 to 200, None for the card's default.
            guidance: scale w of ``eps = eps(no text) + w (eps(text) - eps(no text))`` (Ho and
                Salimans 2022, arXiv:2207.12598, eq. 6 with w shifted by one); 1 or less turns it
                off and halves the work.
            record: may hold "attention".
            cancel: ``cancel() -> bool``, asked after every step.

        Returns:
            ``images`` (n, 3, h, w) float32 in [0, 1], ``latents`` (n, c, h', w') float32, both on
            the CPU; ``attention`` layer -> (n, heads, h'*w', tokens), the mean over steps.

        Raises:
            InputError: an argument is out of range or a prompt has too many tokens.
            ModelError: the pixels are NaN or infinite, or the safety checker blanked an image.
            Cancelled: ``cancel()`` said so.
        """
        steps, guidance = self._checked(prompts, seed, steps, guidance)
        wanted = frozenset(record or ())
        if wanted - {"attention"}:
            raise InputError(f"record {sorted(wanted)} is not known: only 'attention' is recorded")
        self._require_short(prompts)
        unique = list(dict.fromkeys(prompts))
        size = self._batch_size
        with self._lock:
            parts = [
                self._batch(
                    unique[i : i + size], seed, steps, guidance, "attention" in wanted, cancel
                )
                for i in range(0, len(unique), size)
            ]
        back = torch.tensor([unique.index(p) for p in prompts])
        attention = None
        if "attention" in wanted:
            layers = parts[0][2]
            attention = {k: torch.cat([part[2][k] for part in parts])[back] for k in layers}
        return Generation(
            images=torch.cat([part[0] for part in parts])[back],
            latents=torch.cat([part[1] for part in parts])[back],
            attention=attention,
        )

    @torch.no_grad()
    def attend(
        self,
        prompts: Sequence[str],
        seed: int,
        *,
        steps: int | None = None,
        guidance: float | None = None,
        pictures: torch.Tensor | None = None,
        cancel: Cancel | None = None,
    ) -> list[Attended]:
        """Where each prompt's words are looked for, step by step; see ``contracts.Attending``.

        Raises:
            InputError: an argument is out of range, pictures of another size than the model's, or
                maps that would fill the memory.
            ModelError, Cancelled: as ``generate``.
        """
        steps, guidance = self._checked(prompts, seed, steps, guidance)
        size = self._batch_size
        found: list[Attended] = []
        with self._lock:
            for i in range(0, len(prompts), size):
                part = slice(i, i + size)
                given = None if pictures is None else pictures[part]
                found += attend(self._sampler, prompts[part], seed, steps, guidance, given, cancel)
        return found

    @contextlib.contextmanager
    def opened(self) -> Iterator[OpenedPipeline]:
        """The model's inside, for as long as the block lasts; see ``contracts.Openable``."""
        with self._lock:
            yield OpenedPipeline(self._sampler, self._openly)

    def _openly(
        self, prompts: Sequence[str], seed: int, steps: int | None, guidance: float | None
    ) -> tuple[int, float]:
        checked = self._checked(prompts, seed, steps, guidance)
        self._require_short(prompts)
        return checked

    def _batch(
        self,
        prompts: list[str],
        seed: int,
        steps: int,
        guidance: float,
        record: bool,
        cancel: Cancel | None,
    ) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        """Images, latents and attention maps of one batch of different prompts."""
        noise, generators = shared_noise(self.pipeline, self.card.settings, len(prompts), seed)
        recorder = AttentionRecorder(len(prompts))
        recording = record_cross_attention(network_of(self.pipeline), recorder)
        afters = [asking(cancel)] if cancel else []
        with recording if record else contextlib.nullcontext():
            latents = self._sampler.denoised(prompts, noise, generators, steps, guidance, afters)
            images = self._sampler.drawn(latents, prompts)
        return images, latents.float().cpu(), recorder.mean()

    @property
    def _sampler(self) -> Sampler:
        return Sampler(self.pipeline, self.card, self.device)

    @property
    def _batch_size(self) -> int:
        return max(1, int(self.card.settings["batch_size"]))

    def _checked(
        self, prompts: Sequence[str], seed: int, steps: int | None, guidance: float | None
    ) -> tuple[int, float]:
        """Steps and guidance, once the pipeline would not only stumble over what is asked."""
        if isinstance(prompts, str) or not prompts or not all(isinstance(p, str) for p in prompts):
            raise InputError("prompts must be a non-empty list of strings")
        if not 0 <= seed < 2**63:
            raise InputError(f"seed {seed} is out of range: take 0 to 2**63 - 1")
        steps = int(self.card.settings["steps"] if steps is None else steps)
        if not 1 <= steps <= MAX_STEPS:
            raise InputError(f"steps {steps} is out of range: take 1 to {MAX_STEPS}")
        able, scheduler = kind_of(self.pipeline).one_step, type(self.pipeline.scheduler).__name__
        if steps == 1 and able and scheduler not in able:
            raise InputError(
                f"{self.card.id} cannot draw in 1 step with its {scheduler}: take 2 or more"
            )
        guidance = float(self.card.settings["guidance"] if guidance is None else guidance)
        if not math.isfinite(guidance) or not 0 <= guidance <= MAX_GUIDANCE:
            raise InputError(f"guidance {guidance} is out of range: take 0 to {MAX_GUIDANCE:g}")
        return steps, guidance

    def _require_short(self, prompts: Sequence[str]) -> None:
        """Refuse what the pipeline would silently cut off."""
        limit = self.pipeline.tokenizer.model_max_length
        lower = kind_of(self.pipeline).lower
        for prompt in prompts:
            count = count_tokens(lowered(prompt) if lower else prompt, self.pipeline.tokenizer)
            if count > limit:
                raise InputError(
                    f"the prompt becomes {count} tokens, {self.card.id} reads {limit}: shorten it"
                )
