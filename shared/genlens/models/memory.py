"""A bounded, thread-safe store of loaded models."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class ModelCache:
    """Keeps the models used last, at most ``max_models`` of them and ``max_bytes`` of weights.

    A model asked for by several threads at once is built once; different models are built side by
    side. The newest model always stays, however large.
    """

    def __init__(self, max_models: int, max_bytes: int) -> None:
        self._max_models = max_models
        self._max_bytes = max_bytes
        self._models: OrderedDict[Hashable, Any] = OrderedDict()
        self._building: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, build: Callable[[], Any]) -> Any:
        """The model of ``key``, from memory or by ``build()``; a failed build is not remembered."""
        with self._lock:
            if key in self._models:
                self._models.move_to_end(key)
                return self._models[key]
            gate = self._building.setdefault(key, threading.Lock())
        with gate:
            with self._lock:
                if key in self._models:
                    return self._models[key]
            model = None
            try:
                model = build()
            finally:
                with self._lock:
                    self._building.pop(key, None)
                    if model is not None:
                        self._models[key] = model
                        self._drop_oldest()
            return model

    def clear(self) -> None:
        """Forget all models."""
        with self._lock:
            self._models.clear()

    def __len__(self) -> int:
        return len(self._models)

    def _drop_oldest(self) -> None:
        while len(self._models) > 1 and (
            len(self._models) > self._max_models or self._bytes() > self._max_bytes
        ):
            self._models.popitem(last=False)

    def _bytes(self) -> int:
        return sum(model.card.bytes for model in self._models.values())
