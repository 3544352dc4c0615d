"""Attribution by changing the input and looking: occlusion, Shapley values of latents.

No gradients, so any target will do, at the price of many model calls. captum, shapiq and shap
do the maths. LIME is in ``lime``.

Every function takes a target, one input and a seed, and raises ``InputError`` for input that does
not fit and ``ModelError`` for a model that gives NaN or infinite values.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from genlens.attribution.gradients import SHARES
from genlens.attribution.method import SAMPLES, Method, Option
from genlens.attribution.results import Attribution
from genlens.attribution.run import Run, describe, explaining
from genlens.attribution.target import Target
from genlens.common.checks import MAX_COUNT, whole
from genlens.common.coalitions import exact_values
from genlens.errors import InputError

MAX_EXACT = 12
"""Exact Shapley values ask for all 2**players coalitions: 4,096 for 12."""
MAX_KERNEL = 256
"""Kernel SHAP solves a regression over this many players at most."""


def occlusion(
    target: Target,
    x: Any,
    *,
    size: int | None = None,
    stride: int | None = None,
    baseline: Any = 0.0,
    seed: int = 0,
) -> Attribution:
    """f(x) - f(x with a patch, or one latent, replaced by the baseline).

    Zeiler and Fergus 2014 (arXiv:1311.2901), section 4.2. Images: a square of ``size`` pixels
    (None: an eighth of the shorter side, at least 3 or all of it) moved by ``stride`` (None: half
    of it), all channels at once; a pixel gets the mean over the patches that cover it. Latents: one
    at a time. Values are in units of f; what two patches do only together is not seen.
    """
    from captum.attr import FeatureAblation, Occlusion

    with explaining(target, x, seed=seed) as run:
        start = run.baseline(baseline)
        output = run.value(run.x)
        settings: dict[str, Any] = {"baseline": describe(baseline)}
        if target.kind == "latent":
            values = FeatureAblation(run).attribute(
                run.x, baselines=start, perturbations_per_eval=run.batch
            )
            return run.result(values, "occlusion", output=output, settings=settings, each=True)
        channels, height, width = run.x.shape[1:]
        side = min(height, width)
        size = min(side, max(3, side // 8)) if size is None else size
        whole("size", size, 1, side)
        stride = max(1, size // 2) if stride is None else stride
        whole("stride", stride, 1, size)
        values = Occlusion(run).attribute(
            run.x,
            sliding_window_shapes=(channels, size, size),
            strides=(channels, stride, stride),
            baselines=start,
            perturbations_per_eval=run.batch,
        )
        settings |= {"size": size, "stride": stride}
        return run.result(values[0, 0], "occlusion", output=output, settings=settings, each=True)


def exact_shap(
    target: Target,
    x: Any,
    *,
    codes: Any = None,
    groups: Any = None,
    seed: int = 0,
) -> Attribution:
    """Shapley values of latents, over all coalitions (Shapley 1953; Lundberg and Lee 2017).

    phi_j = sum over S without j of |S|! (d - 1 - |S|)! / d! * (v(S + j) - v(S)), where v(S) is f at
    a code whose latents in S are x's and whose others are a background code's, averaged over the
    background. Values sum to f(x) - v(nobody) to rounding. Computed by shapiq (shap's exact
    explainer gives the same numbers and compiles for ten seconds first).

    Args:
        target: kind "latent".
        x: one code (d,).
        codes: background, (m, d); None for one code of zeros, the prior's mean.
        groups: (d,) integers that put latents into at most 12 players (for spatial codes, say one
            for each place); a group's value is spread evenly over its latents. None: each its own.
        seed: recorded only; nothing is random here.

    Raises:
        InputError: more than 12 players.
    """
    with explaining(target, x, seed=seed, kinds=("latent",)) as run:
        game = _LatentGame(run, codes, groups)
        if game.players > MAX_EXACT:
            raise InputError(
                f"{game.players} players are more than {MAX_EXACT}: 2^players coalitions are too "
                'many to decode. Put latents into groups, or take "kernel-shap"'
            )
        coalitions = (np.arange(2**game.players)[:, None] >> np.arange(game.players)) & 1
        payoffs = game(coalitions)
        values = exact_values(payoffs)
        return game.result(values, "shap", payoffs[-1], payoffs[0])


def kernel_shap(
    target: Target,
    x: Any,
    *,
    codes: Any = None,
    groups: Any = None,
    samples: int = 512,
    seed: int = 0,
) -> Attribution:
    """Shapley values of latents, estimated by shap's KernelExplainer.

    Lundberg and Lee 2017 (arXiv:1705.07874), section 4.1: a regression on ``samples`` coalitions,
    weighted by the Shapley kernel; values still sum to f(x) - v(nobody). With 2**players - 2
    samples or more it is exact. Arguments as in :func:`exact_shap`, for up to 256 players.
    """
    whole("samples", samples, 1, MAX_COUNT)
    with explaining(target, x, seed=seed, kinds=("latent",)) as run:
        game = _LatentGame(run, codes, groups)
        if game.players > MAX_KERNEL:
            raise InputError(
                f"{game.players} latents are more than {MAX_KERNEL}, the most players that "
                "this regression is used for: put them into groups"
            )
        from shap import KernelExplainer

        nobody, everybody = np.zeros((1, game.players)), np.ones((1, game.players))
        explainer = KernelExplainer(game, nobody)
        # l1_reg: by default shap drops all but ten players
        values = explainer.shap_values(everybody, nsamples=samples, l1_reg=False, silent=True)[0]
        base, output = game(np.concatenate([nobody, everybody]))
        return game.result(values, "kernel-shap", output, base, samples=samples)


class _LatentGame:
    """Coalitions of latents (or of groups of them) -> mean of f over the background."""

    def __init__(self, run: Run, codes: Any, groups: Any) -> None:
        self.run, d = run, run.x.shape[1]
        self.codes = run.baseline(0.0) if codes is None else background(codes, d).to(run.x)
        index = np.arange(d) if groups is None else np.asarray(groups)
        if index.shape != (d,):
            raise InputError(f"groups have shape {index.shape}: pass one number for each of {d}")
        self.names, self.group = np.unique(index, return_inverse=True)
        self.players = len(self.names)
        self.grouped = groups is not None
        self._group = torch.from_numpy(self.group).to(run.x.device)

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        """(m, players) of 0 and 1 -> (m,) float64; codes are built in parts, to save memory."""
        m = len(self.codes)
        payoffs = []
        for part in np.array_split(coalitions, max(1, len(coalitions) * m // 4096)):
            said = torch.as_tensor(np.asarray(part, dtype=bool)).to(self.run.x.device)
            said = said[:, self._group][:, None, :]  # (part, 1, d)
            mixed = torch.where(said, self.run.x[None], self.codes[None])  # (part, m, d)
            payoffs.append(self.run.values(mixed.flatten(0, 1)).reshape(-1, m).mean(axis=1))
        return np.concatenate(payoffs)

    def result(
        self, values: np.ndarray, method: str, output: float, base: float, **settings: Any
    ) -> Attribution:
        """Values of players as an attribution of latents."""
        sizes = np.bincount(self.group)
        details = {"groups": self.names, "group_values": values} if self.grouped else {}
        return self.run.result(
            (values / sizes)[self.group],
            method,
            output=float(output),
            base=float(base),
            settings={"background": len(self.codes), "players": self.players, **settings},
            size=float(np.abs(values).max()),  # of whole players: each is a difference
            details=details,
        )


def background(codes: Any, d: int) -> torch.Tensor:
    """``codes`` as (m, d) float32.

    Raises:
        InputError: another shape, no codes, or NaN or infinite values.
    """
    rows = torch.as_tensor(codes.detach().cpu() if hasattr(codes, "detach") else np.asarray(codes))
    rows = rows.to(torch.float32)
    rows = rows.flatten(1) if rows.ndim > 2 else rows
    if rows.ndim != 2 or rows.shape[1] != d or len(rows) == 0:
        raise InputError(f"the codes have shape {tuple(rows.shape)}: pass (m, {d}), m at least 1")
    if not bool(torch.isfinite(rows).all()):
        raise InputError("the codes hold NaN or infinity: leave those images out")
    return rows


def _too_many_exactly(target: Target, x: Any) -> str:
    d = EXACT_SHAP.players(target, x)
    enough = d <= MAX_EXACT
    return "" if enough else f"{d} latents are more than {MAX_EXACT}; {_ESTIMATED}"


def _too_many(target: Target, x: Any) -> str:
    d = KERNEL_SHAP.players(target, x)
    return "" if d <= MAX_KERNEL else f"{d} latents are more than {MAX_KERNEL}"


_ESTIMATED = "Kernel SHAP estimates the same shares"

OCCLUSION = Method(
    name="occlusion",
    title="Occlusion",
    function=occlusion,
    kinds=("image", "latent"),
    help="What the number loses when a patch, or a latent, is blanked.",
    equation="Oᵢ = f(x) − f(x with a patch, or latent i, blanked)",
    misleads="A blanked patch is a picture the model has never seen, and it answers to that too. "
    "What two places do only together is missed. The size of the patch shapes the map.",
    paper="Zeiler and Fergus 2014, arXiv:1311.2901",
    sums="Each value stands for itself (what the number loses without this part): parts overlap, "
    "so they need not add up.",
    gradients=False,
    options=(
        Option(
            "size", "Patch size, pixels",
            "Side of the square that is blanked; 0: an eighth of the side.",
            low=1, high=64, whole=True, step=1, automatic=True,
        ),
        Option(
            "stride", "Patch step, pixels", "How far the square moves; 0: half its side.",
            low=1, high=64, whole=True, step=1, automatic=True,
        ),
    ),
    compared="baseline",
    against=("blank", "mean"),
    slow="one decoding for each latent",
)  # fmt: skip
EXACT_SHAP = Method(
    name="shap",
    title="SHAP (exact)",
    function=exact_shap,
    kinds=("latent",),
    help="Each latent's fair share of the number, over all coalitions; 12 players at most.",
    equation="φⱼ = Σ over S without j of |S|! (d − 1 − |S|)! / d! · (v(S + j) − v(S)),   "
    "Σⱼ φⱼ = f(z) − v(nobody)",
    misleads="Latents outside a coalition are set to a background code; mixtures of two codes "
    "decode to pictures that may look like nothing. Shared effects are split in halves.",
    paper="Shapley 1953; Lundberg and Lee 2017, arXiv:1705.07874",
    sums=SHARES,
    gradients=False,
    complete=True,
    compared="codes",
    against=("blank", "mean", "others"),
    many=True,
    blocks=3,
    slow=f"all coalitions; {_ESTIMATED}",
    refuses=_too_many_exactly,
)
KERNEL_SHAP = Method(
    name="kernel-shap",
    title="Kernel SHAP",
    function=kernel_shap,
    kinds=("latent",),
    help="The same shares, estimated from some of the coalitions.",
    equation="the same φⱼ, by a regression on some coalitions S with weight "
    "(d − 1) / (C(d, |S|) |S| (d − |S|))",
    misleads="With few samples another seed gives other values, though the sum stays right. "
    "Otherwise as SHAP.",
    paper="Lundberg and Lee 2017, arXiv:1705.07874",
    sums=SHARES,
    gradients=False,
    random=True,
    complete=True,
    options=(SAMPLES,),
    compared="codes",
    against=("blank", "mean", "others"),
    many=True,
    blocks=4,
    quick={"samples": 300},
    refuses=_too_many,
)
