"""When a sampled span ends: a stop mark has been written, or the model has said that its turn is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_BROKEN = "\N{REPLACEMENT CHARACTER}"


class Stops:
    """Whether the token just written completes one of ``marks``.

    Only tokens whose own text holds the last character of a mark can complete it; the others are never looked at twice,
    since turning tokens into text after every token would cost more than a small model's forward pass.
    """

    def __init__(self, marks: Sequence[str], decode: Callable[[Sequence[int]], str]) -> None:
        self._marks = tuple(mark for mark in marks if mark)
        self._decode = decode
        self._endings = frozenset(mark[-1] for mark in self._marks)
        self._hidden = " " in self._endings  # some tokenizers hide a space at the edge of a lone token
        self._window = max((len(mark.encode()) for mark in self._marks), default=0) + 4
        self._suspects: dict[int, bool] = {}

    def ended(self, tokens: Sequence[int]) -> bool:
        """``tokens``: all tokens of the span so far."""
        if not self._marks:
            return False
        last = tokens[-1]
        suspect = self._suspects.get(last)
        if suspect is None:
            text = self._decode([last])
            suspect = self._hidden or _BROKEN in text or not self._endings.isdisjoint(text)
            self._suspects[last] = suspect
        if not suspect:
            return False
        text = self._decode(tokens[-self._window :])
        return any(mark in text for mark in self._marks)
