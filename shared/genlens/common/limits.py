"""The largest values that command line, links, pages and API take: written once, checked where a
value is used."""

MAX_WORDS = 8
"""Of a prompt: an explanation draws one image for each of the 2**words sub-prompts; 8 words are 256
images."""

MOST_WORDS = 20
"""Of a prompt, for estimators that draw a part of the sub-prompts only (``prompts.estimators``)."""

MAX_CHARS = 300
"""Of a prompt, as typed."""

MAX_SEED = 2**31 - 1
"""The largest seed that every generator behind genlens takes."""

MAX_STEPS = 200
"""Denoising steps of one image."""

MAX_GUIDANCE = 30.0
"""Scale of classifier-free guidance."""
