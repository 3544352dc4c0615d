"""Words of a prompt under word-level and byte-pair tokenizers."""

from __future__ import annotations

import json

import pytest

import tiny_models
from genlens.models.text_to_image.tokens import count_tokens, words_of

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def word_level():
    return tiny_models.hf_tokenizer()


@pytest.fixture(scope="module")
def byte_pair(tmp_path_factory):
    """CLIP's own tokenizer class with a handful of merges: "cat" is one token, others spell out."""
    from transformers import CLIPTokenizerFast

    folder = tmp_path_factory.mktemp("bpe")
    letters = [chr(c) for c in range(33, 127)]
    merges = ["c a", "ca t</w>", "d o", "do g</w>"]
    pieces = letters + [f"{c}</w>" for c in letters] + ["ca", "cat</w>", "do", "dog</w>"]
    vocab = {p: i for i, p in enumerate([*pieces, "<|startoftext|>", "<|endoftext|>"])}
    (folder / "vocab.json").write_text(json.dumps(vocab))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    return CLIPTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"))


def test_words_keep_case_and_punctuation(word_level):
    words = words_of("  A cat's  hat,\tand the\nMOON ", word_level)
    assert [w.text for w in words] == ["A", "cat's", "hat,", "and", "the", "MOON"]
    assert [len(w.token_ids) for w in words] == [1, 2, 2, 1, 1, 1]


def test_the_tokens_of_all_words_are_the_tokens_of_the_prompt(word_level, byte_pair):
    prompt = "a cat's hat, and a dog!"
    for tokenizer in (word_level, byte_pair):
        joined = [t for w in words_of(prompt, tokenizer) for t in w.token_ids]
        assert joined == tokenizer(prompt, add_special_tokens=False)["input_ids"]


def test_unknown_words_have_suggestions_from_the_vocabulary(word_level):
    dgo, dogs, zzz, known = words_of("hous Dogs, zzzqqq cat", word_level)
    assert not dgo.known
    assert dgo.suggestions[0] == "house"
    assert dogs.suggestions[0] == "dog"
    assert not zzz.known
    assert zzz.suggestions == ()
    assert known.known
    assert known.suggestions == ()


def test_a_suggestion_hook_is_asked_with_the_bare_word(word_level):
    asked = []

    def suggest(word: str) -> list[str]:
        asked.append(word)
        return ["one", "two", "three", "four"]

    [word] = words_of("Zebra's", word_level, suggest)
    assert not word.known  # "'s" is known, but the word is not
    assert asked == ["zebra"]
    assert word.suggestions == ("one", "two", "three")


def test_a_known_word_with_unknown_punctuation_is_known(word_level):
    assert [w.known for w in words_of("cat! cat's cat,", word_level)] == [True] * 3


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t"])
def test_no_words(word_level, prompt):
    assert words_of(prompt, word_level) == []


@pytest.mark.parametrize("odd", ["\N{CAT FACE}", "\u05d0\u05d1", "\x00", "a\u0301", "cat\u200b"])
def test_odd_characters_give_one_word_each(word_level, odd):
    assert [w.text for w in words_of(f"a {odd} dog", word_level)] == ["a", odd, "dog"]


def test_byte_pairs_know_every_word(byte_pair):
    words = words_of("cat zebra", byte_pair)
    assert [w.known for w in words] == [True, True]
    assert [len(w.token_ids) for w in words] == [1, 5]


def test_count_includes_start_and_end(word_level):
    assert count_tokens("a cat", word_level) == 4
    assert count_tokens("", word_level) == 2
