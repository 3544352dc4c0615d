"""Cross-attention maps of a diffusers network, recorded without changing what it computes.

The maps say which image positions read from which tokens (DAAM, Tang et al. 2023,
arXiv:2210.04885, aggregates them into heat maps).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import torch

from genlens.errors import InputError, ModelError
from genlens.models.text_to_image.inside.layers import cross_attention

if TYPE_CHECKING:
    from diffusers.models.attention_processor import Attention

MOST_BYTES = 1_000_000_000
"""Of the maps of one recording: 50 steps of Stable Diffusion 1.5 with 20 words take 0.43 GB."""


class Recorder(Protocol):
    """Takes what the layers show."""

    def add(self, layer: str, probabilities: torch.Tensor) -> None:
        """One pass's (b, heads, h'*w', tokens) probabilities of ``layer``; under classifier-free
        guidance the batch is [unconditional, conditional]."""
        ...


class AttentionRecorder:
    """Sums the cross-attention probabilities of every layer over denoising steps.

    ``mean()`` gives one (n, heads, h'*w', tokens) float32 CPU tensor a layer; rows sum to 1 over
    tokens. Under classifier-free guidance the conditional half, the last ``n`` rows, is kept.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._sums: dict[str, torch.Tensor] = {}
        self._counts: dict[str, int] = {}

    def add(self, layer: str, probabilities: torch.Tensor) -> None:
        """See ``Recorder``."""
        kept = probabilities[-self.n :].float().cpu()
        self._sums[layer] = self._sums[layer] + kept if layer in self._sums else kept
        self._counts[layer] = self._counts.get(layer, 0) + 1

    def mean(self) -> dict[str, torch.Tensor]:
        """The maps averaged over the steps recorded so far, layer by layer."""
        return {layer: total / self._counts[layer] for layer, total in self._sums.items()}


class WordRecorder:
    """Keeps every step's probabilities, summed over the tokens of each word.

    Args:
        positions: for each prompt, and each of its words, the places of the word's tokens in the
            encoded prompt; a word without any gets zeros.
        shape: (height, width) of what is denoised: every layer's map has about its proportions.
    """

    def __init__(
        self, positions: Sequence[Sequence[tuple[int, ...]]], shape: tuple[int, int]
    ) -> None:
        self.positions, self.shape = positions, shape
        self._now: dict[str, list[list[torch.Tensor]]] = {}  # layer -> passes -> prompts
        self._steps: list[dict[str, list[torch.Tensor]]] = []
        self._bytes = 0

    def add(self, layer: str, probabilities: torch.Tensor) -> None:
        """See ``Recorder``."""
        n = len(self.positions)
        seen = probabilities[-n:].float()  # (n, heads, h'*w', tokens)
        found = [self._words(seen[i], self.positions[i]) for i in range(n)]
        self._bytes += sum(maps.numel() * maps.element_size() for maps in found)
        if self._bytes > MOST_BYTES:
            raise InputError(
                f"the attention maps grew beyond {MOST_BYTES / 1e9:g} GB after "
                f"{len(self._steps)} steps: take fewer steps or a shorter prompt"
            )
        self._now.setdefault(layer, []).append(found)

    def end_step(self) -> None:
        """What was added since the last call is one step; a scheduler that asks the network twice
        in one step gets the mean of both."""
        self._steps.append(
            {
                # Floats first: inside an autocast to bfloat16, torch stacks no float16.
                layer: [
                    torch.stack([maps.float() for maps in one]).mean(0).half()
                    for one in zip(*passes, strict=True)
                ]
                for layer, passes in self._now.items()
            }
        )
        self._now = {}

    def maps(self) -> list[dict[str, torch.Tensor]]:
        """For each prompt: layer -> (steps, heads, words, h', w') float16 on the CPU."""
        layers = self._steps[0] if self._steps else {}
        return [
            {
                layer: self._framed(torch.stack([step[layer][i] for step in self._steps]))
                for layer in layers
            }
            for i in range(len(self.positions))
        ]

    def _words(self, seen: torch.Tensor, positions: Sequence[tuple[int, ...]]) -> torch.Tensor:
        """(heads, h'*w', tokens) -> (heads, words, h'*w') float16 on the CPU."""
        nothing = torch.zeros(seen.shape[:2], device=seen.device)
        words = [seen[..., list(at)].sum(-1) if at else nothing for at in positions]
        if not words:
            return torch.zeros(len(seen), 0, seen.shape[1], dtype=torch.float16)
        return torch.stack(words, 1).half().cpu()

    def _framed(self, maps: torch.Tensor) -> torch.Tensor:
        """(..., h'*w') -> (..., h', w')."""
        return maps.unflatten(-1, frame(maps.shape[-1], self.shape))


