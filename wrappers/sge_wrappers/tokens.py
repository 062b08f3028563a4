"""Counting tokens, and cutting texts to a number of them."""

from __future__ import annotations

from collections.abc import Callable

from sge_envs.texts import shorten

CountTokens = Callable[[str], int]
"""How many tokens a text has: ``lambda text: len(tokenizer.encode(text))``, by name where the env is to be pickled."""

_SHORTEST = 128  # what ``shorten`` can still write its note into


def approximate_tokens(text: str) -> int:
    """About the tokens of ``text`` without a tokenizer: a quarter of its UTF-8 bytes, and no fewer than its words.

    This is the usual rule of thumb for English; code and other scripts may be far off. Pass your tokenizer's count
    where the limit has to be exact.
    """
    return max(len(text.split()), -(-len(text.encode("utf-8", "surrogatepass")) // 4))


def fit(text: str, limit: int, count: CountTokens) -> str:
    """``text``, or as much of its beginning and end as has at most ``limit`` tokens."""
    if count(text) <= limit:
        return text
    fitting, low, high = "", 0, len(text)
    while low < high:
        size = (low + high + 1) // 2
        part = shorten(text, size) if size >= _SHORTEST else text[:size]
        if count(part) <= limit:
            fitting, low = part, size
        else:
            high = size - 1
    return fitting
