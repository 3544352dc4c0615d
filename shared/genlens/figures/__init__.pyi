from .drawing import (
    Drawing as Drawing,
)
from .drawing import (
    draw as draw,
)

__all__ = [
    "Drawing",
    "draw",
]
