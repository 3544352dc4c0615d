"""Every assessor by name. A new one is an object in a module and one line here."""

from __future__ import annotations

from genlens.errors import InputError
from genlens.models.assessors.networks.emotion import SEVEN, VALENCE
from genlens.models.assessors.networks.memorability import MEMORABILITY
from genlens.models.assessors.shipped import (
    AESTHETICS,
    FACE_PROPERTIES,
    SMILES,
    by_name,
    catalogued,
)
from genlens.models.assessors.statistics.colours import (
    BRIGHTNESS,
    COLOURFULNESS,
    CONTRAST,
    ENTROPY,
    REDNESS,
)
from genlens.models.assessors.statistics.shapes import CENTREDNESS, SIZE, SQUARENESS, SYMMETRY
from genlens.models.assessors.text import text_by_name
from genlens.models.contracts import Assessor

STATISTICS: tuple[Assessor, ...] = (
    *(BRIGHTNESS, CONTRAST, COLOURFULNESS, REDNESS, ENTROPY),
    *(SYMMETRY, SIZE, CENTREDNESS, SQUARENESS),
)
"""Those that need no network and any picture has."""
NETWORKS: tuple[Assessor, ...] = (VALENCE, *SEVEN, MEMORABILITY, AESTHETICS)
"""Published networks, which have to be fetched."""
_ALL: tuple[Assessor, ...] = (*STATISTICS, *FACE_PROPERTIES, *SMILES, *NETWORKS)
ASSESSORS: dict[str, Assessor] = {assessor.name: assessor for assessor in _ALL}


def assessor(name: str) -> Assessor:
    """The assessor called ``name``: one of ``ASSESSORS``, a classifier of the catalog
    ("avatars-attributes"), a question to one ("avatars-attributes:hair=bob|long"), a classifier's
    folder ("./my-classifier"), or any text ("text:a red car|a car", see ``text.TextAssessor``).

    Raises:
        InputError: there is none.
        ModelError: a classifier's weights are missing or damaged.
    """
    found = ASSESSORS.get(name) or text_by_name(name) or by_name(name)
    if found is None:
        known = ", ".join(dict.fromkeys([*ASSESSORS, *catalogued()]))  # some are in both
        raise InputError(f"no assessor is called {name!r}: take {known}")
    return found
