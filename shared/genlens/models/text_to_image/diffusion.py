"""Text-to-image pipelines of the Stable Diffusion family behind the ``TextToImage`` contract.

One adapter serves the embedded model and the hub's: latent diffusion (Rombach et al. 2022,
arXiv:2112.10752) in diffusers' folder format, with a UNet that reads the prompt by cross-attention.
"""

from __future__ import annotations

import contextlib
import copy
import math
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from genlens.common.limits import MAX_GUIDANCE, MAX_STEPS
from genlens.common.progress import Cancel
from genlens.errors import Cancelled, InputError, ModelError
from genlens.models.cards import card_of
from genlens.models.contracts import Autoencoder, Generation, ModelCard, Word
from genlens.models.devices import pick_device, pick_precision
from genlens.models.text_to_image.attention import record_cross_attention
from genlens.models.text_to_image.pipelines import load_pipeline
from genlens.models.text_to_image.tokens import Suggest, blank_of, count_tokens, words_of

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
    ) -> DiffusersTextToImage:
        """Load a saved pipeline.

        Args:
            folder: holds ``model_index.json``; a ``genlens.json`` beside it overrides settings.
            card: identity and settings; made up from the folder when left out.
            device: "cpu", "cuda", ...; None takes a GPU if there is one.
            precision: overrides the card's setting: "auto", "fast", "fp32", "bf16" or "fp16".
            suggest: see :func:`genlens.models.text_to_image.tokens.words_of`.

        Raises:
            ModelError: not a supported pipeline, incomplete, pickled, or damaged.
        """
        card = card_of(folder, card, contract="TextToImage", defaults=DEFAULTS)
        where = pick_device(device)
        wanted = str(card.settings["precision"] if precision is None else precision)
        card.settings["precision"] = pick_precision(wanted, where)
        pipeline, notes = load_pipeline(folder, card.settings, where, card.id)
        return cls(pipeline, replace(card, notes=(*card.notes, *notes)), where, suggest)

    def tokenize(self, prompt: str) -> list[Word]:
        """The prompt's words in order, each with its tokens; see ``tokens.words_of``."""
        return words_of(prompt, self.pipeline.tokenizer, self._suggest)

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
        steps = int(self.card.settings["steps"] if steps is None else steps)
        guidance = float(self.card.settings["guidance"] if guidance is None else guidance)
        wanted = self._check(prompts, seed, steps, guidance, record)
        unique = list(dict.fromkeys(prompts))
        size = max(1, int(self.card.settings["batch_size"]))
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
        noise, generators = self._noise(len(prompts), seed)
        with contextlib.ExitStack() as stack:
            recording = None
            if record:
                recorder = record_cross_attention(self.pipeline.unet, len(prompts))
                recording = stack.enter_context(recorder)
            stack.enter_context(self._autocast())
            latents = self.pipeline(
                prompt=prompts,
                latents=noise.to(self.device, self.pipeline.unet.dtype),
                generator=generators,
                num_inference_steps=steps,
                guidance_scale=guidance,
                height=self.card.settings.get("height"),
                width=self.card.settings.get("width"),
                output_type="latent",
                callback_on_step_end=_asking(cancel),
            ).images
            images = self._decode(latents)
        images = self._checked(images, prompts)
        return images, latents.float().cpu(), recording.mean() if recording else {}

    def _noise(self, n: int, seed: int) -> tuple[torch.Tensor, list[torch.Generator]]:
        """The same (1, c, h', w') noise for n images, and a generator for each that is in the same
        state: a scheduler that adds noise between steps then adds the same to every image too."""
        unet, scale = self.pipeline.unet, self.pipeline.vae_scale_factor
        default = unet.config.sample_size
        sides = default if isinstance(default, (list, tuple)) else (default, default)
        height = (self.card.settings.get("height") or sides[0] * scale) // scale
        width = (self.card.settings.get("width") or sides[1] * scale) // scale
        first = torch.Generator("cpu").manual_seed(seed)
        noise = torch.randn(1, unet.config.in_channels, height, width, generator=first)
        generators = []
        for _ in range(n):
            copy = torch.Generator("cpu")
            copy.set_state(first.get_state())
            generators.append(copy)
        return noise.expand(n, -1, -1, -1), generators

    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Latents to images in [-1, 1], undoing the VAE's scaling."""
        vae = self.pipeline.vae
        z = latents.to(vae.dtype) / vae.config.scaling_factor
        mean, std = vae.config.get("latents_mean"), vae.config.get("latents_std")
        if mean is not None and std is not None:
            mean, std = (torch.tensor(v).view(1, -1, 1, 1).to(z) for v in (mean, std))
            z = z * std + mean
        decoded: torch.Tensor = vae.decode(z, return_dict=False)[0]
        return decoded

    def _checked(self, images: torch.Tensor, prompts: list[str]) -> torch.Tensor:
        """Images in [0, 1] on the CPU, or an error where they would not be the model's own."""
        if not torch.isfinite(images).all():
            raise ModelError(
                f"{self.card.id} produced NaN or infinity instead of an image: half precision "
                'overflows in some VAEs; load it with precision "fp32"'
            )
        if self.pipeline.components.get("safety_checker") is not None:
            _, flags = self.pipeline.run_safety_checker(
                images.float().clone(), self.device, self.pipeline.unet.dtype
            )
            blanked = [p for p, flag in zip(prompts, flags or (), strict=False) if flag]
            if blanked:
                raise ModelError(
                    f"{self.card.id}'s safety checker blanked {len(blanked)} of {len(prompts)} "
                    f"images, such as that of {blanked[0]!r}. A black image would count as the "
                    "model's answer: try another seed or other words"
                )
        return (images.float() / 2 + 0.5).clamp(0, 1).cpu()

    def _autocast(self) -> contextlib.AbstractContextManager[Any]:
        if self.card.settings["precision"] == "bf16":
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return contextlib.nullcontext()

    def _check(
        self,
        prompts: Sequence[str],
        seed: int,
        steps: int,
        guidance: float,
        record: Collection[str] | None,
    ) -> frozenset[str]:
        """Refuse what the pipeline would only stumble over, or silently cut off."""
        if isinstance(prompts, str) or not prompts or not all(isinstance(p, str) for p in prompts):
            raise InputError("prompts must be a non-empty list of strings")
        if not 0 <= seed < 2**63:
            raise InputError(f"seed {seed} is out of range: take 0 to 2**63 - 1")
        if not 1 <= steps <= MAX_STEPS:
            raise InputError(f"steps {steps} is out of range: take 1 to {MAX_STEPS}")
        if not math.isfinite(guidance) or not 0 <= guidance <= MAX_GUIDANCE:
            raise InputError(f"guidance {guidance} is out of range: take 0 to {MAX_GUIDANCE:g}")
        wanted = frozenset(record or ())
        if wanted - {"attention"}:
            raise InputError(f"record {sorted(wanted)} is not known: only 'attention' is recorded")
        limit = self.pipeline.tokenizer.model_max_length
        for prompt in prompts:
            count = count_tokens(prompt, self.pipeline.tokenizer)
            if count > limit:
                raise InputError(
                    f"the prompt becomes {count} tokens, {self.card.id} reads {limit}: shorten it"
                )
        return wanted


def _asking(cancel: Cancel | None) -> Callable[..., dict[str, Any]] | None:
    """A diffusers ``callback_on_step_end`` that asks whether to go on."""
    if cancel is None:
        return None

    def after_step(
        pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]
    ) -> dict[str, Any]:
        if cancel():
            raise Cancelled(f"stopped after step {step + 1}")
        return tensors

    return after_step
