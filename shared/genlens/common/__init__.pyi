from . import (
    torchvision_guard as torchvision_guard,
)

__all__ = [
    "torchvision_guard",
]
