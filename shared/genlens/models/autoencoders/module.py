"""Any pair of encoder and decoder behind the ``Autoencoder`` contract.

Your own model in a few lines::

    from genlens.models.autoencoders.module import ModuleAutoencoder

    model = ModuleAutoencoder(my_encoder, my_decoder, image_shape=(3, 64, 64))
    posterior = model.encode(images)          # images (n, 3, 64, 64) in [0, 1]
    pictures = model.decode(posterior.mean)

The shipped VAEs (:class:`ConvVAE`) come through the same class; a conditional one is a
:class:`genlens.models.autoencoders.conditional.ConditionalAutoencoder`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from genlens.errors import InputError, ModelError
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.contracts import ModelCard, Posterior
from genlens.models.devices import pick_device

__all__ = ["ConvVAE", "ModuleAutoencoder"]

# The log-variance of a model that has none: a spread of 5e-5, as good as a point.
POINT_LOGVAR = -20.0
# Numbers of one pass where no gradient is asked for: larger inputs are cut into parts.
_PASS = 2_000_000


class ModuleAutoencoder:
    """An encoder and a decoder as one model.

    Both are moved to ``device``, put in eval mode and frozen (pass copies to train further):
    gradients reach images and latents, not weights, and where the input needs no gradient,
    results carry no graph and large inputs are worked through in parts.

    Args:
        encoder: images (n, c, h, w) in [0, 1] to a tuple (mean, logvar), or to one tensor: the
            mean, or with ``split`` mean and log-variance one after the other along axis 1.
        decoder: latents (n, *latent_shape) to images (n, c, h, w), which should be in [0, 1]:
            end it in a Sigmoid or rescale (nothing is clipped here, so that gradients survive).
        image_shape: (channels, h, w).
        latent_shape: (d,) or (c', h', w'); found by one pass when left out.
        card: identity; made up when left out.
        device: "cpu", "cuda", ...; None takes a GPU if there is one.
        split: see ``encoder``.

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
        split: bool = False,
    ) -> None:
        parts = nn.ModuleDict()
        for name, part in (("encoder", encoder), ("decoder", decoder)):
            if not isinstance(part, nn.Module):
                what = f"is a {type(part).__name__}" if part is not None else "is missing"
                raise ModelError(f"the {name} {what}: an autoencoder needs two nn.Modules")
            parts[name] = part
        self.image_shape = _shape(image_shape)
        self.card = card or ModelCard(id="my-autoencoder", contract="Autoencoder", source="python")
        self.device = torch.device(pick_device(device))
        self.split = split
        require_finite(parts, self.card.id)
        self.module = parts.to(self.device).eval().requires_grad_(False)
        self.latent_shape = self._probe(latent_shape)

    @classmethod
    def of(
        cls, net: ConvVAE, *, card: ModelCard | None = None, device: str | None = None
    ) -> ModuleAutoencoder:
        """The model of a :class:`ConvVAE` without classes, whose layers it shares and freezes."""
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
        decoder = self.module["decoder"]
        grows = math.prod(self.image_shape) / math.prod(self.latent_shape)
        return torch.cat([decoder(part.clone()) for part in in_parts(latents, grows=grows)])

    def mean_module(self) -> nn.Module:
        """A module that maps images to the flat posterior means (n, d).

        Where the encoder is an ``nn.Sequential`` whose last layer is the Linear that gives both
        means and log-variances, this is an ``nn.Sequential`` of the *same* layers (so hooks on
        one are hooks on the other) with only the rows of the means in the last. It reads the
        weights of the moment: ask again after changing them.
        """
        encoder = self.module["encoder"]
        named = _children(encoder)
        if type(encoder) is not nn.Sequential or self._pair or len(self.latent_shape) != 1:
            return _Means(encoder, self._posterior)
        last_name, last = list(named.items())[-1]
        if self.split:
            if not isinstance(last, nn.Linear) or type(last).forward is not nn.Linear.forward:
                return _Means(encoder, self._posterior)
            named[last_name] = _rows(last, self.latent_shape[0])
        return nn.Sequential(OrderedDict(named)).eval()

    def decoder_module(self) -> nn.Module:
        """A module that maps flat latents (n, d) to images (n, c, h, w): the decoder itself, with
        an Unflatten before it where latents are maps."""
        decoder: nn.Module = self.module["decoder"]
        if len(self.latent_shape) == 1:
            return decoder
        first: OrderedDict[str, nn.Module] = OrderedDict(to_maps=nn.Unflatten(1, self.latent_shape))
        if type(decoder) is nn.Sequential:
            first.update(_children(decoder))
        else:
            first["decoder"] = decoder
        return nn.Sequential(first).eval()

    def _posterior(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log-variance of one batch, whatever form the encoder gives them in."""
        out = self.module["encoder"](images)
        self._pair = isinstance(out, (tuple, list))
        if self._pair:
            if len(out) != 2:
                raise ModelError(f"{self.card.id}'s encoder gives {len(out)} values, not 2")
            return out[0], out[1]
        if self.split:
            mean, logvar = out.chunk(2, dim=1)
            return mean, logvar
        return out, torch.full_like(out, POINT_LOGVAR)

    @torch.no_grad()
    def _probe(self, wanted: tuple[int, ...] | None) -> tuple[int, ...]:
        """One pass over a grey picture: the latent shape, once everything fits."""
        grey = torch.full((1, *self.image_shape), 0.5, device=self.device)
        try:
            mean, logvar = self._posterior(grey)
            image = self.module["decoder"](mean)
        except (RuntimeError, ValueError, TypeError, AttributeError) as error:
            first = " ".join(str(error).split())[:300]
            raise ModelError(
                f"{self.card.id} does not work on pictures of shape {self.image_shape}: {first}"
            ) from error
        shape = tuple(mean.shape[1:])
        if mean.shape != logvar.shape or len(shape) not in (1, 3):
            raise ModelError(
                f"{self.card.id}'s encoder gives means {tuple(mean.shape)} and log-variances "
                f"{tuple(logvar.shape)}: they should be equal, (n, d) or (n, c, h, w)"
            )
        if wanted is not None and tuple(wanted) != shape:
            raise ModelError(f"{self.card.id}'s latents have shape {shape}, not {tuple(wanted)}")
        if tuple(image.shape) != (1, *self.image_shape):
            raise ModelError(
                f"{self.card.id}'s decoder gives pictures of shape {tuple(image.shape[1:])}, "
                f"not {self.image_shape}"
            )
        return shape

    def _checked(self, x: torch.Tensor, shape: tuple[int, ...], what: str) -> torch.Tensor:
        return checked(x, shape, f"{self.card.id}'s {what}").to(self.device, torch.float32)


def checked(x: torch.Tensor, shape: tuple[int, ...], what: str) -> torch.Tensor:
    """``x``, once it is a float tensor (n >= 1, *shape) of numbers; -1 in ``shape`` fits any.

    Raises:
        InputError: it is not; the message begins with ``what``.
    """
    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        kind = x.dtype if isinstance(x, torch.Tensor) else type(x).__name__
        raise InputError(f"{what} are a float tensor, not {kind}: divide pixels by 255 first")
    fits = x.ndim == len(shape) + 1 and len(x) > 0
    if not fits or any(w not in (-1, h) for w, h in zip(shape, x.shape[1:], strict=True)):
        wanted = ", ".join("any" if n < 0 else str(n) for n in shape)
        raise InputError(f"{what} have shape (n, {wanted}), not {tuple(x.shape)}")
    if not torch.isfinite(x.detach()).all():
        raise InputError(f"{what} hold NaN or infinity: give finite numbers")
    return x


def require_finite(module: nn.Module, name: str) -> None:
    """Refuse NaN or infinite weights: everything computed from them would be NaN too.

    Raises:
        ModelError: naming the first such tensor.
    """
    for key, tensor in module.state_dict().items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(
                f"{name}: the weights {key} hold NaN or infinity, so its outputs are "
                "meaningless: train or download it again"
            )


def _shape(image_shape: tuple[int, ...]) -> tuple[int, int, int]:
    shape = tuple(int(n) for n in image_shape)
    if len(shape) != 3 or shape[0] not in (1, 3) or min(shape) < 1:
        raise InputError(f"image_shape {image_shape} should be (1 or 3, height, width)")
    return shape


def in_parts(x: torch.Tensor, *, grows: float = 1.0) -> Iterator[torch.Tensor]:
    """``x`` in parts whose pass fits in memory; whole where a gradient is asked for. ``grows`` is
    how many numbers each number of ``x`` becomes."""
    if x.requires_grad:
        return iter((x,))
    return iter(x.split(max(1, int(_PASS / (max(1, math.prod(x.shape[1:])) * grows)))))


def _children(module: nn.Module) -> dict[str, nn.Module]:
    """The layers of ``module`` by name; one that stands there twice (a shared ReLU), twice."""
    named = module.named_modules(remove_duplicate=False)
    return {name: child for name, child in named if name and "." not in name}


def _rows(layer: nn.Linear, count: int) -> nn.Linear:
    """A Linear of the first ``count`` outputs of ``layer``."""
    part = nn.Linear(layer.in_features, count, bias=layer.bias is not None)
    part.weight = nn.Parameter(layer.weight[:count].detach(), requires_grad=False)
    if layer.bias is not None:
        part.bias = nn.Parameter(layer.bias[:count].detach(), requires_grad=False)
    return part


class _Means(nn.Module):
    """Images to flat posterior means, for encoders that are not a plain chain of layers."""

    def __init__(
        self, encoder: nn.Module, posterior: Callable[[torch.Tensor], tuple[Any, Any]]
    ) -> None:
        super().__init__()
        self.encoder = encoder  # so that its layers can be found by name
        self._posterior = posterior

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self._posterior(images)[0]).flatten(1)
