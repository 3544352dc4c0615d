from . import (
    anchors as anchors,
)
from . import (
    attribution as attribution,
)
from . import (
    common as common,
)
from . import (
    errors as errors,
)
from . import (
    figures as figures,
)
from . import (
    latents as latents,
)
from . import (
    models as models,
)
from . import (
    prompts as prompts,
)
from . import (
    study as study,
)
from . import (
    training as training,
)
from . import (
    worlds as worlds,
)
from . import (
    zoo as zoo,
)
from .anchors.results import (
    AnchorScores as AnchorScores,
)
from .anchors.scoring import (
    score_anchors as score_anchors,
)
from .attribution.methods import (
    attribute as attribute,
)
from .attribution.results import (
    Attribution as Attribution,
)
from .attribution.target import (
    Target as Target,
)
from .common import (
    torchvision_guard as torchvision_guard,
)
from .models.assessors.assessors import (
    assessor as assessor,
)
from .models.catalog import (
    load as load,
)
from .prompts.explain import (
    explain_prompt as explain_prompt,
)
from .prompts.game import (
    PromptGame as PromptGame,
)
from .prompts.results import (
    PromptExplanation as PromptExplanation,
)
from .prompts.shapley import (
    shapley as shapley,
)
from .study.study import (
    Study as Study,
)
from .study.study import (
    load_study as load_study,
)
from .study.study import (
    study_of as study_of,
)
from .training.files import (
    train_vae as train_vae,
)

__version__: str

__all__ = [
    "AnchorScores",
    "Attribution",
    "PromptExplanation",
    "PromptGame",
    "Study",
    "Target",
    "__version__",
    "anchors",
    "assessor",
    "attribute",
    "attribution",
    "common",
    "errors",
    "explain_prompt",
    "figures",
    "latents",
    "load",
    "load_study",
    "models",
    "prompts",
    "score_anchors",
    "shapley",
    "study",
    "study_of",
    "torchvision_guard",
    "train_vae",
    "training",
    "worlds",
    "zoo",
]
