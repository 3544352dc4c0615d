"""GANSpace: the principal axes of styles.

Härkönen, Hertzmann, Lehtinen and Paris 2020, "GANSpace: discovering interpretable GAN controls"
(arXiv:2004.02546), section 3.1: PCA of the styles w of random latents.
"""

from __future__ import annotations

import numpy as np

from genlens.attribution.method import Option
from genlens.errors import InputError
from genlens.steering.directions.factors import COUNT, signed
from genlens.steering.directions.method import DirectionMethod, Found, Task, ordinary_codes


def pca(task: Task, *, count: int = 5, n: int = 5000) -> Found:
    """The ``count`` axes along which the styles of ``n`` random latents vary most, each as long as
    one standard deviation."""
    if task.space.space == "latents" or len(task.space.generator.layers) == 1:
        raise InputError(
            "latents are drawn alike in all directions, so they have no principal axes: take "
            "styles of a generator with a mapping network, or closed-form factors (sefa)"
        )
    codes = ordinary_codes(task.space, n, task.seed)
    centred = codes - codes.mean(0)
    variances, vectors = np.linalg.eigh(centred.T @ centred / len(codes))
    order = np.argsort(-variances, kind="stable")[:count]
    rows = np.stack([signed(vectors[:, j]) * np.sqrt(max(variances[j], 0.0)) for j in order])
    total = float(variances.sum())
    titles = tuple(
        f"axis {i + 1}, {100 * variances[j] / total:.0f} % of the variance"
        for i, j in enumerate(order)
    )
    return Found(rows=rows, titles=titles)


PCA = DirectionMethod(
    name="pca",
    title="Principal axes (GANSpace)",
    function=pca,
    help="Where the generator’s styles vary most. No picture and no assessor is asked; what each "
    "axis means is for you to see.",
    equation="the eigenvectors of the covariance of w = h(z), z ~ N(0, I)",
    paper="Härkönen, Hertzmann, Lehtinen and Paris 2020, arXiv:2004.02546, section 3.1",
    misleads="The first axes move most, not one thing at a time. Its sign means nothing.",
    needs="nothing",
    spaces=("styles",),
    options=(
        COUNT,
        Option("n", "Styles", "Random styles; the paper took a million.",
            low=500, high=100_000, whole=True, step=500,
        ),
    ),
)  # fmt: skip
