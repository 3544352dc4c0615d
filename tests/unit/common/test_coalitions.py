"""Blocks of a map's places: the players of a game on spatial codes."""

from __future__ import annotations

import numpy as np
import pytest

from genlens.common.coalitions import place_blocks

pytestmark = pytest.mark.unit


def test_blocks_are_squares_of_places_with_all_their_channels() -> None:
    blocks = place_blocks((2, 6, 4), 2).reshape(2, 6, 4)
    corners = np.array([[0, 0, 1, 1]] * 3 + [[2, 2, 3, 3]] * 3)
    assert np.array_equal(blocks[0], corners) and np.array_equal(blocks[1], corners)


def test_a_map_smaller_than_the_blocks_has_one_for_each_place() -> None:
    assert len(np.unique(place_blocks((3, 2, 2), 5))) == 4
