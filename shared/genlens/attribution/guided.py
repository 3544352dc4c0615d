"""Attribution at layers: guided backpropagation, Grad-CAM, and the two together.

All three look inside the network, so they need a target that names its ``modules``. captum does the
maths; its hooks come off when it is done.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from genlens.attribution.gradients import SLOPES
from genlens.attribution.method import Method, Option
from genlens.attribution.results import Attribution
from genlens.attribution.run import Run, explaining
from genlens.attribution.target import Target
from genlens.common.hooks import hooked
from genlens.errors import InputError


def guided_backprop(target: Target, x: Any, *, seed: int = 0) -> Attribution:
    """The gradient with negative parts dropped at every ReLU on the way back.

    Springenberg et al. 2015 (arXiv:1412.6806), section 3.4. It draws sharp outlines, and changes
    little when weights are shuffled (Adebayo et al. 2018): look at the randomisation test. Only
    ``nn.ReLU`` layers are guided; without any it is the plain gradient, and a note says so.
    """
    from captum.attr import GuidedBackprop

    with explaining(target, x, seed=seed) as run:
        output = run.value(run.x)
        module = run.module()
        with _expected_warning():
            values = GuidedBackprop(module).attribute(run.leaf())
        return run.result(values, "guided-backprop", output=output, notes=_relu_notes(module))


def grad_cam(
    target: Target, x: Any, *, layer: str | None = None, relu: bool = True, seed: int = 0
) -> Attribution:
    """Channels of a convolution, weighted by their mean gradient, at the size of the image.

    Selvaraju et al. 2017 (arXiv:1610.02391), equations 1 and 2: L = ReLU(sum_k a_k A^k) with a_k
    the mean over positions of df/dA^k; enlarged bilinearly. ``layer`` is a name among
    :func:`layers_of` (None: the encoder's last convolution). ``relu=False`` keeps what speaks
    against. A note says why where the map is 0 everywhere.
    """
    from captum.attr import LayerAttribution, LayerGradCam

    with explaining(target, x, seed=seed, kinds=("image",)) as run:
        output = run.value(run.x)
        name, module = _layer(run, layer)
        values = LayerGradCam(run.module(), module).attribute(run.leaf(), relu_attributions=relu)
        size = tuple(run.x.shape[2:])
        values = LayerAttribution.interpolate(values, size, interpolate_mode="bilinear")
        settings = {"layer": name, "relu": relu}
        return run.result(
            values[0, 0],
            "grad-cam",
            output=output,
            signed=not relu,
            settings=settings,
            notes=() if bool(values.any()) else (_ALL_AGAINST if relu else _WITHOUT_INFLUENCE,),
        )


def guided_grad_cam(
    target: Target, x: Any, *, layer: str | None = None, seed: int = 0
) -> Attribution:
    """Guided backpropagation times Grad-CAM at ``layer``, enlarged bilinearly.

    Selvaraju et al. 2017 (arXiv:1610.02391), section 3.2: sharp, and only where the layer looked.
    Inherits guided backpropagation's doubts.
    """
    from captum.attr import GuidedGradCam

    with explaining(target, x, seed=seed, kinds=("image",)) as run:
        output = run.value(run.x)
        name, layer_module = _layer(run, layer)
        module = run.module()
        with _expected_warning():
            values = GuidedGradCam(module, layer_module).attribute(
                run.leaf(), interpolate_mode="bilinear"
            )
        return run.result(
            values,
            "guided-grad-cam",
            output=output,
            settings={"layer": name},
            power=2,  # a slope times a Grad-CAM, which are both small where the number is flat
            notes=_relu_notes(module) + (() if bool(values.any()) else (_NOWHERE_BOTH,)),
        )


def layers_of(target: Target, x: Any) -> dict[str, tuple[int, ...]]:
    """Layers that Grad-CAM can look at: name -> (channels, h', w') of those that give maps when the
    target reads ``x``, in the order in which they run."""
    with explaining(target, x, kinds=("image",)) as run:
        return {name: shape for name, (_, shape) in _maps(run).items()}


def _relu_notes(module: nn.Module) -> tuple[str, ...]:
    if any(isinstance(part, nn.ReLU) for part in module.modules()):
        return ()
    return ("no nn.ReLU layer was found to guide: this is the plain gradient",)


@contextmanager
def _expected_warning() -> Iterator[None]:
    """captum warns that it sets hooks, which is what it was asked to do."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Setting backward hooks")
        yield


