"""Ways to leave a word out: what the model is told, positions, refusals, and no mixed-up cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genlens.common.coalitions import all_coalitions
from genlens.errors import InputError
from genlens.models.contracts import Word
from genlens.models.text_to_image.diffusion import DiffusersTextToImage
from genlens.models.text_to_image.tokens import blank_of
from genlens.prompts.game import PromptGame
from genlens.prompts.payoffs.pixels import PixelSimilarity
from genlens.prompts.removal import REMOVALS, neutral, removal_named
from genlens.prompts.shapley import shapley
from genlens.worlds.vocabulary import FILLERS, kind
from prompt_painter import Painter, play
from tiny_models import hf_tokenizer

pytestmark = pytest.mark.unit


class PlacePainter(Painter):
    """A word paints its shade into the row of its place; padding and fillers are read and paint
    nothing."""

    def blank(self, word):
        return "<pad>"

    def tokenize(self, prompt):
        known = ("cat", "dog", "car", *FILLERS)
        return [Word(t, (i,), t in known) for i, t in enumerate(prompt.split())]

    def _paint(self, prompt, seed):
        import torch

        image = torch.zeros(3, 8, 8)
        for place, word in enumerate(prompt.split()):
            image[0, place] = {"cat": 0.25, "dog": 0.5, "car": 1.0}.get(word, 0.0)
        return image


@pytest.mark.parametrize("removal", REMOVALS.values(), ids=lambda r: r.name)
def test_each_knows_everything_about_itself(removal):
    assert removal.title and removal.paper
    assert removal.help.endswith(".") and removal.misleads.endswith(".")


def test_what_the_model_is_told():
    row = [True, False, True]
    game = PromptGame(PlacePainter(), "cat dog car", similarity=PixelSimilarity())
    assert game.sub_prompt(row) == "cat car"
    assert game.under(removal="blank").sub_prompt(row) == "cat <pad> car"
    filler = FILLERS[0]
    model = PlacePainter()
    model.card = type(model.card)("painter", "TextToImage", source="embedded")
    shipped = PromptGame(model, "cat dog car", similarity=PixelSimilarity(), removal="neutral")
    assert shipped.sub_prompt(row) == f"cat {filler} car"
    assert shipped.sub_prompt([False] * 3) == " ".join([filler] * 3)
    assert kind(filler) == "filler"
    assert game.under(removal=neutral("dog")).sub_prompt([False, True, True]) == "dog dog car"


def test_a_filler_of_the_prompt_is_not_its_neutral_word():
    game = PromptGame(
        PlacePainter(), f"cat {FILLERS[0]}", similarity=PixelSimilarity(), removal="neutral"
    )
    assert game.sub_prompt([True, False]) == f"cat {FILLERS[1]}"


def test_removals_of_one_prompt_do_not_mix_up_their_pictures():
    rows = all_coalitions(3)
    whole = PromptGame(PlacePainter(), "cat dog car", similarity=PixelSimilarity())
    blanked = whole.under(removal="blank")
    one, other = whole(rows), blanked(rows)
    assert not np.allclose(one, other), "positions matter to this painter"
    alone = PromptGame(PlacePainter(), "cat dog car", similarity=PixelSimilarity(), removal="blank")
    assert np.array_equal(alone(rows), other) and np.array_equal(whole(rows), one)
    # blanked in place, every word paints its own row: a linear game
    shades = np.array([0.25, 0.5, 1.0])
    assert np.allclose(shapley(blanked).values, shades / 24, atol=1e-3)
    assert not np.allclose(shapley(whole).values, shades / 24, atol=1e-3)


def test_what_a_model_cannot_do_is_refused_with_the_reason():
    with pytest.raises(InputError, match="'blank': painter does not say what stands for padding"):
        play("cat dog", removal="blank")
    with pytest.raises(InputError, match="no removal is called 'x'"):
        play("cat dog", removal="x")
    with pytest.raises(InputError, match="neutral word"):
        neutral(" ")
    assert removal_named("delete").name == "delete"


def test_padding_is_read_back_as_padding_and_positions_stay(tiny_pipeline_dir: Path):
    model = DiffusersTextToImage.from_folder(tiny_pipeline_dir, device="cpu")
    tokenizer = model.pipeline.tokenizer
    game = PromptGame(model, "a red cat's car", similarity=PixelSimilarity(), removal="blank")
    whole = tokenizer("a red cat's car")["input_ids"]
    for row in all_coalitions(4)[:-1]:
        read = tokenizer(game.sub_prompt(row))["input_ids"]
        assert len(read) == len(whole)
        kept = [
            i
            for word, keep in zip(game.words, row, strict=True)
            for i in word.token_ids * int(keep)
        ]
        assert [i for i in read[1:-1] if i != tokenizer.pad_token_id] == kept
        changed = [a for a, b in zip(read, whole, strict=True) if a != b]
        assert set(changed) <= {tokenizer.pad_token_id}


def test_a_tokenizer_that_does_not_read_its_padding_has_no_blank():
    tokenizer = hf_tokenizer()
    assert blank_of(Word("cat", (5, 6)), tokenizer) == "<pad> <pad>"
    assert blank_of(Word("...", ()), tokenizer) == ""
    tokenizer.pad_token = None
    assert blank_of(Word("cat", (5,)), tokenizer) is None
