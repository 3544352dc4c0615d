from .results import (
    GROUPS as GROUPS,
)
from .results import (
    AnchorScores as AnchorScores,
)
from .results import (
    Grouping as Grouping,
)
from .results import (
    Selection as Selection,
)
from .results import (
    Threshold as Threshold,
)
from .selection.methods import (
    select as select,
)

__all__ = ["GROUPS", "AnchorScores", "Grouping", "Selection", "Threshold", "select"]
