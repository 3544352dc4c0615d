"""What the tab offers to programs: name -> function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genlens.ui.prompts.inside.edits import api_edit_a_word
from genlens.ui.prompts.inside.layers import api_which_layer_reads
from genlens.ui.prompts.inside.painting import api_features_inside, api_paint_a_feature

INSIDE: dict[str, Callable[..., Any]] = {
    "which_layer_reads": api_which_layer_reads,
    "edit_a_word": api_edit_a_word,
    "features_inside": api_features_inside,
    "paint_a_feature": api_paint_a_feature,
}
"""Functions of plain values."""
