from .drawn import (
    random_styles as random_styles,
)
from .mixing.cohorts import (
    Cohorts as Cohorts,
)
from .mixing.cohorts import (
    compare_cohorts as compare_cohorts,
)
from .mixing.cohorts import (
    extremes as extremes,
)
from .mixing.layers import (
    LayerGroup as LayerGroup,
)
from .mixing.layers import (
    layer_groups as layer_groups,
)
from .mixing.mix import (
    mix as mix,
)
from .mixing.mix import (
    random_choices as random_choices,
)
from .mixing.mix import (
    replacements as replacements,
)
from .mixing.mix import (
    whole_sources as whole_sources,
)
from .mixing.pushed import (
    Pushed as Pushed,
)
from .mixing.pushed import (
    push_styles as push_styles,
)
from .mixing.references import (
    References as References,
)
from .mixing.references import (
    choose_references as choose_references,
)
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
    "Cohorts",
    "Curve",
    "Direction",
    "Effect",
    "Hypothesis",
    "LayerGroup",
    "Leakage",
    "Mix",
    "Projection",
    "Pushed",
    "Reach",
    "References",
    "Strip",
    "Units",
    "Verdict",
    "choose_references",
    "compare_cohorts",
    "extremes",
    "layer_groups",
    "mix",
    "push_styles",
    "random_choices",
    "random_styles",
    "replacements",
    "whole_sources",
]
