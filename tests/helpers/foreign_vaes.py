"""Small VAEs as other people write them: functions, in-place steps, shared and reused layers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import weight_norm as old_weight_norm
from torch.nn.utils.parametrizations import weight_norm

from genlens.models.autoencoders.module import ModuleAutoencoder


class Functional(nn.Module):
    """PyTorch's own MNIST example: two heads, everything a function."""

    def __init__(self, size=64, d=4):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(size, 20), nn.Linear(20, d), nn.Linear(20, d)

    def forward(self, x):
        h = F.relu(self.fc1(x.view(x.size(0), -1)))
        return self.fc21(h), torch.clamp(self.fc22(h), -10, 10).exp().log()


class FunctionalDecoder(nn.Module):
    def __init__(self, size=64, d=4):
        super().__init__()
        self.fc3, self.fc4 = nn.Linear(d, 20), nn.Linear(20, size)

    def forward(self, z):
        return torch.sigmoid(self.fc4(F.relu_(self.fc3(z)))).view(-1, 1, 8, 8)


class Concatenating(nn.Module):
    """Two branches of other sizes, joined by channels; an odd picture."""

    def __init__(self):
        super().__init__()
        self.wide, self.deep = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(3, 4, 3, stride=2)
        self.join, self.head = nn.Conv2d(8, 6, 3, stride=2, padding=1), nn.Linear(6, 6)

    def forward(self, x):
        wide = F.elu(self.wide(x))
        deep = F.interpolate(F.softplus(self.deep(x)), size=wide.shape[-2:], mode="bilinear")
        pooled = F.leaky_relu(self.join(torch.cat([wide, deep], 1)), 0.1).mean(dim=(2, 3))
        return self.head(pooled).tensor_split(2, dim=1)


class UpDecoder(nn.Module):
    def __init__(self, d=3, shape=(3, 17, 13)):
        super().__init__()
        self.shape = shape
        self.fc, self.a, self.b = nn.Linear(d, 32), nn.Conv2d(8, 8, 3), nn.Conv2d(16, 3, 1)

    def forward(self, z):
        h = self.fc(z).reshape(-1, 8, 2, 2)
        up = F.gelu(self.a(F.interpolate(h, scale_factor=3)))
        skip = F.pad(h, (1, 1, 1, 1), mode="replicate")
        both = torch.cat([up, skip], dim=1)
        full = F.interpolate(self.b(both), size=self.shape[1:], mode="nearest")
        return (torch.tanh(full) + 1) / 2


class Interleaved(nn.Module):
    """mean, log-variance, mean, log-variance, ..."""

    def __init__(self, d=4):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.SiLU(inplace=True), nn.Flatten())
        self.head = nn.Linear(64, 2 * d)

    def forward(self, x):
        out = self.head(self.net(2.0 * x - 1.0))
        return out[:, 0::2], out.unflatten(1, (-1, 2))[..., 1]


class Block(nn.Module):
    """Group norm, SiLU, convolution, and the input added in place."""

    def __init__(self, width=8):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(4, width), nn.GroupNorm(2, width)
        self.conv1, self.conv2 = nn.Conv2d(width, width, 3, 1, 1), nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h), inplace=True))
        h += x
        return h / 1.4142


class Attending(nn.Module):
    """Patches, a transformer layer, and attention written by hand."""

    def __init__(self, width=8, d=4):
        super().__init__()
        self.patch = nn.Conv2d(1, width, 2, 2)
        self.layer = nn.TransformerEncoderLayer(width, 2, 16, batch_first=True, norm_first=True)
        self.qkv, self.head = nn.Linear(width, 3 * width), nn.Linear(width, 2 * d)

    def forward(self, x):
        tokens = self.layer(self.patch(x).flatten(2).transpose(1, 2))
        q, k, v = self.qkv(F.layer_norm(tokens, tokens.shape[-1:])).chunk(3, dim=-1)
        tokens = tokens + (q @ k.transpose(1, 2) / q.shape[-1] ** 0.5).softmax(-1) @ v
        return self.head(tokens.mean(1)).chunk(2, dim=-1)


class Recurring(nn.Module):
    """One block run three times, with batch norm and a dropout."""

    def __init__(self, d=4):
        super().__init__()
        self.first, self.conv = nn.Conv2d(1, 6, 3, 1, 1), nn.Conv2d(6, 6, 3, 1, 1)
        self.norm, self.act, self.drop = nn.BatchNorm2d(6), nn.LeakyReLU(0.2, True), nn.Dropout(0.3)
        self.fc = nn.Linear(6, 2 * d)
        self.norm.running_mean.normal_()
        self.norm.running_var.uniform_(0.5, 2)

    def forward(self, x):
        h = self.first(x)
        for _ in range(3):
            h = F.max_pool2d(self.act(self.norm(self.conv(h))), 2)
            self.last = h  # kept on the module, as people do
        return self.fc(self.drop(torch.squeeze(torch.squeeze(h, -1), -1)))


class Assembling(nn.Module):
    """Writes its features into an empty tensor, slice by slice, then changes a view in place."""

    def __init__(self, d=4):
        super().__init__()
        self.a, self.b, self.norm = (
            nn.Conv2d(1, 3, 3, 1, 1),
            nn.Conv2d(1, 5, 3, 1, 1),
            nn.InstanceNorm2d(8),
        )
        self.fc = nn.Linear(8 * 16, d)

    def forward(self, x):
        x.mul_(2).sub_(1)  # the very input, in place
        both = torch.zeros(len(x), 8, 8, 8)
        both[:, :3] = self.a(x)
        both[:, 3:] = self.b(x)
        both.view(len(x), -1).relu_()
        both[:, ::2] *= 1.5
        both = both * torch.sigmoid(both)
        return self.fc(F.avg_pool2d(self.norm(both), 2).permute(0, 2, 3, 1).reshape(len(x), -1))


