"""The leaderboard that the page opens with: the fixed strategy on every shipped model.

``python -m genlens.ui.latents.rebuild.board`` measures and stores it (some minutes on 2 cores); run
it again whenever one of the models is trained anew.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from genlens.errors import ModelError
from genlens.latents.rebuild.leaderboard import MOST_SLIDERS, Line, ranked, search_line
from genlens.study.study import Study

PATH = Path(__file__).parents[2] / "data" / "vae_rebuild_board.json"
GAMES = 20


def models() -> list[str]:
    """Ids of the shipped autoencoders with few enough latents to be played."""
    from genlens.models.catalog import entries, weights_folder
    from genlens.models.weights import read_json

    playable = []
    for entry in entries():
        config = weights_folder(entry.id) / "config.json"
        embedded = entry.family == "autoencoder" and entry.source == "embedded"
        if embedded and config.is_file() and read_json(config)["latents"] <= MOST_SLIDERS:
            playable.append(entry.id)
    return playable


def measure(
    names: Sequence[str],
    study: Callable[[str], Study],
    *,
    games: int = GAMES,
    progress: Callable[[int, int, str], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> tuple[Line, ...]:
    """The strategy's line for each of ``names``, best first.

    Raises:
        Cancelled: ``cancel()`` said so. Other errors as ``search_line``.
    """
    lines = []
    for i, name in enumerate(names):

        def counted(done: int, total: int, text: str, i: int = i, name: str = name) -> None:
            if progress is not None:
                progress(i * total + done, len(names) * total, f"{name}: game {done} of {total}")

        lines.append(search_line(study(name), games=games, progress=counted, cancel=cancel))
    return ranked(lines)


def load_board(path: Path = PATH) -> tuple[Line, ...]:
    """The stored lines, () where there are none.

    Raises:
        ModelError: the file cannot be read.
    """
    if not path.is_file():
        return ()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return tuple(Line.from_dict(line) for line in stored["lines"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} cannot be read ({error}): install genlens again") from error


def save_board(lines: Sequence[Line], path: Path = PATH, **about: Any) -> Path:
    """Write ``lines`` as JSON; returns ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"lines": [line.to_dict() for line in lines], **about}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def main(arguments: list[str] | None = None) -> None:
    """Measure all shipped models and store their lines."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--games", type=int, default=GAMES)
    parser.add_argument("--out", type=Path, default=PATH)
    options = parser.parse_args(arguments)
    from genlens.study.study import load_study

    lines = measure(models(), load_study, games=options.games)
    print(save_board(lines, options.out, games=options.games))
    for line in lines:
        s = line.standing
        gap = "" if line.mig is None else f", MIG {line.mig:.3f}"
        print(f"{s.model}: won {s.won:.0%}, {s.moves:g} moves, agreement {s.agreement:.3f}{gap}")


if __name__ == "__main__":
    main()
