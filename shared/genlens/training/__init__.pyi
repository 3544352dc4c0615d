from .classifiers.labelled import (
    LabelledPictures as LabelledPictures,
)
from .classifiers.labelled import (
    labelled_avatars as labelled_avatars,
)
from .classifiers.labelled import (
    labelled_folders as labelled_folders,
)
from .classifiers.settings import (
    ClassifierSettings as ClassifierSettings,
)
from .classifiers.training import (
    train_classifier as train_classifier,
)
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
    "ClassifierSettings",
    "LabelledPictures",
    "Training",
    "TrainingSettings",
    "export_model",
    "labelled_avatars",
    "labelled_folders",
    "train_classifier",
    "train_vae",
]
