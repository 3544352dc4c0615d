"""The anchor browser with or without weights: a stand-in for its model where a checkout lacks it,
since what is tested then is the page, not what the model knows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

from page_server import served
from vae_page import lacks, small_study, standing_in

MODEL = "zeros-vae"


@contextmanager
def served_browser(name: str) -> Iterator[str]:
    """The address of the running page."""
    stand_in = standing_in(small_study(300), MODEL) if lacks(MODEL) else contextlib.nullcontext()
    with stand_in, served("anchor_browser", name) as address:
        yield address