def frame(places: int, shape: tuple[int, int]) -> tuple[int, int]:
    """The (height, width) with ``places`` cells whose proportions are nearest to ``shape``'s.

    Raises:
        ModelError: none is near: the layer's places are no grid over the picture.
    """
    wanted = math.log(shape[0] / shape[1])
    heights = [h for h in range(1, places + 1) if places % h == 0]
    height = min(heights, key=lambda h: abs(math.log(h * h / places) - wanted))
    if abs(math.log(height * height / places) - wanted) > math.log(1.5):
        raise ModelError(
            f"a layer attends from {places} places, which are no grid over {shape[0]} x {shape[1]} "
            "latents: its attention cannot be drawn over the picture"
        )
    return height, places // height


class _RecordingProcessor:
    """Runs the layer's own processor and, beside it, computes the probabilities to record.

    The output is the original processor's, bit for bit: only the small query-key product is
    computed a second time, because fused attention never shows its probabilities.
    """

    def __init__(
        self, layer: str, original: Callable[..., torch.Tensor], recorder: Recorder
    ) -> None:
        self.layer = layer
        self.original = original
        self.recorder = recorder

    def __call__(
        self,
        attn: Attention,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> torch.Tensor:
        if encoder_hidden_states is not None:
            with torch.no_grad():
                self.recorder.add(
                    self.layer,
                    _probabilities(attn, hidden_states, encoder_hidden_states, attention_mask),
                )
        result: torch.Tensor = self.original(
            attn, hidden_states, encoder_hidden_states, attention_mask, *args, **kwargs
        )
        return result


def _probabilities(
    attn: Attention, image: torch.Tensor, text: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """softmax(Q K^T * scale): (b, heads, h'*w', tokens) of one attention layer."""
    if image.ndim == 4:
        image = image.flatten(2).transpose(1, 2)  # (b, c, h, w) -> (b, h*w, c)
    if attn.norm_cross:
        text = attn.norm_encoder_hidden_states(text)
    query = attn.head_to_batch_dim(attn.to_q(image))  # (b*heads, h*w, c/heads)
    key = attn.head_to_batch_dim(attn.to_k(text))  # (b*heads, tokens, c/heads)
    if mask is not None:
        mask = attn.prepare_attention_mask(mask, text.shape[1], image.shape[0])
    flat = attn.get_attention_scores(query, key, mask)  # (b*heads, h*w, tokens)
    return flat.unflatten(0, (image.shape[0], attn.heads))


@contextmanager
def record_cross_attention(network: torch.nn.Module, recorder: Recorder) -> Iterator[None]:
    """Every cross-attention layer of ``network`` shows ``recorder`` what it does inside the block.

    ``network`` is a UNet or a transformer of diffusers whose layers to the text are called
    "attn2" (Stable Diffusion 1, 2, XL, PixArt). The original processors are back afterwards, also
    when the block raises.

    Raises:
        ModelError: it has no such layer.
    """
    layers = cross_attention(network)
    originals = {name: module.processor for name, module in layers.items()}
    try:
        for name, module in layers.items():
            module.set_processor(_RecordingProcessor(name, originals[name], recorder))
        yield
    finally:
        for name, module in layers.items():
            module.set_processor(originals[name])
