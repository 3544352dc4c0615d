"""What steering the shipped ``avatars-gan`` costs, beside its aims.

``python benchmarks/steering.py`` (a minute or two on 2 cores; ``--quick`` takes fewer rounds).
Ratios compare jobs that take turns in one run, so they hold on another machine too; seconds are
those of this one.
"""

from __future__ import annotations

import argparse
import time

import torch
from timing import median_seconds, note_load, report

import genlens
from genlens.models.assessors.assessors import ASSESSORS
from genlens.models.contracts import Generator
from genlens.steering import find_direction, mix, project, random_choices, random_styles
from genlens.steering.directions.samples import draw_samples
from genlens.steering.mixing.layers import layer_groups
from genlens.worlds.avatars import draw_faces

MODEL = "avatars-gan"
GROUPS, SOURCES = 3, 4


def mixing(generator: Generator, rounds: int) -> float:
    """Prints what a mixed picture costs, alone and with a score; gives the seconds of one plain
    synthesis."""
    styles = random_styles(generator, SOURCES, 0)
    groups = layer_groups(generator, GROUPS)
    one = random_choices(len(generator.layers), groups, SOURCES, 1, 0, blend=True)
    many = random_choices(len(generator.layers), groups, SOURCES, 16, 0, blend=True)
    smile = ASSESSORS["face-smile"]

    @torch.no_grad()
    def plain() -> torch.Tensor:
        return generator.synthesize(styles[:1])

    found = median_seconds(
        {
            "plain": plain,
            "one": lambda: mix(generator, styles, one),
            "scored": lambda: mix(generator, styles, one, assessor=smile),
            "many": lambda: mix(generator, styles, many),
        },
        rounds,
    )
    print(f"one synthesis: {1000 * found['plain']:.1f} ms")
    report("a mixed picture", 1000 * found["one"], 150, "ms")
    report("a mixed picture with its score", 1000 * found["scored"], 150, "ms")
    report("a mixed picture / one synthesis", found["one"] / found["plain"], 1.5, "x")
    report("16 mixed pictures / 16 syntheses", found["many"] / found["plain"] / 16, 1.5, "x")
    return found["plain"]


def inversion(generator: Generator, plain: float, rounds: int) -> None:
    """Prints what finding a picture again costs."""
    face = draw_faces(1, 9_100).tensor()[0]
    found = median_seconds(
        {
            "shared": lambda: project(generator, face),
            "each": lambda: project(generator, face, shared=False),
        },
        rounds,
    )
    for name, title in (("shared", "one style"), ("each", "a style for each layer")):
        report(f"inversion, {title}", found[name], 10)
        print(f"  / one synthesis: {found[name] / plain:.0f} x (100 steps, forward and back)")


def directions(generator: Generator, plain: float) -> None:
    """Prints what closed-form directions cost, and the learned ones beside them."""
    for method in ("sefa", "pca"):
        found = median_seconds(
            {method: lambda m=method: find_direction(generator, m, space="styles")}, 3
        )[method]
        report(f"{method}, all of its directions", found, 1)
        print(f"  / one synthesis: {found / plain:.0f} x")
    glasses = ASSESSORS["face-glasses"]
    started = time.perf_counter()
    samples = draw_samples(generator, [glasses], 500, 0)
    drawn = time.perf_counter()
    find_direction(generator, "svm", glasses, space="styles", samples=samples)
    print(
        f"500 scored pictures: {drawn - started:.1f} s, an SVM of them: "
        f"{time.perf_counter() - drawn:.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    asked = parser.parse_args()
    note_load()
    generator = genlens.load(MODEL, contract="Generator")
    plain = mixing(generator, 5 if asked.quick else 21)
    directions(generator, plain)
    inversion(generator, plain, 1 if asked.quick else 3)


if __name__ == "__main__":
    main()
