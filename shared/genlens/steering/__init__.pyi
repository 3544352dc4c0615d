from .results import (
    Curve as Curve,
)
from .results import (
    Direction as Direction,
)
from .results import (
    Effect as Effect,
)
from .results import (
    Hypothesis as Hypothesis,
)
from .results import (
    Leakage as Leakage,
)
from .results import (
    Mix as Mix,
)
from .results import (
    Projection as Projection,
)
from .results import (
    Reach as Reach,
)
from .results import (
    Strip as Strip,
)
from .results import (
    Units as Units,
)
from .results import (
    Verdict as Verdict,
)

__all__ = [
    "Curve",
    "Direction",
    "Effect",
    "Hypothesis",
    "Leakage",
    "Mix",
    "Projection",
    "Reach",
    "Strip",
    "Units",
    "Verdict",
]
