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

from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from genlens.attribution.method import Method, Option
from genlens.attribution.relevance.graph import Graph
from genlens.attribution.relevance.rules import KNOWN, weighing
from genlens.attribution.relevance.trace import NoRule, trace
from genlens.attribution.relevance.walk import (
    Walked,
    at_logits,
    walk,
    way_to_sigmoid,
    without_rule,
)
from genlens.attribution.results import Attribution
from genlens.attribution.run import as_input, explaining
from genlens.attribution.target import Target
from genlens.errors import InputError

Rule = Literal["epsilon", "gamma", "zplus", "composite"]
Bias = Literal["spread", "absorb"]
Start = Literal["logit", "value"]
RULES = ("epsilon", "gamma", "zplus", "composite")


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
        graph = trace_walkable(target.network, run.x)
        values = graph.values(run.x.double())
        run.calls += 2
        out = values.of(graph.output)
        _same(run.value(run.x), out, target)
        weights = out.new_tensor(np.asarray(target.weights)).reshape(out.shape)
        way = way_to_sigmoid(graph)
        first = graph.output
        if way and start == "logit":
            first, weights = at_logits(graph, values, way, weights)
        top = weights * values.of(first)
        output = float(top.sum())

        def handed_back(spread: bool) -> Walked:
            return walk(
                graph,
                values,
                (first, top),
                lambda op: weighing(op, rule, epsilon, gamma),
                spread=spread,
            )

        relevance, absorbed, sums = handed_back(spread=bias == "spread")
        kept = absorbed if bias == "absorb" else handed_back(spread=False)[1]
        settings = {
            "rule": rule, "epsilon": epsilon, "gamma": gamma, "bias": bias, "start": start,
        }  # fmt: skip
        return run.result(
            relevance,
            "lrp",
            output=output,
            base=0.0,
            gap=float(relevance.sum()) + absorbed - output,
            unit="logit" if way and start == "logit" else target.unit,
            settings=settings,
            details={
                "layers": [name for name, _ in sums],
                "relevance": [left for _, left in sums],
                "absorbed": absorbed,
                "bias_part": kept,
            },
            notes=_bias_notes(kept, output, bias),
        )


def trace_walkable(network: nn.Module, x: torch.Tensor) -> Graph:
    """What ``network`` does to ``x`` (1, ...), once relevance can be handed back through all of it.

    Raises:
        NoRule: (an ``InputError``) it cannot; the message names the operation.
    """
    graph = trace(network, x)
    odd = without_rule(graph)
    if odd is not None:
        raise NoRule(
            odd.place,
            f"LRP knows no rule for {odd.place}: it follows {KNOWN}; write this step with those, "
            "or take another method",
        )
    return graph


def refusal(network: nn.Module, x: torch.Tensor) -> str:
    """Where LRP cannot follow ``network`` at ``x`` (1, ...), such as "encoder.2 (LSTM)"; "" where
    it can. This costs one pass."""
    try:
        trace_walkable(network, x)
    except NoRule as refused:
        return refused.place
    return ""


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


def _no_way(target: Target, x: Any) -> str:
    if target.network is None or target.weights is None:
        return "it hands relevance back through a network, and this number is no sum of its outputs"
    place = refusal(target.network, as_input(target, x))
    return f"it has no rule for an operation of this network ({place})" if place else ""


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
    refuses=_no_way,
)  # fmt: skip
