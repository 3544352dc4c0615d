"""A pipeline whose inside can be read and exchanged while it is held (``contracts.Opened``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch

from genlens.common.hooks import hooked
from genlens.common.progress import Cancel
from genlens.errors import InputError
from genlens.models.contracts import CrossLayer, Generation, ModelCard
from genlens.models.text_to_image.attending import forced_along
from genlens.models.text_to_image.attention import frame
from genlens.models.text_to_image.inside import hooks
from genlens.models.text_to_image.inside.layers import cross_attention, holder, projections
from genlens.models.text_to_image.sampler import Sampler
from genlens.models.text_to_image.steps import asking, shared_noise


class OpenedPipeline:
    """See ``contracts.Opened``. ``checked`` is the adapter's check of prompts, seed, steps and
    guidance."""

    def __init__(
        self,
        sampler: Sampler,
        checked: Callable[[Sequence[str], int, int | None, float | None], tuple[int, float]],
    ) -> None:
        self._sampler, self._checked = sampler, checked
        self._rows = 1
        parts = sampler.pipeline.components
        self.network = parts["unet"] if "unet" in parts else parts["transformer"]

    @property
    def card(self) -> ModelCard:
        """The model's."""
        return self._sampler.card

    @cached_property
    def layers(self) -> tuple[CrossLayer, ...]:
        """See ``contracts.Opened``: one step of one picture shows the order."""
        modules = cross_attention(self.network)
        names = {module: name for name, module in modules.items()}
        places: dict[str, int] = {}

        def see(module: torch.nn.Module, args: Any, output: Any) -> None:
            places.setdefault(names[module], int(args[0].shape[-2]))

        noise, generators = shared_noise(self._sampler.pipeline, self.card.settings, 1, 0)
        with torch.no_grad(), hooked(modules.values(), see):
            self._sampler.denoised([""], noise, generators, 1, 1.0)
        height, width = noise.shape[2:]
        return tuple(
            CrossLayer(name, _part(name), frame(count, (height, width)))
            for name, count in places.items()
        )

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        """See ``contracts.Opened``."""
        pipeline = self._sampler.pipeline
        with self._sampler.autocast():
            states: torch.Tensor = pipeline.encode_prompt(
                prompt=list(texts),
                device=self._sampler.device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=False,
            )[0]
        return states

    def projections(self) -> dict[str, torch.Tensor]:
        """See ``contracts.Opened``."""
        return {
            name: linear.weight.detach().double().cpu().clone()
            for name, linear in projections(self.network).items()
        }

    @contextmanager
    def reading(self, texts: Mapping[str, Sequence[str | None]]) -> Iterator[None]:
        """See ``contracts.Opened``."""
        modules = cross_attention(self.network)
        unknown = [name for name in texts if name not in modules]
        if unknown:
            raise InputError(f"{self.card.id} has no cross-attention layer {unknown[0]!r}")
        said = [text for row in texts.values() for text in row if text is not None]
        if not said:
            yield
            return
        distinct = list(dict.fromkeys(said))
        encoded = dict(zip(distinct, self.encode(distinct), strict=True))
        first = encoded[distinct[0]]
        states = {
            name: torch.stack([first if t is None else encoded[t] for t in row])
            for name, row in texts.items()
        }
        chosen = {name: torch.tensor([t is not None for t in row]) for name, row in texts.items()}
        with hooks.reading(modules, states, chosen):
            yield

    @contextmanager
    def rewritten(self, weights: Mapping[str, torch.Tensor]) -> Iterator[None]:
        """See ``contracts.Opened``."""
        linears = projections(self.network)
        for name, weight in weights.items():
            if name not in linears or linears[name].weight.shape != weight.shape:
                raise InputError(
                    f"{self.card.id} has no keys or values {name!r} of {tuple(weight.shape)}: make "
                    "the edit with this model"
                )
        with hooks.rewritten(linears, weights):
            yield

    @contextmanager
    def tapped(self, layer: str, tap: hooks.Tap) -> Iterator[None]:
        """See ``contracts.Opened``."""
        if layer not in cross_attention(self.network):
            raise InputError(f"{self.card.id} has no cross-attention layer {layer!r}")
        with hooks.tapped(holder(self.network, layer), lambda: self._rows, tap):
            yield

    @torch.no_grad()
    def draw(
        self,
        prompts: Sequence[str],
        seed: int,
        *,
        steps: int | None = None,
        guidance: float | None = None,
        pictures: torch.Tensor | None = None,
        cancel: Cancel | None = None,
    ) -> Generation:
        """See ``contracts.Opened``."""
        rounds, pull = self._checked(prompts, seed, steps, guidance)
        sampler, texts = self._sampler, list(prompts)
        noise, generators = shared_noise(sampler.pipeline, self.card.settings, len(texts), seed)
        start, afters = noise, [asking(cancel)] if cancel else []
        if pictures is not None:
            forced = forced_along(sampler, pictures, noise, rounds)
            start, afters = forced.start, [*afters, forced]
        self._rows = len(texts)
        latents = sampler.denoised(texts, start, generators, rounds, pull, afters)
        images = sampler.drawn(latents, texts) if pictures is None else pictures.float().cpu()
        return Generation(images=images, latents=latents.float().cpu(), attention=None)


def _part(name: str) -> str:
    first = name.partition("_")[0].partition(".")[0]
    return {"down": "down", "mid": "middle", "up": "up"}.get(first, "")
