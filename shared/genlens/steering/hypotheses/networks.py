"""The network behind an assessor, where there is one: what maps hook and ids name."""

from __future__ import annotations

from genlens.models.assessors.shipped import ShippedAssessor
from genlens.models.contracts import Assessor, ModelCard, NetworkAssessor


def network_of(assessor: Assessor) -> NetworkAssessor | None:
    """The assessor as a network; None where it is none.

    Raises:
        ModelError: its weights are missing or damaged.
    """
    own = assessor.classifier() if isinstance(assessor, ShippedAssessor) else assessor
    return own if isinstance(own, NetworkAssessor) else None


def card_of(assessor: Assessor) -> ModelCard:
    """What is known of its weights; of what is no network its name."""
    network = network_of(assessor)
    return network.card if network else ModelCard(assessor.name, "Assessor", source="")
