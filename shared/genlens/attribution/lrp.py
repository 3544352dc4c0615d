"""Layer-wise relevance propagation through encoders and decoders, transposed convolutions included.

Bach et al. 2015 (doi:10.1371/journal.pone.0130140): the output's value is handed back layer by
layer, every unit j sharing its relevance among its inputs i by their part in it,

    R_i = sum_j z_ij / (sum_i' z_i'j) R_j,    z_ij = a_i w_ij,

so that relevance is conserved: sum R_i = f(x). captum's LRP raises on ConvTranspose2d, Unflatten
and Sigmoid, which decoders are made of, so this one is ours. A rule is a choice of the parts z_ij:

============  ===========================================================================
"epsilon"     z_ij as they are, with a small epsilon that keeps the sum from 0 (Bach, eq. 58)
"gamma"       z_ij and gamma times those with the sign of the sum (Montavon et al. 2019, section
              10.2.3, in the form for either sign of Andeol et al. 2021)
"zplus"       only those with the sign of the sum (Montavon et al. 2017's z+; gamma without end)
"composite"   gamma at convolutions, epsilon at dense layers (Kohlbrenner et al. 2020)
============  ===========================================================================

For units behind a ReLU the sum is positive, and "the sign of the sum" means "positive". An output
may be negative (a latent's mean): then the inputs that pull it down carry it.

Activations pass relevance through unchanged, as do reshapes; max pooling gives it to the winner.
Everything runs in float64, so that a gap is the rule's and not rounding's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import nn

from genlens.attribution.lrp_layers import (
    NoRule,
    Parts,
    chain_of,
    is_activation,
    parts_of,
    pull,
    route,
)
from genlens.attribution.method import Method, Option
from genlens.attribution.results import Attribution
from genlens.attribution.run import explaining
from genlens.attribution.target import Target
from genlens.errors import InputError

if TYPE_CHECKING:
    _Step = tuple[str, nn.Module, torch.Tensor, torch.Tensor, "_Settings"]

Rule = Literal["epsilon", "gamma", "zplus", "composite"]
Bias = Literal["spread", "absorb"]
Start = Literal["logit", "value"]
RULES = ("epsilon", "gamma", "zplus", "composite")


@dataclass(frozen=True)
class _Settings:
    """``base`` and ``extra`` weigh all contributions, and those with the sign of the sum."""

    base: float
    extra: float
    epsilon: float
    spread: bool = True


def lrp(
    target: Target,
    x: Any,
    *,
    rule: Rule = "epsilon",
    epsilon: float = 1e-3,
    gamma: float = 0.25,
    bias: Bias = "spread",
    start: Start = "logit",
    seed: int = 0,
) -> Attribution:
    """Relevance of every pixel or latent: shares of f(x) that add up to it.

    Args:
        target: one whose ``network`` is a chain of known layers and whose number is linear in what
            it puts out: ``latent_mean`` and ``decoded_region``.
        x: one image or code.
        rule: see the module's table.
        epsilon: as a part of the root mean square of a layer's outputs; 0 for none.
        gamma: for "gamma" and "composite".
        bias: what becomes of the share of biases (and of epsilon). "spread": it is shared evenly
            among a unit's inputs (Lapuschkin et al. 2016, the LRP toolbox), so that all of f(x)
            reaches the input. "absorb": the bias keeps it, as in Bach et al.; then
            ``details["absorbed"]`` says how much, and the input's relevance plus that is f(x).
        start: where the chain ends in a Sigmoid, relevance starts from what the Sigmoid is applied
            to ("logit", the default: ``output`` is then the weighted mean logit), or from its value
            ("value"). A pixel of 0.5 has logit 0: nothing can be shared out by parts of zero, so
            values give large shares of both signs.
        seed: recorded only; nothing is random here.

    Returns:
        values (c, h, w) or (d,), with base 0; ``gap`` is sum(values) + absorbed - f(x), and
        ``relative_gap`` below 0.01 is conservation to 1 %. Spreading conserves by construction, so
        ``details`` also has bias_part, what biases and epsilon keep when nothing is spread, and a
        note says where that is more than half of f(x); and absorbed; layers, names from the output
        on, with relevance, the sum that left each of them.

    Raises:
        InputError: a target without a chain, a chain with a layer that no rule is known for, or
            settings out of range.
    """
    _check(rule, epsilon, gamma, bias, start)
    with explaining(target, x, seed=seed) as run:
        if target.network is None or target.weights is None:
            raise InputError(
                f'LRP walks layers, and "{target.name}" names no chain of them: take a latent\'s '
                "mean or a decoded region, of a model with mean_module() and decoder_module()"
            )
        layers = chain_of(target.network)
        inputs, outputs = _forward(layers, run.x.double())
        run.calls += 1
        _same(run.value(run.x), outputs[-1], target)
        last, ends_in_sigmoid = _start(layers, start)
        weights = outputs[last].new_tensor(np.asarray(target.weights))
        top = weights.reshape(outputs[last].shape) * outputs[last]
        output = float(top.sum())
        steps = [
            (name, layer, inputs[k], outputs[k], _settings(layer, rule, epsilon, gamma))
            for k, (name, layer) in enumerate(layers[: last + 1])
        ]
        relevance, absorbed, sums = _walk(steps, top, spread=bias == "spread")
        kept = absorbed if bias == "absorb" else _walk(steps, top, spread=False)[1]
        settings = {
            "rule": rule, "epsilon": epsilon, "gamma": gamma, "bias": bias, "start": start,
        }  # fmt: skip
        return run.result(
            relevance,
            "lrp",
            output=output,
            base=0.0,
            gap=float(relevance.sum()) + absorbed - output,
            unit="logit" if ends_in_sigmoid and start == "logit" else target.unit,
            settings=settings,
            details={
                "layers": [name for name, *_ in reversed(steps)],
                "relevance": sums,
                "absorbed": absorbed,
                "bias_part": kept,
            },
            notes=_bias_notes(kept, output, bias),
        )


def _walk(
    steps: list[_Step], relevance: torch.Tensor, *, spread: bool
) -> tuple[torch.Tensor, float, list[float]]:
    """Relevance of the input, what biases kept, and the sum that left each layer, from the top."""
    absorbed, sums = 0.0, []
    for name, layer, a, out, settings in reversed(steps):
        before = float(relevance.sum())
        relevance, kept = _back(layer, a, out, relevance, replace(settings, spread=spread))
        absorbed += kept
        sums.append(float(relevance.sum()))
        _require_finite(relevance, name, before)
    return relevance, absorbed, sums


def _bias_notes(kept: float, output: float, bias: str) -> tuple[str, ...]:
    """Said where the map owes most of its sum to biases: conservation alone would hide it."""
    if abs(kept) <= 0.5 * abs(output):
        return ()
    done = "spread evenly over the input" if bias == "spread" else "left out of the map"
    return (f"biases carry {kept:.3g} of {output:.3g}, which is {done}",)


def _check(rule: str, epsilon: float, gamma: float, bias: str, start: str) -> None:
    if rule not in RULES:
        raise InputError(f"rule {rule!r} is not known: take one of {', '.join(RULES)}")
    if bias not in ("spread", "absorb"):
        raise InputError(f'bias {bias!r} is not known: take "spread" or "absorb"')
    if start not in ("logit", "value"):
        raise InputError(f'start {start!r} is not known: take "logit" or "value"')
    for name, value in (("epsilon", epsilon), ("gamma", gamma)):
        if not 0 <= value < float("inf"):
            raise InputError(f"{name} is {value}: take a number from 0")


def _settings(layer: nn.Module, rule: str, epsilon: float, gamma: float) -> _Settings:
    if rule == "composite":
        rule = "epsilon" if isinstance(layer, nn.Linear) else "gamma"
    base, extra = {"epsilon": (1.0, 0.0), "gamma": (1.0, gamma), "zplus": (0.0, 1.0)}[rule]
    return _Settings(base, extra, epsilon)


def _forward(
    layers: list[tuple[str, nn.Module]], x: torch.Tensor
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """What goes into each layer and what comes out, in float64."""
    inputs, outputs = [], []
    with torch.no_grad():
        for _, layer in layers:
            inputs.append(x)
            x = route(layer, x)
            outputs.append(x)
    return inputs, outputs


def _start(layers: list[tuple[str, nn.Module]], start: str) -> tuple[int, bool]:
    """Index of the layer whose output is shared out, and whether the chain ends in a Sigmoid."""
    last = len(layers) - 1
    sigmoid = isinstance(layers[last][1], nn.Sigmoid)
    return (last - 1 if sigmoid and start == "logit" else last), sigmoid


def _same(value: float, out: torch.Tensor, target: Target) -> None:
    """Refuse a network that is not what the target computes: its relevance would not be f's."""
    weights = out.new_tensor(np.asarray(target.weights)).reshape(-1)
    if weights.numel() != out.numel():
        raise InputError(
            f'"{target.name}" weighs {weights.numel()} outputs and its network gives {out.numel()}'
        )
    parts = weights * out.reshape(-1)
    if abs(float(parts.sum()) - value) > 1e-3 * (float(parts.abs().sum()) + abs(value)) + 1e-6:
        raise InputError(
            f'"{target.name}" gives {value:.6g} and its network {float(parts.sum()):.6g}: make the '
            "target again after changing weights"
        )


