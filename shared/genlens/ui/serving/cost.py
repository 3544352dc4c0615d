"""How long a job will take, told before it is begun: images × steps × seconds, as measured here."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from genlens.common.progress import Progress
from genlens.errors import InputError
from genlens.ui.serving.access import access

_KEPT = 64


class Pace:
    """Seconds that one denoising step of one image takes, by model; the last run counts."""

    def __init__(self) -> None:
        self._seconds: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def measured(self, model: str) -> float | None:
        """None before the model's first use."""
        with self._lock:
            return self._seconds.get(model)

    def note(self, model: str, images: int, steps: int, seconds: float) -> None:
        """``images`` of ``steps`` steps each took ``seconds``."""
        with self._lock:
            self._seconds[model] = seconds / (images * steps)
            self._seconds.move_to_end(model)
            while len(self._seconds) > _KEPT:
                self._seconds.popitem(last=False)


PACE = Pace()


def require_affordable(model: str, images: int, steps: int, pace: Pace = PACE) -> None:
    """Refuse a job that would take longer than the operator allows (``Access.most_seconds``).

    Before a model's first use nothing is known, and nothing refused: ``Meter`` asks again after the
    first batch.

    Raises:
        InputError: with the sum.
    """
    each, most = pace.measured(model), access().most_seconds
    if each is None or images * steps * each <= most:
        return
    raise InputError(
        f"{images} images × {steps} steps × {each:.3g} s = {images * steps * each:,.0f} s with "
        f"{model} on this machine, and this page allows {most:,.0f} s: take fewer words or fewer "
        "steps, a smaller model, or run genlens on your own machine"
    )


class Meter:
    """Measures a run of ``model`` by its progress, and refuses one that is too long.

    Args:
        images: that the run draws; further stages that its progress counts are left out.
        steps: of each image.
        tell: where progress goes on to.

    Raises:
        InputError: as ``require_affordable``.
    """

    def __init__(
        self, model: str, images: int, steps: int, tell: Progress | None = None, pace: Pace = PACE
    ) -> None:
        self.model, self.images, self.steps = model, images, steps
        self._tell, self._pace = tell, pace
        self._began = time.perf_counter()
        require_affordable(model, images, steps, pace)

    def __call__(self, done: int, total: int, text: str) -> None:
        """A ``Progress``.

        Raises:
            InputError: as ``require_affordable``.
        """
        if self._tell is not None:
            self._tell(done, total, text)
        if done == 0:  # the model is loaded
            self._began = time.perf_counter()
        elif done <= self.images:
            self._pace.note(self.model, done, self.steps, time.perf_counter() - self._began)
            if done < self.images:
                require_affordable(self.model, self.images, self.steps, self._pace)
