"""What the retraining job gives back: one row a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from genlens.anchors.retraining.agreeable import Agreeable
from genlens.common.records import MadeBy, Record


@dataclass(frozen=True)
class Original(Record):
    """One original model: its ``seed``, how many training pictures are in HIHE of how many, the
    thresholds of KLD (nats) and squared error (summed over pixels), and ``seconds`` that its
    anchor values with thresholds, and VAE-TracIn's scores, took. ``agreeable`` are the first by
    each, () in records from before they were kept."""

    seed: int
    pictures: int
    hihe: int
    kld_threshold: float
    mse_threshold: float
    pxgen_seconds: float
    tracin_seconds: float
    agreeable: tuple[Agreeable, ...] = ()


@dataclass(frozen=True)
class Shrunk(Record):
    """A model of ``seed`` trained again on the ``kept`` pictures (``share`` of all) that ``way``
    keeps longest, and how far what it draws is from what the original draws, by Fréchet and kernel
    distance in the classifier's features and in Inception's: NaN where nothing was kept to train it
    on, or where Inception was not asked for."""

    seed: int
    way: str
    share: float
    kept: int
    fid: float
    kid: float
    inception_fid: float = float("nan")
    inception_kid: float = float("nan")


@dataclass(frozen=True)
class LeftOut(Record):
    """A model of ``seed`` trained again without ``group``, ``removed`` pictures of one cluster.

    ``value`` is the mean anchor value of these pictures under the original; the distances are as in
    ``Shrunk``; ``loss`` is by how many nats a picture of the group is coded worse by the new model
    than by the original, on average.
    """

    seed: int
    group: int
    removed: int
    value: float
    fid: float
    kid: float
    loss: float
    inception_fid: float = float("nan")
    inception_kid: float = float("nan")


@dataclass(frozen=True)
class Retraining(Record):
    """All rows. ``controls`` are ``Shrunk`` rows too: "Everything" was trained on all pictures
    with another seed (what chance alone does), "Ones" on another digit (which has to be far).
    ``accuracy`` is that of the classifier whose features compare pictures."""

    settings: Mapping[str, Any]
    accuracy: float
    originals: tuple[Original, ...] = ()
    shrunk: tuple[Shrunk, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    controls: tuple[Shrunk, ...] = ()
    made_by: MadeBy = field(default_factory=MadeBy)

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Retraining:
        """What ``to_dict`` wrote."""
        return cls(
            settings=written["settings"],
            accuracy=written["accuracy"],
            originals=tuple(_original(row) for row in written["originals"]),
            shrunk=tuple(Shrunk(**_numbers(row)) for row in written["shrunk"]),
            left_out=tuple(LeftOut(**_numbers(row)) for row in written["left_out"]),
            controls=tuple(Shrunk(**_numbers(row)) for row in written["controls"]),
            made_by=MadeBy(**written["made_by"]),
        )


def _original(row: Mapping[str, Any]) -> Original:
    """``row`` as ``to_dict`` wrote it."""
    first = [Agreeable(**{**a, "rows": tuple(a["rows"])}) for a in row.get("agreeable", ())]
    return Original(**{**_numbers(row), "agreeable": tuple(first)})


def _numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    """``row`` with NaN where JSON has null."""
    return {name: float("nan") if value is None else value for name, value in row.items()}