def _back(
    layer: nn.Module,
    a: torch.Tensor,
    out: torch.Tensor,
    relevance: torch.Tensor,
    settings: _Settings,
) -> tuple[torch.Tensor, float]:
    """Relevance of ``layer``'s inputs ``a``, and what its biases (and epsilon) kept."""
    if is_activation(layer):
        return relevance, 0.0
    parts = parts_of(layer)
    if (
        parts is None
    ):  # a reshape, a selection, or max pooling: relevance goes where values came from
        return pull(lambda v: route(layer, v), a, relevance), 0.0
    return _share(parts, a, out, relevance, settings)


def _share(
    parts: Parts, a: torch.Tensor, out: torch.Tensor, relevance: torch.Tensor, s: _Settings
) -> tuple[torch.Tensor, float]:
    """One step of the rule at a layer that is linear in its input: see the module's equation.

    With A(a) the contributions that the rule counts, summed for each output, and B the bias it
    counts: R_in = a * A^T(R / (A(a) + B)), and R * B / (A(a) + B) is the bias's share.
    """
    up = torch.where(out < 0, 0.0, 1.0)  # 1 where the sum is positive: its sign decides what counts
    down = 1.0 - up

    def counted(v: torch.Tensor) -> torch.Tensor:
        total = s.base * parts.full(v)
        if s.extra:
            total = total + s.extra * (up * parts.positive(v) + down * parts.negative(v))
        return total

    matching = up * parts.bias.clamp(min=0) + down * parts.bias.clamp(max=0)
    extra = s.base * parts.bias + s.extra * matching + torch.zeros_like(out)
    extra = extra + (up - down) * s.epsilon * out.square().mean().sqrt()
    with torch.no_grad():
        whole = counted(a) + extra
        # A unit that nothing counts for (all inputs 0, no bias) shares nothing out.
        share = torch.where(whole == 0, 0.0, relevance / torch.where(whole == 0, 1.0, whole))
        rest = share * extra
    found = a * pull(counted, a, share)
    if s.spread:
        ones = torch.ones_like(a)
        with torch.no_grad():
            count = parts.count(ones)  # how many inputs reach each output
            even = torch.where(count > 0, rest / torch.where(count > 0, count, 1.0), 0.0)
            rest = torch.where(count > 0, 0.0, rest)
        found = found + pull(parts.count, ones, even)
    return found, float(rest.sum())


