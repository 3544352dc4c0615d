"""Backbones that ImageNet taught to see: EfficientNet-lite0 and ResNet18.

Their weights do not ship. EfficientNet-lite0 comes by ``genlens fetch efficientnet-lite0``;
ResNet18's file is the one that torchvision keeps in torch's own cache.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from genlens.common import torchvision_guard
from genlens.errors import InputError, ModelError
from genlens.models import weights
from genlens.models.assessors.classifiers.backbones import Backbone
from genlens.models.download import published
from genlens.models.download.network import Network

SIDE = 128
"""Pixels that pictures are brought to: half the effort of ImageNet's 224, a third of its pixels."""
SIDES = (64, 256)
EFFICIENTNET = Network(
    published.EFFICIENTNET, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
)
RESNET18_FILE = "resnet18-f37072fd.pth"
RESNET18_SHA256 = "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"
RESNET18_COMMAND = (
    'python -c "import genlens; genlens.torchvision_guard.ensure(); import torchvision; '
    "torchvision.models.resnet18(weights='IMAGENET1K_V1')\""
)


class ImageNetBackbone(Backbone):
    """A network of ``timm`` without its last layer: (n, 3, side, side) in [0, 1] to features that
    are means over the picture."""

    learned = True
    architecture: str
    width: int
    """Features."""
    mean: tuple[float, float, float]
    spread: tuple[float, float, float]

    def __init__(self, side: int = SIDE) -> None:
        super().__init__()
        if not isinstance(side, int) or not SIDES[0] <= side <= SIDES[1]:
            raise InputError(f"side is {side!r}: take {SIDES[0]} to {SIDES[1]} pixels")
        torchvision_guard.ensure()
        import timm

        self.net = timm.create_model(self.architecture, pretrained=False, num_classes=0)
        self.side, self.features = side, self.width

    @property
    def config(self) -> dict[str, Any]:
        """The arguments that build this network again."""
        return {"side": self.side}

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        mean = images.new_tensor(self.mean).view(1, 3, 1, 1)
        spread = images.new_tensor(self.spread).view(1, 3, 1, 1)
        return torch.as_tensor(self.net((images - mean) / spread))

    @classmethod
    def weights(cls) -> dict[str, torch.Tensor]:
        """What ImageNet taught it, by the file's own names.

        Raises:
            ModelError: the file is not on this machine, or it is another one.
        """
        raise NotImplementedError

    @classmethod
    def pretrained(cls, side: int = SIDE) -> ImageNetBackbone:
        """With ImageNet's weights.

        Raises:
            ModelError: they are not on this machine.
        """
        made, found = cls(side), cls.weights()
        counters = "num_batches_tracked"
        own = [name for name in made.net.state_dict() if not name.endswith(counters)]
        # the files name layers in other words, but list them in the same order
        given = [tensor for name, tensor in found.items() if not name.endswith(counters)]
        made.net.load_state_dict(dict(zip(own, given, strict=False)), strict=False)
        return made


class EfficientNetLite0(ImageNetBackbone):
    """Tan and Le 2019 (arXiv:1905.11946) without squeeze-and-excitation, 3.4 million weights."""

    kind, architecture, width = "efficientnet-lite0", "tf_efficientnet_lite0", 1280
    mean = spread = (0.5, 0.5, 0.5)

    @classmethod
    def missing(cls) -> str:
        """ "genlens fetch efficientnet-lite0", or ""."""
        return EFFICIENTNET.missing()

    @classmethod
    def weights(cls) -> dict[str, torch.Tensor]:
        """See ``ImageNetBackbone``."""
        data = io.BytesIO(EFFICIENTNET.read())
        found: dict[str, torch.Tensor] = torch.load(data, map_location="cpu", weights_only=True)
        return found


class ResNet18(ImageNetBackbone):
    """He et al. 2016 (arXiv:1512.03385), 11.2 million weights: S2's choice."""

    kind, architecture, width = "resnet18", "resnet18", 512
    mean, spread = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

    @classmethod
    def missing(cls) -> str:
        """A command for torchvision, or ""."""
        return "" if _resnet18().is_file() else RESNET18_COMMAND

    @classmethod
    def weights(cls) -> dict[str, torch.Tensor]:
        """See ``ImageNetBackbone``."""
        if cls.missing():
            raise ModelError(f"{RESNET18_FILE} is not in torch's cache: {cls.missing()}")
        return weights.load_state(_resnet18(), sha256=RESNET18_SHA256)


def _resnet18() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / RESNET18_FILE
