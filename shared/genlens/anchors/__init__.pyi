from .criteria.criteria import (
    CRITERIA as CRITERIA,
)
from .criteria.criterion import (
    Criterion as Criterion,
)
from .criteria.criterion import (
    own_criterion as own_criterion,
)
from .groups import (
    chosen_threshold as chosen_threshold,
)
from .groups import (
    group_anchors as group_anchors,
)
from .groups import (
    slice_rows as slice_rows,
)
from .groups import (
    why as why,
)
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
from .scoring import (
    notes_on as notes_on,
)
from .scoring import (
    score_anchors as score_anchors,
)
from .selection.methods import (
    select as select,
)
from .sets.sets import (
    anchor_set as anchor_set,
)
from .thresholds import (
    thresholds_of as thresholds_of,
)

__all__ = [
    "CRITERIA",
    "GROUPS",
    "AnchorScores",
    "Criterion",
    "Grouping",
    "Selection",
    "Threshold",
    "anchor_set",
    "chosen_threshold",
    "group_anchors",
    "notes_on",
    "own_criterion",
    "score_anchors",
    "select",
    "slice_rows",
    "thresholds_of",
    "why",
]
