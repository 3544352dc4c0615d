"""Every long endpoint of the VAE page asks whether anybody still waits, before it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from genlens.errors import Cancelled
from genlens.models.memory import MEMORY
from genlens.ui import jobs
from genlens.ui.latents.endpoints import endpoints
from genlens.ui.training.tab import api_train
from own_pictures import picture_zip
from vae_page import small_study, standing_in

pytestmark = pytest.mark.apps
ASKED: dict[str, tuple[Any, ...]] = {
    "latent_map": ("tsne",),
    "traverse": (0,),
    "attribute": (0, "latent", "occlusion"),
    "attribute_many": (),
    "contrast": (0,),
    "anchor": (0,),
    "effects": (),
    "joint_effect": (0, 1),
    "evaluate_latents": (40,),
}
"""Endpoint -> what it is asked beside the model."""
SHORT = {"decode", "rebuild_targets", "prototypes"}
"""Endpoints that decode a few pictures or none."""


class Gone(jobs.Job):
    """The job of a program that has hung up."""

    def __init__(self) -> None:
        self.asked = 0

    @property
    def for_page(self) -> bool:
        return False

    def stopped(self) -> bool:
        self.asked += 1
        return True


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with standing_in(small_study(120)) as name:
        yield name


def test_every_endpoint_is_long_or_short() -> None:
    assert set(endpoints()) == set(ASKED) | SHORT


@pytest.mark.parametrize("name", ASKED)
def test_it_stops_where_nobody_waits(model: str, name: str) -> None:
    MEMORY.clear()
    with jobs.at_work(Gone()), pytest.raises(Cancelled):
        endpoints()[name](model, *ASKED[name])


def test_a_training_stops_too(tmp_path: Path) -> None:
    archive = picture_zip(tmp_path / "mine.zip", 200)
    with jobs.at_work(Gone()), pytest.raises(Cancelled):
        api_train(str(archive))
