"""Cross-attention maps of a diffusers UNet, recorded without changing what it computes.

The maps say which image positions read from which tokens (DAAM, Tang et al. 2023,
arXiv:2210.04885, aggregates them into heat maps).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from diffusers import UNet2DConditionModel
    from diffusers.models.attention_processor import Attention


class AttentionRecorder:
    """Sums the cross-attention probabilities of every layer over denoising steps.

    ``mean()`` gives one (n, heads, h'*w', tokens) float32 CPU tensor a layer; rows sum to 1 over
    tokens. Under classifier-free guidance the batch is [unconditional, conditional]: the
    conditional half, the last ``n`` rows, is kept.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._sums: dict[str, torch.Tensor] = {}
        self._counts: dict[str, int] = {}

    def add(self, layer: str, probabilities: torch.Tensor) -> None:
        """Add one step's (b, heads, h'*w', tokens) probabilities of ``layer``; b is n or 2n."""
        kept = probabilities[-self.n :].float().cpu()
        self._sums[layer] = self._sums[layer] + kept if layer in self._sums else kept
        self._counts[layer] = self._counts.get(layer, 0) + 1

    def mean(self) -> dict[str, torch.Tensor]:
        """The maps averaged over the steps recorded so far, layer by layer."""
        return {layer: total / self._counts[layer] for layer, total in self._sums.items()}


class _RecordingProcessor:
    """Runs the layer's own processor and, beside it, computes the probabilities to record.

    The output is the original processor's, bit for bit: only the small query-key product is
    computed a second time, because fused attention never shows its probabilities.
    """

    def __init__(
        self, layer: str, original: Callable[..., torch.Tensor], recorder: AttentionRecorder
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
def record_cross_attention(unet: UNet2DConditionModel, n: int) -> Iterator[AttentionRecorder]:
    """Record every cross-attention layer of ``unet`` inside the ``with`` block.

    ``n`` is the number of prompts of the call. The original processors are back afterwards, also
    when the block raises.
    """
    recorder = AttentionRecorder(n)
    layers = {
        name.removesuffix(".processor"): processor
        for name, processor in unet.attn_processors.items()
        if name.endswith("attn2.processor")
    }
    try:
        for name, original in layers.items():
            module = unet.get_submodule(name)
            module.set_processor(_RecordingProcessor(name, original, recorder))
        yield recorder
    finally:
        for name, original in layers.items():
            unet.get_submodule(name).set_processor(original)
