"""Interactive reconstruction: rebuild a target picture by moving latents.

Ross, Chen, Hang, Glassman & Doshi-Velez 2021, "Evaluating the interpretability of generative models
by interactive reconstruction" (CHI; arXiv:2102.01264): a model is understood as far as people can
do with its latents what they mean to do. Measures of agreement, thresholds and the time after which
a target may be skipped are those of the paper's published quiz (dtak/interactive-reconstruction,
MIT), not its code: for MNIST the overlap of ink, 75 % and 45 s; for sinelines the share of points
within 0.5; for the rest one minus the scaled absolute error, 90 % and 30 s.

A game is a value: every move returns a new ``Game``, so that a page can keep it in its state, undo
is dropping a value, and the log cannot be lost. The model is passed to each move.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from genlens.common.checks import number, whole
from genlens.common.records import UNWRITTEN, MadeBy, Record
from genlens.errors import InputError
from genlens.latents.rebuild.rules import RULES, Rules, agreement_of
from genlens.study.coder import Coder, Codes, as_vector, as_vectors

if TYPE_CHECKING:
    from genlens.models.contracts import Autoencoder

SLACK = 0.001
"""Agreement this little below the threshold counts, as in the paper's code."""
PAUSE = 3.0
"""A longer gap between two moves (seconds) is not counted as time spent trying."""


@dataclass(frozen=True)
class Move(Record):
    """One line of the log: ``action`` ("slide", "undo", "randomise", "skip"), seconds since the
    start, the latent moved (-1: all), the latents after it (d,), agreement and squared error."""

    action: str
    at: float
    latent: int
    latents: np.ndarray
    agreement: float
    error: float


@dataclass(frozen=True)
class Game(Record):
    """A game in progress or ended.

    ``status`` is "playing", "won" or "skipped". ``target`` and ``current`` are latents (d,),
    ``target_image`` and ``image`` (c, h, w); ``low`` and ``high`` (d,) are the sliders' ends.
    ``agreement`` is in [0, 1] (times 100 for percent); ``past`` holds what undo returns to,
    ``start`` (d,) is where the game began.
    """

    also_written = ("threshold", "seconds", "tried", "statistics")

    target: np.ndarray
    current: np.ndarray
    target_image: np.ndarray = field(metadata=UNWRITTEN)
    image: np.ndarray = field(metadata=UNWRITTEN)
    low: np.ndarray = field(metadata=UNWRITTEN)
    high: np.ndarray = field(metadata=UNWRITTEN)
    rules: Rules = field(metadata=UNWRITTEN)
    agreement: float
    status: str = "playing"
    log: tuple[Move, ...] = ()
    past: tuple[np.ndarray, ...] = field(default=(), metadata=UNWRITTEN)
    start: np.ndarray | None = field(default=None, metadata=UNWRITTEN)
    made_by: MadeBy = field(default_factory=MadeBy)

    @property
    def threshold(self) -> float:
        """The agreement that wins, in (0, 1]."""
        return self.rules.threshold

    @property
    def seconds(self) -> float:
        """When the last move was made, in seconds since the start."""
        return self.log[-1].at if self.log else 0.0

    @property
    def tried(self) -> float:
        """Seconds spent trying: gaps of up to 3 s between moves; this has to pass before a skip."""
        gaps = np.diff([0.0, *(move.at for move in self.log)])
        return float(gaps[gaps < PAUSE].sum())

    @property
    def may_skip(self) -> bool:
        """Whether the target may be skipped now."""
        return self.status == "playing" and self.tried > self.rules.skip_after

    @property
    def statistics(self) -> dict[str, Any]:
        """The paper's counts: slides, switches of latent and of direction, undos, randomised
        starts, and the distance slid, in whole slider lengths."""
        slides = switches = turns = 0
        distance, last, heading = 0.0, -1, 0.0
        before = self.current if self.start is None else self.start
        for move in self.log:
            if move.action == "slide" and move.latent >= 0:
                j = move.latent
                step = float(move.latents[j] - before[j])
                slides += 1
                distance += abs(step) / float(self.high[j] - self.low[j])
                if j != last:
                    switches += 1
                elif step * heading < 0:
                    turns += 1
                last, heading = j, step
            elif move.action in ("undo", "randomise"):
                last, heading = -1, 0.0
            before = move.latents
        actions = [move.action for move in self.log]
        return {
            "slides": slides,
            "latent_switches": switches,
            "direction_switches": turns,
            "undos": actions.count("undo"),
            "randomised": actions.count("randomise"),
            "distance": distance,
        }


