"""The word-level tokenizer that the zoo's text encoders share."""

from __future__ import annotations

from typing import Any

from genlens.worlds import vocabulary

SPECIAL = ("<pad>", "<s>", "</s>", "<unk>")
MAX_TOKENS = 24


def build_tokenizer(max_length: int = MAX_TOKENS) -> Any:
    """A transformers fast tokenizer: lower case, punctuation dropped, one token a word, "'s" a
    token of its own, words the world does not know become ``<unk>``."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    ids = {w: i for i, w in enumerate((*SPECIAL, *vocabulary.all_words()))}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Lowercase(),
            normalizers.Replace("\u2019", "'"),
            normalizers.Replace(Regex(r"'(?!s\b)"), ""),
            normalizers.Replace(Regex(r"[^\w\s'-]"), ""),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(r"'s$"), "isolated")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", ids["<s>"]), ("</s>", ids["</s>"])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=max_length,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        padding_side="right",
        clean_up_tokenization_spaces=False,
    )


def encode(tokenizer: Any, texts: list[str]) -> Any:
    """(n, max_length) int64 token ids, padded and truncated."""
    return tokenizer(
        texts,
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    ).input_ids
