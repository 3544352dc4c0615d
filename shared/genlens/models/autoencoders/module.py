"""Any pair of encoder and decoder behind the ``Autoencoder`` contract.

Your own model in a few lines::

    from genlens.models.autoencoders.module import ModuleAutoencoder

    model = ModuleAutoencoder(my_encoder, my_decoder, image_shape=(3, 64, 64))
    posterior = model.encode(images)          # images (n, 3, 64, 64) in [0, 1]
    pictures = model.decode(posterior.mean)

The shipped VAEs (:class:`ConvVAE`, ``MlpVAE``) come through the same class; a conditional one is a
:class:`genlens.models.autoencoders.conditional.ConditionalAutoencoder`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import torch
from torch import nn

from genlens.errors import ModelError
from genlens.models.autoencoders.chains import Means, children, rows_of
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.autoencoders.inputs import checked, picture_shape
from genlens.models.autoencoders.reading import Output, Range, Reading, Split, cast_note
from genlens.models.autoencoders.small_vae import SmallVAE
from genlens.models.contracts import ModelCard, Posterior
from genlens.models.devices import pick_device
from genlens.models.loading.fitting import require_finite

__all__ = ["ConvVAE", "ModuleAutoencoder"]

T = TypeVar("T")
# What the code of somebody's model raises where something does not fit.
_FOREIGN = (RuntimeError, ValueError, TypeError, AttributeError, IndexError, KeyError)
# The log-variance of a model that has none: a spread of 5e-5, as good as a point.
POINT_LOGVAR = -20.0
# Numbers of one pass where no gradient is asked for: larger inputs are cut into parts.
_PASS = 2_000_000


class ModuleAutoencoder:
    """An encoder and a decoder as one model.

    Both are moved to ``device`` and float32, put in eval mode and frozen (pass copies to train
    further): gradients reach images and latents, not weights, and where the input needs no
    gradient, results carry no graph and large inputs are worked through in parts.

    Whether a foreign model is read rightly shows on pictures it was trained for:
    ``genlens.study_of(model, images).notes`` says where it rebuilds them badly, and which of
    ``split``, ``output`` and ``input`` would do better.

    Args:
        encoder: images (n, c, h, w) to a tuple (mean, logvar), or to one tensor: see ``split``.
        decoder: latents (n, *latent_shape) to images (n, c, h, w); see ``output``. Nothing is
            clipped here, so that gradients survive.
        image_shape: (channels, h, w).
        latent_shape: (d,) or (c', h', w'); found by one pass when left out.
        card: identity; made up when left out.
        device: "cpu", "cuda", ...; None takes a GPU if there is one.
        split: what the encoder's one tensor holds along axis 1: means (False), means and then
            log-variances (True), or "logvar first", or "interleaved".
        output: what the decoder gives: pixels in [0, 1] ("unit"), in [-1, 1] ("tanh"), in a range
            such as (0, 255), or "logits" of them. ``decode`` gives [0, 1] of each.
        input: the range in which the encoder wants pixels: "unit", "tanh" or a pair.

    Attributes:
        module: a ``ModuleDict`` with ``encoder`` and ``decoder``, for hooks.

    Raises:
        InputError: the shapes make no sense.
        ModelError: encoder or decoder is missing, fails on pictures of this shape, gives another
            shape back, or has NaN or infinite weights.
    """

    def __init__(
        self,
        encoder: nn.Module | None,
        decoder: nn.Module | None,
        *,
        image_shape: tuple[int, int, int],
        latent_shape: tuple[int, ...] | None = None,
        card: ModelCard | None = None,
        device: str | None = None,
        split: Split = False,
        output: Output = "unit",
        input: Range = "unit",
    ) -> None:
        parts = nn.ModuleDict()
        for name, part in (("encoder", encoder), ("decoder", decoder)):
            if not isinstance(part, nn.Module):
                what = f"is a {type(part).__name__}" if part is not None else "is missing"
                raise ModelError(f"the {name} {what}: an autoencoder needs two nn.Modules")
            parts[name] = part
        self.image_shape = picture_shape(image_shape)
        self.card = card or ModelCard(id="my-autoencoder", contract="Autoencoder", source="python")
        self.device = torch.device(pick_device(device))
        self.reading = Reading(split, output, input)
        self._before, self._after = self.reading.before(), self.reading.after()
        require_finite(parts.state_dict(), self.card.id)
        cast = cast_note(parts)
        if cast:
            self.card = replace(self.card, notes=(*self.card.notes, cast))
        self.module = parts.to(self.device, torch.float32).eval().requires_grad_(False)
        self.latent_shape = self._probe(latent_shape)

    @classmethod
    def of(
        cls, net: SmallVAE, *, card: ModelCard | None = None, device: str | None = None
    ) -> ModuleAutoencoder:
        """The model of a genlens VAE without classes, whose layers it shares and freezes."""
        shape, latents = net.image_shape, (net.latents,)
        return ModuleAutoencoder(
            net.encoder,
            net.decoder,
            image_shape=shape,
            latent_shape=latents,
            card=card,
            device=device,
            split=True,
        )

    def read_as(self, reading: Reading) -> ModuleAutoencoder:
        """The same networks, read another way.

        Raises:
            ModelError: they do not work that way.
        """
        return ModuleAutoencoder(
            self.module["encoder"],
            self.module["decoder"],
            image_shape=self.image_shape,
            card=self.card,
            device=str(self.device),
            split=reading.split,
            output=reading.output,
            input=reading.input,
        )

    def encode(self, images: torch.Tensor) -> Posterior:
        """The posterior of ``images`` (n, c, h, w) in [0, 1]: mean and logvar, each
        (n, *latent_shape), on the model's device; differentiable.

        Raises:
            InputError: not a float tensor of the model's image shape.
        """
        images = self._checked(images, self.image_shape, "images")
        # on copies: a model may work in place
        parts = [self._posterior(part.clone()) for part in in_parts(images)]
        return Posterior(torch.cat([m for m, _ in parts]), torch.cat([v for _, v in parts]))

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Images (n, c, h, w) of ``latents`` (n, *latent_shape) or (n, their product), on the
        model's device; differentiable.

        Raises:
            InputError: not a float tensor of the model's latent shape.
        """
        if isinstance(latents, torch.Tensor) and latents.ndim == 2 and len(self.latent_shape) > 1:
            latents = self._checked(latents, (math.prod(self.latent_shape),), "latents")
            latents = latents.unflatten(1, self.latent_shape)
        latents = self._checked(latents, self.latent_shape, "latents")
        grows = math.prod(self.image_shape) / math.prod(self.latent_shape)
        return torch.cat([self._picture(part.clone()) for part in in_parts(latents, grows=grows)])

    def mean_module(self) -> nn.Module:
        """A module that maps images to the flat posterior means (n, d).

        Where the encoder is an ``nn.Sequential`` whose last layer is the Linear that gives both
        means and log-variances, this is an ``nn.Sequential`` of the *same* layers (so hooks on
        one are hooks on the other) with only the rows of the means in the last. It reads the
        weights of the moment: ask again after changing them.
        """
        encoder = self.module["encoder"]
        named = children(encoder)
        odd = self._pair or self.reading.split not in (True, False)
        if type(encoder) is not nn.Sequential or odd or len(self.latent_shape) != 1:
            return Means(encoder, self._posterior)
        last_name, last = list(named.items())[-1]
        if self.reading.split:
            if not isinstance(last, nn.Linear) or type(last).forward is not nn.Linear.forward:
                return Means(encoder, self._posterior)
            named[last_name] = rows_of(last, self.latent_shape[0])
        first = {} if self._before is None else {"to_range": self._before}
        return nn.Sequential(OrderedDict({**first, **named})).eval()

    def decoder_module(self) -> nn.Module:
        """A module that maps flat latents (n, d) to images (n, c, h, w): the decoder itself, with
        an Unflatten before it where latents are maps, and after it what makes [0, 1] of its
        output."""
        decoder: nn.Module = self.module["decoder"]
        if len(self.latent_shape) == 1 and self._after is None:
            return decoder
        chain: OrderedDict[str, nn.Module] = OrderedDict()
        if len(self.latent_shape) > 1:
            chain["to_maps"] = nn.Unflatten(1, self.latent_shape)
        chain.update(children(decoder) if type(decoder) is nn.Sequential else {"decoder": decoder})
        if self._after is not None:
            chain["to_pixels"] = self._after
        return nn.Sequential(chain).eval()

    def _posterior(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log-variance of one batch, whatever form the encoder gives them in."""
        out = self.module["encoder"](images if self._before is None else self._before(images))
        self._pair = isinstance(out, (tuple, list))
        if self._pair:
            if len(out) != 2:
                raise ModelError(f"{self.card.id}'s encoder gives {len(out)} values, not 2")
            return (out[1], out[0]) if self.reading.split == "logvar first" else (out[0], out[1])
        if not isinstance(out, torch.Tensor):
            raise ModelError(
                f"{self.card.id}'s encoder gives a {type(out).__name__}: wrap it in a module that "
                "gives the means, or a pair of means and log-variances"
            )
        mean, logvar = self.reading.halves(out)
        return mean, torch.full_like(mean, POINT_LOGVAR) if logvar is None else logvar

    def _picture(self, latents: torch.Tensor) -> torch.Tensor:
        """The pictures of one batch of latents (n, *latent_shape)."""
        drawn: torch.Tensor = self.module["decoder"](latents)
        return drawn if self._after is None else self._after(drawn)

    @torch.no_grad()
    def _probe(self, wanted: tuple[int, ...] | None) -> tuple[int, ...]:
        """One pass over a grey picture: the latent shape, once everything fits."""
        grey = torch.full((1, *self.image_shape), 0.5, device=self.device)
        mean, logvar = self._tried(
            f"encoder does not work on pictures of shape {self.image_shape}",
            lambda: self._posterior(grey.clone()),
        )
        shape = tuple(mean.shape[1:])
        if mean.shape != logvar.shape or len(shape) not in (1, 3):
            raise ModelError(
                f"{self.card.id}'s encoder gives means {tuple(mean.shape)} and log-variances "
                f"{tuple(logvar.shape)}: they should be equal, (n, d) or (n, c, h, w). Pass "
                "split=False where it gives means alone"
            )
        image = self._tried(
            f"decoder does not work on the encoder's means, of shape {tuple(mean.shape[1:])}",
            lambda: self._picture(mean.clone()),
            lambda: self._split_hint(mean),
        )
        if wanted is not None and tuple(wanted) != shape:
            raise ModelError(f"{self.card.id}'s latents have shape {shape}, not {tuple(wanted)}")
        if tuple(image.shape) != (1, *self.image_shape):
            raise ModelError(
                f"{self.card.id}'s decoder gives pictures of shape {tuple(image.shape[1:])}, "
                f"not {self.image_shape}"
            )
        return shape

    def _tried(self, what: str, run: Callable[[], T], hint: Callable[[], str] = lambda: "") -> T:
        """``run()``, with what the model's own code raises in words, and ``hint()`` after it."""
        try:
            return run()
        except _FOREIGN as error:
            cast = "".join(f" ({note})" for note in self.card.notes[-1:])
            first = " ".join(str(error).split())[:300]
            raise ModelError(f"{self.card.id}'s {what}{cast}: {first}{hint()}") from error

    def _split_hint(self, mean: torch.Tensor) -> str:
        """What to do where the decoder takes half as many latents, or twice as many."""
        if self._pair:
            return ""
        halved = self.reading.split is False
        other = mean.tensor_split(2, dim=1)[0] if halved else torch.cat([mean, mean], 1)
        try:
            fits = self._picture(other).shape[1:] == self.image_shape
        except _FOREIGN:
            fits = False
        if not fits:
            return ""
        return (
            f". The decoder does take {other.shape[1]}: pass split={halved}"
            + " (means first, log-variances second)" * halved
        )

    def _checked(self, x: torch.Tensor, shape: tuple[int, ...], what: str) -> torch.Tensor:
        return checked(x, shape, f"{self.card.id}'s {what}").to(self.device, torch.float32)


def in_parts(x: torch.Tensor, *, grows: float = 1.0) -> Iterator[torch.Tensor]:
    """``x`` in parts whose pass fits in memory; whole where a gradient is asked for. ``grows`` is
    how many numbers each number of ``x`` becomes."""
    if x.requires_grad:
        return iter((x,))
    return iter(x.split(max(1, int(_PASS / (max(1, math.prod(x.shape[1:])) * grows)))))
