"""The Soft-IntroVAE: a VAE whose encoder also tells real pictures from the decoder's own.

Daniel and Tamar 2021, *Soft-IntroVAE: Analyzing and Improving the Introspective Variational
Autoencoder* (arXiv:2012.13253, section 4), written from the paper. With ELBO(x) the evidence lower
bound and D(z) a picture of the decoder, the encoder and the decoder maximise in turn ::

    L_E = ELBO(x) - 1/a exp(a ELBO(D(z)))        L_D = ELBO(x) + g ELBO(D(z))

so that the encoder gives real pictures a high bound and drawn ones a low one, and the decoder draws
what the encoder takes for real. D(z) is of two kinds, for codes from N(0, 1) and for codes of real
pictures (reconstructions); a = 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.contracts import Posterior

_NORMED = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
_EPS = 1e-5


@dataclass(frozen=True)
class Betas:
    """Weights of the terms: ``rec`` squared error, ``kl`` of real pictures, ``neg`` of the KL of
    drawn pictures in the encoder's loss, ``own`` of their squared error in the decoder's."""

    rec: float = 1.0
    kl: float = 1.0
    neg: float = 256.0
    own: float = 1e-8


class Halves(nn.Module):
    """The encoder and decoder of a :class:`ConvVAE` with a batch norm before every ReLU, which
    :func:`folded` takes out again."""

    def __init__(self, vae: ConvVAE) -> None:
        super().__init__()
        self.encoder, self.decoder = with_norms(vae.encoder), with_norms(vae.decoder)

    def code(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """A sampled code, means and log-variances, (n, d) each."""
        mean, logvar = self.encoder(images).chunk(2, dim=1)
        return mean + (0.5 * logvar).exp() * torch.randn_like(mean), mean, logvar


def encoder_loss(net: Halves, images: torch.Tensor, noise: torch.Tensor, b: Betas) -> torch.Tensor:
    """-L_E of ``images`` (n, c, h, w), with pictures drawn from ``noise`` (n, d) beside them."""
    scale = 1 / images[0].numel()
    with torch.no_grad():
        fake = net.decoder(noise)
    code, mean, logvar = net.code(images)
    copy = net.decoder(code)
    real = b.rec * misses(copy, images) + b.kl * divergence(mean, logvar)
    loss = scale * real.mean()
    for drawn in (fake, copy.detach()):
        own, own_mean, own_logvar = net.code(drawn)
        bound = b.rec * misses(net.decoder(own), drawn) + b.neg * divergence(own_mean, own_logvar)
        loss = loss + 0.25 * torch.exp(-2 * scale * bound).mean()  # 1/a of each kind, half of each
    return loss


def decoder_loss(net: Halves, images: torch.Tensor, noise: torch.Tensor, b: Betas) -> torch.Tensor:
    """-L_D, of the same pictures; the encoder's weights are left as they are."""
    scale = 1 / images[0].numel()
    with torch.no_grad():
        code, _, _ = net.code(images)
    copy, fake = net.decoder(code), net.decoder(noise)
    loss = b.rec * misses(copy, images).mean()
    for drawn in (fake, copy):
        own, mean, logvar = net.code(drawn)
        again = misses(net.decoder(own.detach()), drawn.detach())
        loss = loss + 0.5 * (b.kl * divergence(mean, logvar) + b.own * b.rec * again).mean()
    return scale * loss


def vae_loss(net: Halves, images: torch.Tensor, b: Betas) -> torch.Tensor:
    """-ELBO of ``images``: the first rounds, before the two halves turn on each other."""
    code, mean, logvar = net.code(images)
    real = b.rec * misses(net.decoder(code), images) + b.kl * divergence(mean, logvar)
    return real.mean() / images[0].numel()


def misses(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """(n,): squared error of each picture, summed."""
    return F.mse_loss(a, b, reduction="none").flatten(1).sum(1)


def divergence(mean: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """(n,): KL of each code from N(0, 1), nats."""
    return Posterior(mean, logvar).kl().sum(1)


def with_norms(chain: nn.Sequential) -> nn.Sequential:
    """``chain`` with a batch norm after each layer that a ReLU follows; it shares the layers."""
    out = nn.Sequential()
    layers = list(chain.named_children())
    for i, (name, layer) in enumerate(layers):
        out.add_module(name, layer)
        before_relu = i + 1 < len(layers) and isinstance(layers[i + 1][1], nn.ReLU)
        if isinstance(layer, _NORMED) and before_relu:
            out.add_module(f"norm_{name}", _norm(layer))
    return out


def _norm(layer: nn.Module) -> nn.Module:
    if isinstance(layer, nn.Linear):
        return nn.BatchNorm1d(layer.out_features, _EPS)
    assert isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d))
    return nn.BatchNorm2d(layer.out_channels, _EPS)


@torch.no_grad()
def settle(net: Halves, images: torch.Tensor, batch: int = 100) -> None:
    """Give the batch norms the statistics of ``images`` and of their codes, all of them once: in
    training they saw drawn pictures too, and the weights have moved since."""
    norms = [m for m in net.modules() if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all that follows
    net.train()
    for part in images.split(batch):
        net.decoder(net.code(part)[0])
    net.eval()
    for norm, momentum in zip(norms, kept, strict=True):
        norm.momentum = momentum


@torch.no_grad()
def folded(net: Halves, vae: ConvVAE) -> ConvVAE:
    """``vae`` with the weights of ``net``, each batch norm folded into the layer before it: the
    same function as ``net`` in eval mode, without a norm."""
    for chain, plain in ((net.encoder, vae.encoder), (net.decoder, vae.decoder)):
        state = chain.state_dict()
        for name, layer in plain.named_children():
            if not isinstance(layer, _NORMED):
                continue
            weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
            norm = f"norm_{name}"
            if f"{norm}.weight" in state:
                spread = (state[f"{norm}.running_var"] + _EPS).sqrt()
                gain = state[f"{norm}.weight"] / spread
                across = 1 if isinstance(layer, nn.ConvTranspose2d) else 0  # the outputs' axis
                shape = [-1 if i == across else 1 for i in range(weight.ndim)]
                weight = weight * gain.view(shape)
                bias = (bias - state[f"{norm}.running_mean"]) * gain + state[f"{norm}.bias"]
            layer.load_state_dict({"weight": weight, "bias": bias})
    return vae
