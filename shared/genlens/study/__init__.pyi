from .coder import (
    Coder as Coder,
)
from .coder import (
    Codes as Codes,
)
from .generated import (
    StyleAutoencoder as StyleAutoencoder,
)
from .generated import (
    study_named as study_named,
)
from .generated import (
    study_of_generator as study_of_generator,
)
from .judges import (
    ClassScores as ClassScores,
)
from .judges import (
    class_scores as class_scores,
)
from .own import (
    study_of_pictures as study_of_pictures,
)
from .own import (
    study_of_training as study_of_training,
)
from .probe import (
    Probe as Probe,
)
from .probe import (
    fit_probe as fit_probe,
)
from .prototypes import (
    Prototypes as Prototypes,
)
from .prototypes import (
    protodash as protodash,
)
from .study import (
    Study as Study,
)
from .study import (
    load_study as load_study,
)
from .study import (
    study_of as study_of,
)
from .worlds import (
    World as World,
)
from .worlds import (
    world_of as world_of,
)

__all__ = [
    "ClassScores",
    "Coder",
    "Codes",
    "Probe",
    "Prototypes",
    "Study",
    "StyleAutoencoder",
    "World",
    "class_scores",
    "fit_probe",
    "load_study",
    "protodash",
    "study_named",
    "study_of",
    "study_of_generator",
    "study_of_pictures",
    "study_of_training",
    "world_of",
]
