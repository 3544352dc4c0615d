"""Counted and worn things, and fine detail: measured on pictures whose truth is known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import ndimage

from genlens.models.contracts import Word
from genlens.worlds import vocabulary
from genlens.worlds.captions import parse
from genlens.worlds.emoji_scenes import Scene, draw
from genlens.worlds.layout_full import FULL
from genlens.worlds.sampler import plan_is_held_out
from genlens.zoo.measures import rich
from genlens.zoo.measures.diffusion import measure_rich
from genlens.zoo.referee import load_referee

pytestmark = pytest.mark.unit


class Sees:
    """A referee that reads the masks of one scene."""

    def __init__(self, scene: Scene) -> None:
        self.masks = {
            n: np.any([o.mask for o in scene.objects if o.noun == n], 0)
            for n in {o.noun for o in scene.objects}
        }

    def locate(self, image: np.ndarray, nouns: list[str]) -> dict[str, np.ndarray | None]:
        return {n: self.masks.get(n) for n in nouns}


class DrawsTruly:
    """A model whose pictures are true scenes of what ``hears`` makes of the prompt."""

    def __init__(self, hears=lambda prompt: prompt) -> None:
        self.hears = hears

    def generate(self, prompts, seed, **settings):
        images = [draw(50 + seed + i, self.hears(p)).image for i, p in enumerate(prompts)]
        return SimpleNamespace(
            images=torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 255
        )

    def tokenize(self, prompt):
        return [Word(text, read=i < 12) for i, text in enumerate(prompt.split())]


@pytest.mark.parametrize("side", [128, 64])
@pytest.mark.parametrize("caption, n", [("two cats", 2), ("three dogs", 3), ("a cat", 1)])
def test_things_are_counted_by_their_middles(caption, n, side) -> None:
    for seed in range(5):
        assert rich.parts(draw(seed, caption, side).masks[1]) == n


def test_judging_finds_what_is_missing_and_miscounted() -> None:
    def judged(asked: str, shown: str):
        scene = draw(3, shown, 128, FULL)
        return rich.judge_rich(parse(asked), scene.image, Sees(scene))  # type: ignore[arg-type]

    assert judged("two cats left of a dog", "two cats left of a dog") == ([True, True], [True])
    assert judged("two cats left of a dog", "a cat left of a dog") == ([True, True], [False])
    assert judged("two cats left of a dog", "a dog") == ([False, True], [rich.UNSEEN])
    assert judged("two cats and a cat", "two cats and a cat")[1] == [rich.TWICE]
    assert judged("a cat wearing a hat", "a cat") == ([True, False], [])


def test_detail_is_lost_in_a_blur_and_does_not_depend_on_brightness() -> None:
    image = draw(1, "a cat next to a red car", 128, FULL).image
    blurred = ndimage.gaussian_filter(image.astype(float), (1, 1, 0)).round().astype(np.uint8)
    true, soft, dark = rich.detail(np.stack([image, blurred, (image // 2)]))
    assert soft < 0.7 * true and dark == pytest.approx(true / 2, rel=0.1)
    assert rich.detail(np.full((1, 9, 9, 3), 77, np.uint8)) == [0]


def test_rich_prompts_are_rich_held_out_and_short_enough() -> None:
    prompts = rich.rich_prompts(30, 5, DrawsTruly())  # type: ignore[arg-type]
    assert prompts == rich.rich_prompts(30, 5, DrawsTruly())  # type: ignore[arg-type]
    for text in prompts:
        plan = parse(text)
        assert rich.is_rich(plan) and plan_is_held_out(plan) and len(text.split()) <= 12
    assert not rich.is_rich(parse("a red cat left of a dog on a blue background"))


def test_a_model_that_draws_truly_is_told_from_one_that_cannot_count() -> None:
    referee = load_referee()

    names = vocabulary.lexicon()

    def deaf(prompt: str) -> str:  # hears no number: one of each is drawn
        one = [names[w][0] if w in names else w for w in prompt.split()]
        return " ".join("a" if w in ("two", "three") else w for w in one)

    right = measure_rich(DrawsTruly(), referee, 60, 4)  # type: ignore[arg-type]
    wrong = measure_rich(DrawsTruly(deaf), referee, 60, 4)  # type: ignore[arg-type]
    assert right["rich_objects"].value > 0.85
    truth = right["counts_right_in_truth"]
    assert truth == wrong["counts_right_in_truth"] and truth.n >= 8
    assert truth.low <= right["counts_right"].value
    assert wrong["counts_right"].high < right["counts_right"].value
    judged = right["counts_right"]
    assert set(judged.left_out) <= {rich.TWICE, rich.UNSEEN}
