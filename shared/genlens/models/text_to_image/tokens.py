"""A prompt's words with the sub-word tokens a model's tokenizer makes of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from genlens.models.contracts import Word

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Suggest = Callable[[str], list[str]]
_MAX_SUGGESTIONS = 3


def words_of(
    prompt: str,
    tokenizer: PreTrainedTokenizerBase,
    suggest: Suggest | None = None,
    *,
    lower: bool = False,
) -> list[Word]:
    """The whitespace words of ``prompt`` in order, as typed, each with its token ids.

    Args:
        prompt: any text; the empty prompt has no words.
        tokenizer: a Hugging Face tokenizer, byte-pair or word-level.
        suggest: names better replacements for an unknown word, best first; without it the
            vocabulary's nearest spellings are offered.
        lower: whether the pipeline hands the prompt on in lower case.

    Returns:
        Words; ``known`` is False where the tokenizer has nothing but its unknown token for a word
        (punctuation and a possessive "'s" do not count). A byte-pair tokenizer knows every word.
        ``read`` is False from the first word on that does not fit into the tokenizer's length.
    """
    unknown_id = _unknown_id(tokenizer)
    words: list[Word] = []
    grouped = _token_ids(lowered(prompt) if lower else prompt, tokenizer)
    for text, ids, read in zip(prompt.split(), grouped, _fits(grouped, tokenizer), strict=True):
        content = [i for i in ids if i == unknown_id or not _is_decoration(tokenizer, i)]
        known = any(i != unknown_id for i in content) if content else bool(ids)
        suggestions = () if known else _suggestions(text, tokenizer, suggest)
        words.append(Word(text, token_ids=ids, known=known, suggestions=suggestions, read=read))
    return words


def _fits(grouped: list[tuple[int, ...]], tokenizer: PreTrainedTokenizerBase) -> list[bool]:
    """Whether each word's tokens fit, with those before it and the start and end tokens."""
    room = tokenizer.model_max_length - count_tokens("", tokenizer)
    fits, used = [], 0
    for group in grouped:
        used += len(group)
        fits.append(used <= room)
    return fits


def count_tokens(prompt: str, tokenizer: PreTrainedTokenizerBase) -> int:
    """How many tokens ``prompt`` becomes, with the tokenizer's start and end tokens."""
    return len(tokenizer(prompt, truncation=False, verbose=False)["input_ids"])


def lowered(prompt: str) -> str:
    """``prompt`` in lower case, its words at single spaces."""
    return " ".join(word.lower() for word in prompt.split())


def positions_of(
    prompt: str, tokenizer: PreTrainedTokenizerBase, *, lower: bool = False
) -> list[tuple[int, ...]]:
    """For each whitespace word of ``prompt`` the places of its tokens in the encoded prompt, start
    token included; () for a word that is cut off, in whole or in part, because the prompt is too
    long, and for one without tokens. ``lower`` as of ``words_of``."""
    prompt = lowered(prompt) if lower else prompt
    whole = tokenizer(prompt, truncation=False, verbose=False)["input_ids"]
    bare = tokenizer(prompt, add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
    before = next(i for i in range(len(whole)) if whole[i : i + len(bare)] == bare)
    end = min(len(whole), tokenizer.model_max_length) - (len(whole) - len(bare) - before)
    places, at = [], before
    for group in _token_ids(prompt, tokenizer):
        to = at + len(group)
        places.append(tuple(range(at, to)) if to <= end else ())
        at = to
    return places


def blank_of(word: Word, tokenizer: PreTrainedTokenizerBase) -> str | None:
    """The text that ``tokenizer`` reads as one padding token for each token of ``word``; None where
    it does not read its padding token back from text."""
    pad, number = tokenizer.pad_token, tokenizer.pad_token_id
    if pad is None:
        return None
    text = " ".join([str(pad)] * len(word.token_ids))
    read = tokenizer(text, add_special_tokens=False)["input_ids"] if text else []
    return text if list(read) == [number] * len(word.token_ids) else None


def _token_ids(prompt: str, tokenizer: PreTrainedTokenizerBase) -> list[tuple[int, ...]]:
    """Token ids for each whitespace word, read off one encoding of the whole prompt."""
    spans = [(m.start(), m.end()) for m in re.finditer(r"\S+", prompt)]
    if not tokenizer.is_fast:
        return [
            tuple(tokenizer(prompt[a:b], add_special_tokens=False)["input_ids"]) for a, b in spans
        ]
    coded = tokenizer(
        prompt,
        add_special_tokens=False,
        return_offsets_mapping=True,
        truncation=False,
        verbose=False,
    )
    groups: list[list[int]] = [[] for _ in spans]
    for token, (start, end) in zip(coded["input_ids"], coded["offset_mapping"], strict=True):
        for group, (a, b) in zip(groups, spans, strict=True):
            # Some tokenizers count the space before a word as part of its first token.
            if start < b and end > a:
                group.append(token)
                break
    return [tuple(group) for group in groups]


def _unknown_id(tokenizer: PreTrainedTokenizerBase) -> int | None:
    """The id that stands for unknown words, or None where there is no such thing.

    CLIP's byte-pair tokenizer names its end-of-text token as the unknown one; every text has a
    byte-pair spelling, so that id never means "unknown".
    """
    unknown = tokenizer.unk_token_id
    if unknown is None or unknown == tokenizer.eos_token_id:
        return None
    return int(unknown)


def _is_decoration(tokenizer: PreTrainedTokenizerBase, token: int) -> bool:
    """Whether a token is punctuation or a possessive ending, which no one looks up."""
    text = str(tokenizer.convert_ids_to_tokens(token))
    return text in ("'s", "\N{RIGHT SINGLE QUOTATION MARK}s") or not any(c.isalnum() for c in text)


def _suggestions(
    text: str, tokenizer: PreTrainedTokenizerBase, suggest: Suggest | None
) -> tuple[str, ...]:
    """Up to three known words near ``text``, best first."""
    bare = re.sub(r"\W+$|^\W+", "", re.sub(r"['\u2019]s\W*$", "", text.lower()))
    if not bare:
        return ()
    if suggest is not None:
        return tuple(suggest(bare))[:_MAX_SUGGESTIONS]
    special = set(tokenizer.all_special_tokens)
    vocabulary = [w for w in tokenizer.get_vocab() if w.isalpha() and w not in special]
    return tuple(difflib.get_close_matches(bare, vocabulary, _MAX_SUGGESTIONS, cutoff=0.5))
