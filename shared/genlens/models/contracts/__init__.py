"""What an explainer may ask of a model: small protocols and the values they exchange.

Conventions, everywhere: images are float32 tensors ``(n, 3 or 1, h, w)`` in [0, 1]; seeds are
integers; masks are boolean numpy arrays ``(h, w)``; boxes are ``(x0, y0, x1, y1)`` in pixels,
right and bottom exclusive. Every adapter has ``.card`` and ``.device``.
"""

from __future__ import annotations

from genlens.models.contracts.assessors import Assessor, NetworkAssessor
from genlens.models.contracts.autoencoders import Autoencoder, Classifier, Conditional, Walkable
from genlens.models.contracts.distances import Distance
from genlens.models.contracts.generators import (
    Classed,
    Denoiser,
    Dissectable,
    Generator,
    Guessing,
    Layered,
)
from genlens.models.contracts.segmenters import Segmenter
from genlens.models.contracts.text import (
    Attending,
    Autoencoding,
    Blankable,
    ImageTextEncoder,
    Openable,
    Opened,
    TextToImage,
)
from genlens.models.contracts.values import (
    ACTIVE,
    Attended,
    CrossLayer,
    Generation,
    Model,
    ModelCard,
    ObjectMask,
    Posterior,
    Word,
)

__all__ = [
    "ACTIVE",
    "Assessor",
    "Attended",
    "Attending",
    "Autoencoder",
    "Autoencoding",
    "Blankable",
    "Classed",
    "Classifier",
    "Conditional",
    "CrossLayer",
    "Denoiser",
    "Dissectable",
    "Distance",
    "Generation",
    "Generator",
    "Guessing",
    "ImageTextEncoder",
    "Layered",
    "Model",
    "ModelCard",
    "NetworkAssessor",
    "ObjectMask",
    "Openable",
    "Opened",
    "Posterior",
    "Segmenter",
    "TextToImage",
    "Walkable",
    "Word",
]
