from .files import (
    export_model as export_model,
)
from .files import (
    train_vae as train_vae,
)
from .settings import (
    TrainingSettings as TrainingSettings,
)
from .vae import (
    Training as Training,
)

__all__ = [
    "Training",
    "TrainingSettings",
    "export_model",
    "train_vae",
]
