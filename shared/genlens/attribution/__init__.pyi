from .comparison import (
    Comparison as Comparison,
)
from .comparison import (
    compare_methods as compare_methods,
)
from .faithfulness import (
    Deletion as Deletion,
)
from .faithfulness import (
    deletion as deletion,
)
from .faithfulness import (
    mass_inside as mass_inside,
)
from .faithfulness import (
    pointing_game as pointing_game,
)
from .faithfulness import (
    rank_agreement as rank_agreement,
)
from .gradients import (
    gradient_shap as gradient_shap,
)
from .gradients import (
    integrated_gradients as integrated_gradients,
)
from .gradients import (
    saliency as saliency,
)
from .gradients import (
    smoothgrad as smoothgrad,
)
from .guided import (
    grad_cam as grad_cam,
)
from .guided import (
    guided_backprop as guided_backprop,
)
from .guided import (
    guided_grad_cam as guided_grad_cam,
)
from .methods import (
    METHODS as METHODS,
)
from .methods import (
    Method as Method,
)
from .methods import (
    attribute as attribute,
)
from .methods import (
    methods_for as methods_for,
)
from .perturbation import (
    exact_shap as exact_shap,
)
from .perturbation import (
    kernel_shap as kernel_shap,
)
from .perturbation import (
    occlusion as occlusion,
)
from .randomisation import (
    RandomisationTest as RandomisationTest,
)
from .randomisation import (
    likeness as likeness,
)
from .randomisation import (
    randomisation_test as randomisation_test,
)
from .results import (
    Attribution as Attribution,
)
from .surrogates.lime import (
    lime_latents as lime_latents,
)
from .surrogates.lime import (
    lime_superpixels as lime_superpixels,
)
from .target import (
    Target as Target,
)
from .verdict import (
    Verdict as Verdict,
)

__all__ = [
    "METHODS",
    "Attribution",
    "Comparison",
    "Deletion",
    "Method",
    "RandomisationTest",
    "Target",
    "Verdict",
    "attribute",
    "compare_methods",
    "deletion",
    "exact_shap",
    "grad_cam",
    "gradient_shap",
    "guided_backprop",
    "guided_grad_cam",
    "integrated_gradients",
    "kernel_shap",
    "likeness",
    "lime_latents",
    "lime_superpixels",
    "mass_inside",
    "methods_for",
    "occlusion",
    "pointing_game",
    "randomisation_test",
    "rank_agreement",
    "saliency",
    "smoothgrad",
]