def _maps(run: Run) -> dict[str, tuple[nn.Module, tuple[int, ...]]]:
    """Leaf layers of the target's first network that give maps, in the order in which they run."""
    layers: dict[str, tuple[nn.Module, tuple[int, ...]]] = {}
    if not run.target.modules:
        return layers
    named = run.target.modules[0].named_modules()
    leaves = {module: name for name, module in named if not list(module.children())}

    def note(module: nn.Module, _: Any, out: Any) -> None:
        if isinstance(out, torch.Tensor) and out.ndim == 4 and math.prod(out.shape[2:]) > 1:
            layers[leaves[module]] = (module, tuple(out.shape[1:]))

    with hooked(leaves, note):
        run.values(run.x)
    return layers


def _layer(run: Run, name: str | None) -> tuple[str, nn.Module]:
    """The layer called ``name``, or the encoder's last convolution.

    Raises:
        InputError: no such layer, or the layer gives no maps.
    """
    maps = _maps(run)
    if name is None:
        convolutions = [n for n, (m, _) in maps.items() if isinstance(m, nn.Conv2d)]
        own = [n for n in convolutions if n.startswith("encoder")]
        name = next(reversed(own or convolutions or list(maps)), None)
    if name is None or name not in maps:
        known = ", ".join(maps) or "none: this target runs through no layer that gives maps"
        raise InputError(f"layer {name!r} gives no map here; layers that do: {known}")
    return name, maps[name][0]


def _no_maps(target: Target, x: Any) -> str:
    return "" if layers_of(target, x) else "no layer on the way to this number gives maps"


_ALL_AGAINST = (
    "the map is 0 everywhere: at this layer nothing speaks for this number; with relu=False it "
    "shows what speaks against"
)
_WITHOUT_INFLUENCE = (
    "the map is 0 everywhere: this layer does not move this number, or its channels cancel out"
)
_NOWHERE_BOTH = (
    "the map is 0 everywhere: no place both has a guided gradient and lies where Grad-CAM looks"
)
_NO_UNIT = "The values say where, not how much: they have no unit and no sum."
_LAYER = Option("layer", "Layer", "Earlier layers are finer, later ones nearer to the answer.")

GUIDED_BACKPROP = Method(
    name="guided-backprop",
    title="Guided backpropagation",
    function=guided_backprop,
    kinds=("image", "latent"),
    help="Gradients without what speaks against, at every ReLU: sharp, hardly about weights.",
    equation="at every ReLU on the way back:  g ← max(g, 0) where the unit was on, else 0",
    misleads="It draws the edges of the picture, nearly whatever the weights are: look at its "
    "verdict in the comparison before you use it. It says nothing about what speaks against.",
    paper="Springenberg et al. 2015, arXiv:1412.6806",
    sums=SLOPES,
    unit="slope",
)
GRAD_CAM = Method(
    name="grad-cam",
    title="Grad-CAM",
    function=grad_cam,
    kinds=("image",),
    help="Where a layer of convolutions finds what raises the number; coarse.",
    equation="L = ReLU(Σₖ aₖ Aᵏ),   aₖ = mean over places of ∂f/∂Aᵏ",
    misleads="As coarse as its layer (7 × 7 for digits), enlarged smoothly: edges of a spot mean "
    "nothing. An average gradient can be 0 where parts pull both ways.",
    paper="Selvaraju et al. 2017, arXiv:1610.02391",
    sums=_NO_UNIT,
    unit="none",
    options=(
        _LAYER,
        Option("relu", "Only what speaks for", "Off: also show what speaks against."),
    ),
    refuses=_no_maps,
)
GUIDED_GRAD_CAM = Method(
    name="guided-grad-cam",
    title="Guided Grad-CAM",
    function=guided_grad_cam,
    kinds=("image",),
    help="Guided backpropagation, only where Grad-CAM looks.",
    equation="guided backpropagation × enlarged Grad-CAM",
    misleads="Sharp because of guided backpropagation, and as indifferent to the weights.",
    paper="Selvaraju et al. 2017, arXiv:1610.02391",
    sums=_NO_UNIT,
    unit="none",
    options=(_LAYER,),
    refuses=_no_maps,
)
