"""A direction drawn by chance: what the measures say where there is nothing to find."""

from __future__ import annotations

import numpy as np

from genlens.steering.directions.method import (
    DirectionMethod,
    Found,
    Task,
    one_deviation,
    ordinary_codes,
)


def random_direction(task: Task) -> Found:
    """Drawn evenly from all directions, as long as one standard deviation of the codes."""
    row = np.random.default_rng([task.seed, 91]).standard_normal(task.space.width)
    return Found(rows=one_deviation(row, ordinary_codes(task.space))[None])


RANDOM = DirectionMethod(
    name="random",
    title="Control: a random direction",
    function=random_direction,
    help="Points anywhere. A measure that praises it is no good.",
    equation="v ~ N(0, I)",
    paper="a negative control",
    misleads="It is a control: in a generator of few dimensions even chance moves every score.",
    needs="nothing",
    random=True,
    control=True,
)
