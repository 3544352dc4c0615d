"""Every attribution method by name: what it explains, what to know about it, and how to call it.

    attribute("integrated-gradients", latent_mean(model, 3), image, steps=200)

The function's docstring has the equation and when it misleads.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from genlens.attribution.results import Attribution
from genlens.attribution.target import Target
from genlens.errors import InputError

Explain = Callable[..., Attribution]


@dataclass(frozen=True)
class Method:
    """One attribution method.

    ``kinds`` are the targets it explains ("image", "latent"). ``gradients``: it needs a
    differentiable model. ``random``: another seed gives another map. ``complete``: values add up to
    the output (or its distance from the baseline). ``needs`` names what has to be passed besides
    target and input.
    """

    name: str
    title: str
    place: str
    kinds: tuple[str, ...]
    help: str
    paper: str
    gradients: bool = True
    random: bool = False
    complete: bool = False
    needs: tuple[str, ...] = ()

    @property
    def function(self) -> Explain:
        """The function: (target, x, *, seed, settings...) -> Attribution."""
        module, name = self.place.rsplit(".", 1)
        found: Explain = getattr(importlib.import_module(f"genlens.attribution.{module}"), name)
        return found

    @property
    def settings(self) -> tuple[str, ...]:
        """Names of the settings it takes, seed included."""
        parameters = inspect.signature(self.function).parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)


_BOTH, _IMAGE, _LATENT = ("image", "latent"), ("image",), ("latent",)

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "saliency", "Saliency", "gradients.saliency", _BOTH,
            "How much the number changes with each pixel or latent, here and now.",
            "Simonyan et al. 2014, arXiv:1312.6034",
        ),
        Method(
            "smoothgrad", "SmoothGrad", "gradients.smoothgrad", _BOTH,
            "Saliency averaged over noisy copies of the input.",
            "Smilkov et al. 2017, arXiv:1706.03825", random=True,
        ),
        Method(
            "integrated-gradients", "Integrated Gradients", "gradients.integrated_gradients", _BOTH,
            "Gradients added up on the way from a blank input to this one; shares add up.",
            "Sundararajan et al. 2017, arXiv:1703.01365", complete=True,
        ),
        Method(
            "gradient-shap", "Gradient SHAP", "gradients.gradient_shap", _BOTH,
            "Integrated Gradients from many random starting points.",
            "Erion et al. 2021, arXiv:1906.10670; Lundberg and Lee 2017, arXiv:1705.07874",
            random=True, complete=True,
        ),
        Method(
            "guided-backprop", "Guided backpropagation", "guided.guided_backprop", _BOTH,
            "Gradients without what speaks against, at every ReLU: sharp, hardly about weights.",
            "Springenberg et al. 2015, arXiv:1412.6806",
        ),
        Method(
            "grad-cam", "Grad-CAM", "guided.grad_cam", _IMAGE,
            "Where a layer of convolutions finds what raises the number; coarse.",
            "Selvaraju et al. 2017, arXiv:1610.02391",
        ),
        Method(
            "guided-grad-cam", "Guided Grad-CAM", "guided.guided_grad_cam", _IMAGE,
            "Guided backpropagation, only where Grad-CAM looks.",
            "Selvaraju et al. 2017, arXiv:1610.02391",
        ),
        Method(
            "occlusion", "Occlusion", "perturbation.occlusion", _BOTH,
            "What the number loses when a patch, or a latent, is blanked.",
            "Zeiler and Fergus 2014, arXiv:1311.2901", gradients=False,
        ),
        Method(
            "shap", "SHAP (exact)", "perturbation.exact_shap", _LATENT,
            "Each latent's fair share of the number, over all coalitions; 12 players at most.",
            "Shapley 1953; Lundberg and Lee 2017, arXiv:1705.07874",
            gradients=False, complete=True,
        ),
        Method(
            "kernel-shap", "Kernel SHAP", "perturbation.kernel_shap", _LATENT,
            "The same shares, estimated from some of the coalitions.",
            "Lundberg and Lee 2017, arXiv:1705.07874",
            gradients=False, random=True, complete=True,
        ),
        Method(
            "lime", "LIME on superpixels", "lime.lime_superpixels", _IMAGE,
            "A linear model of what switching regions of the picture off does.",
            "Ribeiro et al. 2016, arXiv:1602.04938", gradients=False, random=True,
        ),
        Method(
            "lime-latents", "LIME on latents", "lime.lime_latents", _LATENT,
            'A linear model of conditions such as "z3 > 0.81".',
            "Ribeiro et al. 2016, arXiv:1602.04938",
            gradients=False, random=True, needs=("codes",),
        ),
        Method(
            "lrp", "LRP", "lrp.lrp", _BOTH,
            "The output handed back layer by layer, in proportion to what each input gave.",
            "Bach et al. 2015, doi:10.1371/journal.pone.0130140", complete=True,
        ),
    )
}  # fmt: skip
"""All methods, in the order in which a page lists them."""


def methods_for(kind: str) -> tuple[Method, ...]:
    """The methods that explain targets of ``kind``, "image" or "latent"."""
    return tuple(method for method in METHODS.values() if kind in method.kinds)


def attribute(name: str, target: Target, x: Any, **settings: Any) -> Attribution:
    """Explain ``target`` at ``x`` by the method called ``name``.

    ``settings`` are the method's own (``METHODS[name].settings``), seed included.

    Raises:
        InputError: no such method, a setting it does not take, one that it needs and did not get,
            or whatever the method refuses.
        ModelError: the model gives no numbers.
    """
    method = METHODS.get(name)
    if method is None:
        raise InputError(f"there is no method {name!r}: take one of {', '.join(METHODS)}")
    if target.kind not in method.kinds:
        raise InputError(
            f"{method.title} explains {' and '.join(method.kinds)} targets, and "
            f'"{target.name}" is of kind {target.kind}: take one of '
            f"{', '.join(m.name for m in methods_for(target.kind))}"
        )
    unknown = sorted(set(settings) - set(method.settings))
    if unknown:
        raise InputError(
            f"{method.title} takes no {unknown[0]!r}: its settings are {', '.join(method.settings)}"
        )
    missing = [need for need in method.needs if settings.get(need) is None]
    if missing:
        raise InputError(f"{method.title} needs {missing[0]!r}: pass {missing[0]}=...")
    return method.function(target, x, **settings)
