from .activations import (
    ActivationReport as ActivationReport,
)
from .activations import (
    layer_activations as layer_activations,
)
from .examples.anchors import (
    anchor_of as anchor_of,
)
from .examples.contrast import (
    Contrast as Contrast,
)
from .examples.of_study import (
    contrast_of as contrast_of,
)
from .examples.of_study import (
    effects_of as effects_of,
)
from .examples.of_study import (
    prototypes_of as prototypes_of,
)
from .examples.rules import (
    AnchorRule as AnchorRule,
)
from .examples.rules import (
    anchor_rule as anchor_rule,
)
from .maps.latent_map import (
    LatentMap as LatentMap,
)
from .maps.latent_map import (
    latent_map as latent_map,
)
from .maps.neighbours import (
    compare_groups as compare_groups,
)
from .maps.neighbours import (
    nearest as nearest,
)
from .questions import (
    Question as Question,
)
from .questions import (
    ask as ask,
)
from .rebuild.mig import (
    mutual_information_gap as mutual_information_gap,
)
from .targets import (
    class_score as class_score,
)
from .targets import (
    decoded_region as decoded_region,
)
from .targets import (
    elbo_latent as elbo_latent,
)
from .targets import (
    latent_mean as latent_mean,
)
from .targets import (
    reconstruction_error as reconstruction_error,
)
from .traversals.effects import (
    first_order as first_order,
)
from .traversals.effects import (
    second_order as second_order,
)
from .traversals.traversal import (
    interpolate as interpolate,
)
from .traversals.traversal import (
    latent_use as latent_use,
)
from .traversals.traversal import (
    traverse as traverse,
)

__all__ = [
    "ActivationReport",
    "AnchorRule",
    "Contrast",
    "LatentMap",
    "Question",
    "anchor_of",
    "anchor_rule",
    "ask",
    "class_score",
    "compare_groups",
    "contrast_of",
    "decoded_region",
    "effects_of",
    "elbo_latent",
    "first_order",
    "interpolate",
    "latent_map",
    "latent_mean",
    "latent_use",
    "layer_activations",
    "mutual_information_gap",
    "nearest",
    "prototypes_of",
    "reconstruction_error",
    "second_order",
    "traverse",
]
