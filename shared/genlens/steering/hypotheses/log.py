"""What was claimed, tried and found, to keep and to cite.

An entry's id is a hash of the claim, the edit, the models with their revisions, the seed and the
number of faces: whoever runs the same test again gets the same id, on any machine.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import dataclass, field
from typing import Any

from genlens.common.records import Record
from genlens.common.tables import csv_cell
from genlens.errors import InputError
from genlens.steering.results import Verdict

MOST_ENTRIES = 100
COLUMNS = (
    "id", "claim", "edit", "assessor", "expected", "least", "answer", "reason", "effect", "low",
    "high", "faces", "left_out", "control", "control_low", "control_high", "unit", "seed",
)  # fmt: skip
"""Of the CSV file."""


def verdict_id(verdict: Verdict) -> str:
    """ "h-" and 12 hex digits that stand for what was tried, whatever came out."""
    tried = {
        "claim": verdict.hypothesis.claim,
        "assessor": verdict.hypothesis.assessor,
        "expected": verdict.hypothesis.expected,
        "least": float(f"{verdict.hypothesis.least:.6g}"),
        "model": verdict.made_by.model,
        "revision": verdict.made_by.revision,
        "seed": verdict.made_by.seed,
        **{name: verdict.made_by.settings.get(name) for name in ("edit", "watched", "n")},
    }
    text = json.dumps(tried, sort_keys=True, ensure_ascii=False, default=str)
    return f"h-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class LogEntry(Record):
    """A verdict with its ``id``."""

    id: str
    verdict: Verdict

    def cite(self) -> str:
        """One line to put into a report."""
        v, made = self.verdict, self.verdict.made_by
        model = f"{made.model} {made.revision[:12]}".strip() or v.hypothesis.assessor
        unit = f" ({made.settings.get('unit')})" if made.settings.get("unit") else ""
        return (
            f"“{v.hypothesis.claim}”: {v.answer}. Change of the score{unit}: {v.effect.value:.3g} "
            f"(95 % interval {v.effect.low:.3g} to {v.effect.high:.3g}, {v.effect.n} faces). Edit: "
            f"{v.hypothesis.edit}. Model: {model}; seed {made.seed}; genlens "
            f"{made.versions.get('genlens', '')}; id {self.id}."
        )

    def row(self) -> dict[str, Any]:
        """One line of the CSV file, see ``COLUMNS``."""
        v = self.verdict
        left_out = "; ".join(f"{count}: {reason}" for reason, count in v.effect.left_out.items())
        values = (
            self.id, v.hypothesis.claim, v.hypothesis.edit, v.hypothesis.assessor,
            v.hypothesis.expected, v.hypothesis.least, v.answer, v.reason, v.effect.value,
            v.effect.low, v.effect.high, v.effect.n, left_out, v.control.value, v.control.low,
            v.control.high, v.made_by.settings.get("unit", ""), v.made_by.seed,
        )  # fmt: skip
        return dict(zip(COLUMNS, values, strict=True))


@dataclass
class HypothesisLog:
    """The verdicts of a session, the newest last, each test once; at most 100, the oldest go."""

    entries: list[LogEntry] = field(default_factory=list)

    def keep(self, verdict: Verdict) -> LogEntry:
        """Add ``verdict``; the same test tried again takes the place of the first."""
        entry = LogEntry(verdict_id(verdict), verdict)
        others = [each for each in self.entries if each.id != entry.id]
        self.entries = [*others, entry][-MOST_ENTRIES:]
        return entry

    def find(self, id: str) -> LogEntry:
        """The entry called ``id``.

        Raises:
            InputError: there is none.
        """
        for entry in self.entries:
            if entry.id == id:
                return entry
        kept = ", ".join(entry.id for entry in self.entries) or "nothing yet"
        raise InputError(f"no entry {id!r} is in this log: it holds {kept}")

    def to_dict(self) -> dict[str, Any]:
        """All entries, as JSON has it."""
        return {"entries": [entry.to_dict() for entry in self.entries]}

    def to_csv(self) -> str:
        """One line an entry below a line of ``COLUMNS``; text that a spreadsheet would take for a
        formula gets a quote in front."""
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for entry in self.entries:
            writer.writerow({name: csv_cell(value) for name, value in entry.row().items()})
        return out.getvalue()
