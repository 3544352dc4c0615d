from .estimators.estimator import (
    Estimator as Estimator,
)
from .estimators.estimators import (
    ESTIMATORS as ESTIMATORS,
)
from .estimators.estimators import (
    estimate as estimate,
)
from .estimators.of_prompt import (
    estimate_prompt as estimate_prompt,
)
from .estimators.results import (
    Estimate as Estimate,
)
from .evaluation.estimators.evaluate import (
    evaluate_estimators as evaluate_estimators,
)
from .evaluation.evaluate import (
    evaluate_prompts as evaluate_prompts,
)
from .explain import (
    explain_prompt as explain_prompt,
)
from .game import (
    Game as Game,
)
from .game import (
    PromptGame as PromptGame,
)
from .game import (
    TableGame as TableGame,
)
from .objects import (
    find_objects as find_objects,
)
from .objects import (
    link as link,
)
from .objects import (
    select_objects as select_objects,
)
from .results import (
    Links as Links,
)
from .results import (
    PromptExplanation as PromptExplanation,
)
from .results import (
    TokenAttribution as TokenAttribution,
)
from .similarity import (
    ClipSimilarity as ClipSimilarity,
)
from .similarity import (
    PixelSimilarity as PixelSimilarity,
)
from .similarity import (
    Similarity as Similarity,
)

__all__ = [
    "ESTIMATORS",
    "ClipSimilarity",
    "Estimate",
    "Estimator",
    "Game",
    "Links",
    "PixelSimilarity",
    "PromptExplanation",
    "PromptGame",
    "Similarity",
    "TableGame",
    "TokenAttribution",
    "estimate",
    "estimate_prompt",
    "evaluate_estimators",
    "evaluate_prompts",
    "explain_prompt",
    "find_objects",
    "link",
    "select_objects",
]
