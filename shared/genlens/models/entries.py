"""What the catalog says of one model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from genlens.models.contracts import ModelCard


@dataclass(frozen=True)
class Entry:
    """One line of the catalog; the fields are explained at the top of ``catalog.toml``."""

    id: str
    contract: str
    family: str
    source: str
    title: str = ""
    licence: str = ""
    repo: str = ""
    file: str = ""
    revision: str = ""
    sha256: str = ""
    bytes: int = 0
    decoder: str = ""
    tflop: dict[str, float] = field(default_factory=dict)
    suggest: str = ""
    aliases: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def card(self, revision: str) -> ModelCard:
        """The card of this model as loaded at ``revision``."""
        return ModelCard(
            id=self.id,
            contract=self.contract,
            source=self.source,
            revision=revision,
            licence=self.licence,
            title=self.title,
            settings=dict(self.settings),
        )