class Tied(nn.Module):
    """A decoder that is the encoder's first layer turned round."""

    def __init__(self, layer):
        super().__init__()
        self.layer, self.bias = layer, nn.Parameter(torch.randn(64) * 0.1)

    def forward(self, z):
        return F.linear(z, self.layer.weight.t(), self.bias).sigmoid().reshape(-1, 1, 8, 8)


class Rows(nn.Module):
    """Reads a picture row by row with a GRU."""

    def __init__(self, d=4):
        super().__init__()
        self.rnn, self.fc = nn.GRU(8, 8, batch_first=True), nn.Linear(8, d)

    def forward(self, x):
        return self.fc(self.rnn(x.squeeze(1))[0][:, -1])


class Squaring(nn.Module):
    """Squares the pixels, which no rule shares out."""

    def __init__(self, d=4):
        super().__init__()
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(64, d))

    def forward(self, x):
        return self.head(x**2)


class Summing(nn.Module):
    """Running sums along rows."""

    def __init__(self, d=4):
        super().__init__()
        self.fc = nn.Linear(64, d)

    def forward(self, x):
        return self.fc(x.cumsum(-1).flatten(1))


def _small_decoder(d=4):
    act = nn.ReLU(inplace=True)  # one for both places
    return nn.Sequential(
        nn.Linear(d, 32), act, nn.Unflatten(1, (8, 2, 2)), nn.ConvTranspose2d(8, 4, 4, 2, 1), act,
        nn.ConvTranspose2d(4, 1, 4, 2, 1), nn.Sigmoid(),
    )  # fmt: skip


def _in_place():
    encoder = nn.Sequential(
        nn.Conv2d(1, 6, 3, 1, 1), nn.ReLU(inplace=True), nn.Conv2d(6, 6, 3, 2, 1),
        nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(96, 8),
    )  # fmt: skip
    return encoder, _small_decoder(), (1, 8, 8), True


def _shared():
    act = nn.ReLU()
    encoder = nn.Sequential(
        nn.Conv2d(1, 6, 3, 1, 1), act, nn.Conv2d(6, 6, 3, 2, 1), act, nn.Flatten(), nn.Linear(96, 8)
    )
    return encoder, _small_decoder(), (1, 8, 8), True


def _weight_norm():
    encoder = nn.Sequential(
        weight_norm(nn.Conv2d(1, 6, 3, 2, 1)), nn.ELU(inplace=True), nn.Flatten(),
        old_weight_norm(nn.Linear(96, 10)), nn.CELU(), weight_norm(nn.Linear(10, 8)),
    )  # fmt: skip
    decoder = nn.Sequential(
        nn.Linear(4, 32), nn.PReLU(), nn.Unflatten(1, (2, 4, 4)),
        weight_norm(nn.ConvTranspose2d(2, 1, 4, 2, 1)), nn.Hardsigmoid(),
    )  # fmt: skip
    return encoder, decoder, (1, 8, 8), True


def _residual():
    encoder = nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1), Block(), nn.AvgPool2d(2), Block(), nn.Conv2d(8, 4, 1)
    )
    decoder = nn.Sequential(
        nn.Conv2d(2, 8, 1), Block(), nn.Upsample(scale_factor=4, mode="bilinear"), Block(),
        nn.Conv2d(8, 12, 3, 2, 1), nn.PixelShuffle(2), nn.Hardtanh(0, 1),
    )  # fmt: skip
    return encoder, decoder, (3, 16, 16), True


def _tied():
    first = nn.Linear(64, 4)
    encoder = nn.Sequential(nn.Flatten(), first, nn.Tanh(), nn.Linear(4, 4))
    return encoder, Tied(first), (1, 8, 8), False


KINDS: dict[str, Callable[[], tuple[nn.Module, nn.Module, tuple[int, int, int], bool]]] = {
    "functional": lambda: (Functional(), FunctionalDecoder(), (1, 8, 8), False),
    "in place": _in_place,
    "shared activations": _shared,
    "weight norm": _weight_norm,
    "concatenation, odd size": lambda: (Concatenating(), UpDecoder(), (3, 17, 13), False),
    "interleaved": lambda: (Interleaved(), _small_decoder(), (1, 8, 8), False),
    "residual, group norm": _residual,
    "attention": lambda: (Attending(), _small_decoder(), (1, 8, 8), False),
    "a block run three times": lambda: (Recurring(), _small_decoder(), (1, 8, 8), True),
    "written slice by slice": lambda: (Assembling(), _small_decoder(), (1, 8, 8), False),
    "tied weights": _tied,
    "GRU": lambda: (Rows(), _small_decoder(), (1, 8, 8), False),
}
"""Foreign VAEs that LRP walks: name -> (encoder, decoder, image_shape, split)."""
REFUSED: dict[str, Callable[[], tuple[nn.Module, nn.Module, tuple[int, int, int], bool]]] = {
    "pow": lambda: (Squaring(), _small_decoder(), (1, 8, 8), False),
    "cumsum": lambda: (Summing(), _small_decoder(), (1, 8, 8), False),
}
"""Foreign VAEs that it refuses, by what the message names."""


def foreign(kind: str, seed: int = 0) -> ModuleAutoencoder:
    """One of ``KINDS`` or ``REFUSED`` with random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        encoder, decoder, shape, split = {**KINDS, **REFUSED}[kind]()
    return ModuleAutoencoder(encoder, decoder, image_shape=shape, device="cpu", split=split)
