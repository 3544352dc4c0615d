"""The kinds of pipelines that are run: which parts each has, how it is called, what must fit.

Two networks denoise: a UNet that reads CLIP's text (Stable Diffusion 1, 2, XL, and their turbos)
and a diffusion transformer that reads T5's (PixArt: Chen et al. 2023, arXiv:2310.00426, and 2024,
arXiv:2403.04692). Adding a kind is one entry of ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline, PixArtTransformer2DModel, UNet2DConditionModel

Fault = tuple[bool, str]
"""(whether it is so, what is wrong then), as half a sentence about the network."""


@dataclass(frozen=True)
class PipelineKind:
    """One class of diffusers' pipelines.

    Attributes:
        parts: that its index has to name.
        network: the part that denoises.
        faults: what of a pipeline does not fit together.
        call: arguments of every call.
        tokens: how many tokens of a prompt it reads, 0 where its text encoder's config says so.
        lower: whether it reads every prompt in lower case.
        steps_by: whether it tells of a step's end by "callback_on_step_end", whose answer the next
            step begins with, or by "callback", which shows the latents only.
        one_step: names of the schedulers with which it can draw in one step; () for any.
    """

    parts: tuple[str, ...]
    network: str
    faults: Callable[[DiffusionPipeline], Iterator[Fault]]
    call: dict[str, Any] = field(default_factory=dict)
    tokens: int = 0
    lower: bool = False
    steps_by: str = "callback_on_step_end"
    one_step: tuple[str, ...] = ()


def kind_of(pipeline: DiffusionPipeline) -> PipelineKind:
    """The kind of a pipeline that was loaded."""
    return KINDS[type(pipeline).__name__]


def network_of(pipeline: DiffusionPipeline) -> UNet2DConditionModel | PixArtTransformer2DModel:
    """The network that denoises."""
    network: UNet2DConditionModel | PixArtTransformer2DModel = pipeline.components[
        kind_of(pipeline).network
    ]
    return network


def _unet_faults(pipeline: DiffusionPipeline, encoders: tuple[str, ...]) -> Iterator[Fault]:
    unet = pipeline.unet.config
    latents = pipeline.vae.config.get("latent_channels", unet.in_channels)
    texts = [pipeline.components[name].config.hidden_size for name in encoders]
    added = "text_time" if len(texts) > 1 else None
    projected = unet.encoder_hid_dim_type == "text_proj"
    wide = unet.encoder_hid_dim if projected else unet.cross_attention_dim
    widths = {wide} if isinstance(wide, int) else set(wide)
    yield (
        unet.in_channels != latents or unet.out_channels != latents,
        f"takes {unet.in_channels} channels and gives {unet.out_channels}, while the vae has "
        f"{latents}: an inpainting or image-editing model needs a picture beside the prompt",
    )
    yield (
        unet.num_class_embeds is not None or unet.class_embed_type is not None,
        "needs a class label beside the prompt, which genlens does not give",
    )
    yield (
        unet.addition_embed_type != added or unet.encoder_hid_dim_type not in (None, "text_proj"),
        f"needs further inputs ({unet.addition_embed_type or unet.encoder_hid_dim_type}) that "
        f"a {type(pipeline).__name__} does not give it",
    )
    yield (
        widths != {sum(texts)},
        f"reads texts of width {wide}, while the text encoder writes {sum(texts)}",
    )


def _one_text(pipeline: DiffusionPipeline) -> Iterator[Fault]:
    yield from _unet_faults(pipeline, ("text_encoder",))


def _two_texts(pipeline: DiffusionPipeline) -> Iterator[Fault]:
    yield from _unet_faults(pipeline, ("text_encoder", "text_encoder_2"))


def _transformer_faults(pipeline: DiffusionPipeline) -> Iterator[Fault]:
    network, text = pipeline.transformer.config, pipeline.text_encoder.config
    latents = pipeline.vae.config.get("latent_channels", network.in_channels)
    yield (
        network.in_channels != latents or network.out_channels not in (latents, 2 * latents),
        f"takes {network.in_channels} channels and gives {network.out_channels}, while the vae has "
        f"{latents}: an inpainting or image-editing model needs a picture beside the prompt",
    )
    yield (
        network.caption_channels != text.hidden_size,
        f"reads texts of width {network.caption_channels}, while the text encoder writes "
        f"{text.hidden_size}",
    )


_UNET = ("vae", "unet", "text_encoder", "tokenizer", "scheduler")
_PIXART = PipelineKind(
    ("vae", "transformer", "text_encoder", "tokenizer", "scheduler"),
    "transformer",
    _transformer_faults,
    # The prompt is drawn as it was typed, at the size that was asked for.
    call={"clean_caption": False, "use_resolution_binning": False},
    tokens=120,
    lower=True,
    steps_by="callback",
    # Of one step it keeps the scheduler's second answer, the clean picture; others have one only.
    one_step=("LCMScheduler",),
)
KINDS: dict[str, PipelineKind] = {
    "StableDiffusionPipeline": PipelineKind(_UNET, "unet", _one_text),
    "StableDiffusionXLPipeline": PipelineKind(
        (*_UNET, "text_encoder_2", "tokenizer_2"), "unet", _two_texts
    ),
    "PixArtAlphaPipeline": _PIXART,
    "PixArtSigmaPipeline": replace(_PIXART, tokens=300),
}
