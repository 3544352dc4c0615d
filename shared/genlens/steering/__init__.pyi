from .directions.method import (
    DirectionMethod as DirectionMethod,
)
from .directions.methods import (
    DIRECTION_METHODS as DIRECTION_METHODS,
)
from .directions.methods import (
    direction_method as direction_method,
)
from .directions.methods import (
    find_by_class as find_by_class,
)
from .directions.methods import (
    find_direction as find_direction,
)
from .directions.samples import (
    Samples as Samples,
)
from .directions.samples import (
    draw_samples as draw_samples,
)
from .drawn import (
    random_styles as random_styles,
)
from .hypotheses.edits.edits import (
    EDITS as EDITS,
)
from .hypotheses.edits.faces import (
    Drawn as Drawn,
)
from .hypotheses.edits.faces import (
    Given as Given,
)
from .hypotheses.edits.faces import (
    Sampled as Sampled,
)
from .hypotheses.edits.generators import (
    MoveAlong as MoveAlong,
)
from .hypotheses.edits.generators import (
    SwapStyles as SwapStyles,
)
from .hypotheses.edits.pictures import (
    ChangePicture as ChangePicture,
)
from .hypotheses.edits.redraw import (
    Redraw as Redraw,
)
from .hypotheses.edits.units import (
    SwitchUnits as SwitchUnits,
)
from .hypotheses.log import (
    HypothesisLog as HypothesisLog,
)
from .hypotheses.maps import (
    static_maps as static_maps,
)
from .hypotheses.run import (
    run_hypothesis as run_hypothesis,
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
from .projection.project import (
    project as project,
)
from .projection.usual import (
    Usual as Usual,
)
from .projection.usual import (
    usual_of as usual_of,
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
    Search as Search,
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
from .units.concepts import (
    ColourConcepts as ColourConcepts,
)
from .units.concepts import (
    ObjectConcepts as ObjectConcepts,
)
from .units.concepts import (
    PartConcepts as PartConcepts,
)
from .units.concepts import (
    concepts_for as concepts_for,
)
from .units.dissect import (
    dissect as dissect,
)
from .units.effects import (
    unit_effect as unit_effect,
)
from .units.layers import (
    unit_layers as unit_layers,
)
from .units.paint import (
    Painted as Painted,
)
from .units.paint import (
    Places as Places,
)
from .units.paint import (
    paint as paint,
)
from .units.paint import (
    places as places,
)
from .walks.finding import (
    Finding as Finding,
)
from .walks.finding import (
    explore as explore,
)
from .walks.measures import (
    curve_of as curve_of,
)
from .walks.measures import (
    leakage_of as leakage_of,
)
from .walks.measures import (
    strip_of as strip_of,
)
from .walks.reach import (
    measure_reach as measure_reach,
)
from .walks.walk import (
    Walk as Walk,
)
from .walks.walk import (
    take_walk as take_walk,
)

__all__ = [
    "DIRECTION_METHODS",
    "EDITS",
    "ChangePicture",
    "Cohorts",
    "ColourConcepts",
    "Curve",
    "Direction",
    "DirectionMethod",
    "Drawn",
    "Effect",
    "Finding",
    "Given",
    "Hypothesis",
    "HypothesisLog",
    "LayerGroup",
    "Leakage",
    "Mix",
    "MoveAlong",
    "ObjectConcepts",
    "Painted",
    "PartConcepts",
    "Places",
    "Projection",
    "Pushed",
    "Reach",
    "Redraw",
    "References",
    "Sampled",
    "Samples",
    "Search",
    "Strip",
    "SwapStyles",
    "SwitchUnits",
    "Units",
    "Usual",
    "Verdict",
    "Walk",
    "choose_references",
    "compare_cohorts",
    "concepts_for",
    "curve_of",
    "direction_method",
    "dissect",
    "draw_samples",
    "explore",
    "extremes",
    "find_by_class",
    "find_direction",
    "layer_groups",
    "leakage_of",
    "measure_reach",
    "mix",
    "paint",
    "places",
    "project",
    "push_styles",
    "random_choices",
    "random_styles",
    "replacements",
    "run_hypothesis",
    "static_maps",
    "strip_of",
    "take_walk",
    "unit_effect",
    "unit_layers",
    "usual_of",
    "whole_sources",
]