def new_game(
    model: Autoencoder,
    codes: Codes | np.ndarray,
    *,
    data: str = "other",
    rules: Rules | None = None,
    seed: int = 0,
) -> Game:
    """A target and a start, two rows of ``codes`` (n, d) drawn by ``seed``.

    Sliders run from the smallest to the largest value of each latent in ``codes``, and values are
    kept to 0.01, both as in the paper's code. The start is drawn again (up to 50 times) while it
    already agrees with the target.

    Args:
        data: "mnist", "sinelines", "chopsticks" or "other": the paper's rules for it.
        rules: others.

    Raises:
        InputError: unknown data, codes that do not vary, or a start that always agrees already.
    """
    if data not in RULES:
        raise InputError(f"data is {data!r}: pass one of {', '.join(RULES)}")
    chosen = rules or RULES[data]
    agreement_of(chosen)  # refuses unknown measures before anything is drawn
    coder = Coder(model)
    rows = as_vectors(codes, coder.d)
    if len(rows) < 2 or not np.ptp(rows, axis=0).any():
        raise InputError("a game needs at least 2 different codes")
    rng = np.random.default_rng(whole("seed", seed, 0, 2**32 - 1))
    low, high = np.floor(rows.min(axis=0) * 100) / 100, np.ceil(rows.max(axis=0) * 100) / 100
    high = np.maximum(high, low + 0.01)  # a latent that never moves still is a slider
    target = rows[rng.integers(len(rows))].round(2)
    target_image = coder.decode(target[None])[0]
    for _ in range(50):
        start = rows[rng.integers(len(rows))].round(2)
        image = coder.decode(start[None])[0]
        agreement = agreement_of(chosen)(image, target_image)
        if agreement < chosen.threshold - SLACK:
            return Game(
                target=target,
                current=start,
                target_image=target_image,
                image=image,
                low=low,
                high=high,
                rules=chosen,
                agreement=agreement,
                start=start,
                made_by=coder.made_by(seed=seed, data=data, threshold=chosen.threshold),
            )
    raise InputError(
        f"50 starts agree with the target by {chosen.threshold:.0%} already: raise the threshold"
    )


def slide(game: Game, model: Autoencoder, latent: int, value: float, *, at: float) -> Game:
    """``game`` with one latent moved to ``value``, ``at`` seconds after the start.

    The value is kept to 0.01 and within the slider. Reaching the threshold wins.

    Raises:
        InputError: the game is over, no such latent, a value that is not finite, or a time before
            the last move's.
    """
    j = whole("latent", latent, 0, len(game.current) - 1)
    new = game.current.copy()
    new[j] = round(min(max(number("value", value, -1e9, 1e9), game.low[j]), game.high[j]), 2)
    return _moved(game, model, "slide", j, new, at, (*game.past, game.current))


def undo(game: Game, model: Autoencoder, *, at: float) -> Game:
    """``game`` one move back; the log keeps both. Raises InputError where nothing was moved."""
    if not game.past:
        raise InputError("nothing to undo: no move was made")
    return _moved(game, model, "undo", -1, game.past[-1], at, game.past[:-1])


def randomise(game: Game, model: Autoencoder, *, at: float, seed: int) -> Game:
    """``game`` with all sliders at random places; can be undone."""
    rng = np.random.default_rng(whole("seed", seed, 0, 2**32 - 1))
    new = (game.low + (game.high - game.low) * rng.random(len(game.current))).round(2)
    return _moved(game, model, "randomise", -1, new, at, (*game.past, game.current))


def skip(game: Game, *, at: float) -> Game:
    """``game`` given up. Raises InputError before the rules allow it."""
    _playing(game, at)
    if not game.may_skip:
        raise InputError(
            f"{game.tried:.0f} s of trying: skipping is allowed after {game.rules.skip_after:.0f} s"
        )
    return give_up(game, at=at)


def give_up(game: Game, *, at: float) -> Game:
    """``game`` ended as skipped whatever the time: what a search strategy does with its limit."""
    _playing(game, at)
    last = Move("skip", at, -1, game.current, game.agreement, error_of(game.image, game))
    return replace(game, status="skipped", log=(*game.log, last))


def error_of(image: np.ndarray, game: Game) -> float:
    """Squared error summed over the pixels, as the paper logs it."""
    return float(np.sum((image.astype(np.float64) - game.target_image) ** 2))


def _playing(game: Game, at: float) -> None:
    if game.status != "playing":
        raise InputError(f"the game is {game.status}: start a new one")
    if not at >= game.seconds:
        raise InputError(f"at is {at}: the last move was at {game.seconds} s, time runs forwards")


def _moved(
    game: Game,
    model: Autoencoder,
    action: str,
    latent: int,
    new: np.ndarray,
    at: float,
    past: tuple[np.ndarray, ...],
) -> Game:
    _playing(game, at)
    coder = Coder(model)
    image = coder.decode(as_vector(new, coder.d)[None])[0]
    agreement = agreement_of(game.rules)(image, game.target_image)
    move = Move(action, float(at), latent, new, agreement, error_of(image, game))
    return replace(
        game,
        current=new,
        image=image,
        agreement=agreement,
        status="won" if agreement >= game.rules.threshold - SLACK else "playing",
        log=(*game.log, move),
        past=past,
    )
