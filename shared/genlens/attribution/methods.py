"""Every attribution method by name.

    attribute("integrated-gradients", latent_mean(model, 3), image, steps=200)

A new method is a function and a ``Method`` in a module of its own, and one line of ``METHODS``:
pages, notes, tables, commands and tests read the rest from the ``Method``.
"""

from __future__ import annotations

from typing import Any

from genlens.attribution.gradients import (
    GRADIENT_SHAP,
    INTEGRATED_GRADIENTS,
    SALIENCY,
    SMOOTHGRAD,
)
from genlens.attribution.guided import GRAD_CAM, GUIDED_BACKPROP, GUIDED_GRAD_CAM
from genlens.attribution.lrp import LRP
from genlens.attribution.method import Method
from genlens.attribution.perturbation import EXACT_SHAP, KERNEL_SHAP, OCCLUSION
from genlens.attribution.results import Attribution
from genlens.attribution.surrogates.lime import LIME, LIME_LATENTS
from genlens.attribution.target import Target
from genlens.errors import InputError

__all__ = ["METHODS", "Method", "attribute", "method_named", "methods_for", "quick_settings"]

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        SALIENCY,
        SMOOTHGRAD,
        INTEGRATED_GRADIENTS,
        GRADIENT_SHAP,
        GUIDED_BACKPROP,
        GRAD_CAM,
        GUIDED_GRAD_CAM,
        OCCLUSION,
        EXACT_SHAP,
        KERNEL_SHAP,
        LIME,
        LIME_LATENTS,
        LRP,
    )
}
"""All methods, in the order in which a page lists them."""


def methods_for(kind: str) -> tuple[Method, ...]:
    """The methods that explain targets of ``kind``, "image" or "latent"."""
    return tuple(method for method in METHODS.values() if kind in method.kinds)


def method_named(name: str) -> Method:
    """The method called ``name``.

    Raises:
        InputError: no method has that name.
    """
    if name not in METHODS:
        raise InputError(f"there is no method {name!r}: take one of {', '.join(METHODS)}")
    return METHODS[name]


def quick_settings() -> dict[str, dict[str, Any]]:
    """Method -> settings with which it takes less time than by default, where there are any."""
    return {method.name: dict(method.quick) for method in METHODS.values() if method.quick}


def attribute(name: str, target: Target, x: Any, **settings: Any) -> Attribution:
    """Explain ``target`` at ``x`` by the method called ``name``.

    ``settings`` are the method's own (``METHODS[name].settings``), seed included.

    Raises:
        InputError: no such method, a setting it does not take, one that it needs and did not get,
            or whatever the method refuses.
        ModelError: the model gives NaN or infinite values.
    """
    method = method_named(name)
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
