"""Any text as an assessor."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from genlens.errors import InputError
from genlens.models.assessors.assessors import assessor
from genlens.models.assessors.text import TextAssessor
from genlens.models.contracts import Assessor, ModelCard

pytestmark = pytest.mark.unit


class RedEncoder:
    """A space of two axes: how red, and the rest; "red" is the first, "grey" both alike."""

    card = ModelCard(id="red", contract="ImageTextEncoder", revision="1")
    device = "cpu"

    def embed_images(self, images: torch.Tensor) -> torch.Tensor:
        red = images[:, 0].mean((1, 2))
        return torch.nn.functional.normalize(torch.stack([red, 1 - red], 1), dim=1)

    def embed_texts(self, texts: Sequence[str]) -> torch.Tensor:
        axes = {"red": [1.0, 0.0], "grey": [1.0, 1.0]}
        rows = torch.tensor([axes[text] for text in texts])
        return torch.nn.functional.normalize(rows, dim=1)


def test_it_is_the_difference_of_two_cosines() -> None:
    asked = TextAssessor("red", "grey", RedEncoder())
    assert isinstance(asked, Assessor) and not asked.differentiable
    images = torch.tensor([1.0, 0.5, 0.0]).view(3, 1, 1, 1).expand(3, 3, 4, 4)
    half = 2**-0.5
    wanted = [1 - half, half - 1, 0 - half]
    assert asked.score(images).tolist() == pytest.approx(wanted, abs=1e-6)
    turned = TextAssessor("grey", "red", RedEncoder())
    assert torch.allclose(turned.score(images), -asked.score(images))


def test_the_embedded_encoder_tells_its_own_world() -> None:
    from genlens.worlds.emoji_scenes import draw

    pictures = torch.stack(
        [
            torch.from_numpy(draw(seed, text).image).permute(2, 0, 1).float() / 255
            for text in ("a dog", "a car")
            for seed in range(3)
        ]
    )
    scores = assessor("text:a dog|a car").score(pictures)
    assert bool((scores[:3] > scores[3:].max()).all())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text:a dog", "lacks what it is held against"),
        ("text:|a dog", "the text has 0 characters"),
        ("text:a dog| ", "what it is held against has 0 characters"),
        ("text:a dog|a dog", "is held against itself"),
        (f"text:{'x' * 201}|a dog", "write 1 to 200"),
    ],
)
def test_texts_that_say_nothing_are_refused(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        assessor(name)
