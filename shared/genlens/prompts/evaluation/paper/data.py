"""The source paper's ten prompts with all that it printed about them.

Gupta and Kanoria, "Adapting Interpretability Techniques to Generative Image Diffusion Models",
University of Pennsylvania: section 4 (truth, given by hand), section 5.1 (ranks, squared errors,
RMSE). The Shapley values stand in its notebook; the squared errors that it prints are theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

PRINTED_ALIGNED = 0.64
"""Section 5.1.1: "on average, 64% of ranks of all tokens ... aligned"."""
PRINTED_RMSE = 0.2161
"""Section 5.1.2: "Avg RMSE"."""


@dataclass(frozen=True)
class PaperPrompt:
    """One row of the paper: a number for each of the d = 3 or 4 words.

    ``truth`` is the importance that the authors gave by hand, adding up to 1; ``shapley`` their
    Shapley values divided by their sum; ``ranks``, ``squared_errors`` and ``rmse`` as printed,
    mistakes included.
    """

    prompt: str
    truth: tuple[float, ...]
    shapley: tuple[float, ...]
    ranks: tuple[int, ...]
    squared_errors: tuple[float, ...]
    rmse: float


PROMPTS = (
    PaperPrompt(
        "a flower lamp", (0.1, 0.4, 0.5), (0.12, 0.35, 0.53), (3, 2, 1),
        (0.0004, 0.0025, 0.0009), 0.06,
    ),
    PaperPrompt(
        "a lamp with flowers", (0.02, 0.5, 0.08, 0.4), (0.21, 0.40, 0.21, 0.18), (3, 1, 2, 4),
        (0.0361, 0.01, 0.0169, 0.0484), 0.25,
    ),
    PaperPrompt(
        "a dog wearing hat", (0.05, 0.45, 0.2, 0.3), (0.11, 0.40, 0.23, 0.26), (4, 1, 3, 2),
        (0.0036, 0.0025, 0.0009, 0.0016), 0.08,
    ),
    PaperPrompt(
        "a Spanish flag", (0.05, 0.4, 0.55), (0.26, 0.32, 0.42), (4, 2, 3),
        (0.0441, 0.0064, 0.0169), 0.26,
    ),
    PaperPrompt(
        "books and coffee", (0.5, 0.1, 0.4), (0.47, 0.11, 0.42), (1, 3, 2),
        (0.0009, 0.0001, 0.0004), 0.04,
    ),
    PaperPrompt(
        "Girls watching movies", (0.35, 0.25, 0.4), (0.36, 0.19, 0.45), (2, 3, 1),
        (0.0001, 0.0036, 0.0025), 0.08,
    ),
    PaperPrompt(
        "a cat's house", (0.05, 0.45, 0.5), (0.13, 0.59, 0.28), (3, 1, 2),
        (0.0064, 0.0196, 0.0484), 0.27,
    ),
    PaperPrompt(
        "a map without land", (0.05, 0.4, 0.25, 0.3), (0.04, 0.68, 0.20, 0.08), (3, 1, 2, 4),
        (0.0001, 0.0784, 0.0025, 0.0484), 0.28,
    ),
    PaperPrompt(
        "ancient egyptian airpods", (0.15, 0.45, 0.4), (0.46, 0.38, 0.16), (1, 2, 3),
        (0.0961, 0.0049, 0.0576), 0.40,
    ),
    PaperPrompt(
        "astronauts at parties", (0.55, 0.05, 0.4), (0.77, 0.18, 0.05), (1, 2, 3),
        (0.0484, 0.0169, 0.1225), 0.43,
    ),
)  # fmt: skip