def _require_finite(relevance: torch.Tensor, name: str, before: float) -> None:
    if not bool(torch.isfinite(relevance).all()):
        raise InputError(
            f"relevance became infinite at layer {name} (it held {before:.3g}): the contributions "
            'of a unit cancel; take a larger epsilon, or rule="gamma"'
        )


def _no_chain(target: Target, x: Any) -> str:
    if target.network is None or target.weights is None:
        return "it walks one chain of layers, and this number has none"
    try:
        chain_of(target.network)
    except NoRule as refusal:
        return f"it has no rule for a layer of this network ({refusal.layer})"
    return ""


LRP = Method(
    name="lrp",
    title="LRP",
    function=lrp,
    kinds=("image", "latent"),
    help="The output handed back layer by layer, in proportion to what each input gave.",
    equation="Rᵢ = Σⱼ zᵢⱼ / (Σᵢ′ zᵢ′ⱼ) · Rⱼ,   zᵢⱼ = aᵢ wᵢⱼ,   Σᵢ Rᵢ = f(x)",
    misleads="Conservation is built in, and proves nothing by itself: the note says how much of "
    "the sum biases gave. ε multiplies by the input, so black pixels get nothing; with z⁺ the map "
    "of early layers hardly depends on later ones (Sixt et al. 2020).",
    paper="Bach et al. 2015, doi:10.1371/journal.pone.0130140",
    sums="Relevance is conserved",
    complete=True,
    options=(
        Option("rule", "Rule", "How a unit shares its relevance among its inputs.", choices=(
            ("epsilon", "ε: all contributions"), ("gamma", "γ: what agrees counts more"),
            ("zplus", "z⁺: only what agrees"),
            ("composite", "γ at convolutions, ε at dense layers"),
        )),
        Option("epsilon", "Epsilon", "Keeps sums from 0; a part of a layer’s typical output.",
               low=0, high=1),
        Option("gamma", "Gamma", "How much more agreeing contributions count.", low=0, high=10),
        Option("bias", "Biases", "What becomes of the part that biases gave.",
               choices=(("spread", "spread over the input"), ("absorb", "left out of the map"))),
        Option("start", "Start", "What is shared out where the network ends in a sigmoid.",
               choices=(("logit", "the logit before it"), ("value", "the pixel’s value"))),
    ),
    refuses=_no_chain,
)  # fmt: skip
