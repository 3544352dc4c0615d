"""An error's words as a sentence: names keep their letters."""

import pytest

from genlens.figures.sentences import sentence_case


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("choose a picture first", "Choose a picture first"),
        ("laion/CLIP-ViT-B-32 is gated", "laion/CLIP-ViT-B-32 is gated"),
        ("emoji-clip has no text", "emoji-clip has no text"),
        ("model.safetensors is broken", "model.safetensors is broken"),
        ("that's no number", "That's no number"),
        ("stop: it is full", "Stop: it is full"),
        ("'a b' is unknown", "'a b' is unknown"),
        ("3 of 4 failed", "3 of 4 failed"),
        ("", ""),
        (" ", " "),
    ],
)
def test_the_first_letter_grows_unless_it_belongs_to_a_name(text: str, said: str) -> None:
    assert sentence_case(text) == said
