from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from sge_agent.policies.stops import Stops


def decode(tokens: Sequence[int]) -> str:
    return bytes(tokens).decode("utf-8", "replace")


def first_end(stops: Stops, tokens: Sequence[int]) -> int | None:
    """How many tokens are written until the span ends."""
    return next((n for n in range(1, len(tokens) + 1) if stops.ended(tokens[:n])), None)


@given(st.text("ab\n</é", max_size=40), st.lists(st.text("ab\n</é", min_size=1, max_size=5), max_size=3))
def test_a_span_ends_with_the_token_that_completes_the_first_mark(text: str, marks: list[str]) -> None:
    tokens = text.encode()
    ends = [text.index(mark) + len(mark) for mark in marks if mark in text]
    expected = min((len(text[:end].encode()) for end in ends), default=None)
    assert first_end(Stops(marks, decode), tokens) == expected


def test_tokens_that_cannot_complete_a_mark_are_turned_into_text_once() -> None:
    calls: list[int] = []

    def counting(tokens: Sequence[int]) -> str:
        calls.append(len(tokens))
        return decode(tokens)

    stops = Stops(["\n"], counting)
    written = list(b"abababab")
    assert first_end(stops, written) is None
    assert len(calls) == 2


def test_a_mark_inside_a_longer_token_counts() -> None:
    pieces = ["go", ".\n\n", "x"]
    stops = Stops(["\n"], lambda tokens: "".join(pieces[t] for t in tokens))
    assert first_end(stops, [0, 1, 2]) == 2
