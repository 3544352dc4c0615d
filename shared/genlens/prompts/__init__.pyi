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
    "ClipSimilarity",
    "Game",
    "Links",
    "PixelSimilarity",
    "PromptExplanation",
    "PromptGame",
    "Similarity",
    "TableGame",
    "TokenAttribution",
    "evaluate_prompts",
    "explain_prompt",
    "find_objects",
    "link",
    "select_objects",
]
