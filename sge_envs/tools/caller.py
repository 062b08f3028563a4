"""From a message to carried-out calls and a text that says what they gave: the same for every environment of tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Literal

from sge_envs.errors import UnknownOption, did_you_mean
from sge_envs.texts import shorten
from sge_envs.tools.formats import Broken, read_json, read_text
from sge_envs.tools.scenario import Call
from sge_envs.world.operation import Operation
from sge_envs.world.world import Result

Plain = Literal["json", "text"]
CALL_FAULTS = frozenset({"unknown_operation", "missing_argument", "unknown_argument", "invalid_argument"})
"""Errors that say that the call was wrong, not that the world refused it."""


class Caller:
    """Reads the calls of a message, carries them out in order and says what each gave.

    ``over`` says whether the episode has ended meanwhile: what follows then is left out. ``max_calls`` bounds the calls of one
    message, ``max_result_chars`` the text shown of one result.

    Raises:
        UnknownOption: a bound is too small.
    """

    def __init__(
        self,
        carry_out: Callable[[Call], Result],
        *,
        operations: Mapping[str, Operation],
        format: Plain,
        over: Callable[[], bool],
        max_calls: int,
        max_result_chars: int,
    ) -> None:
        if max_calls < 1 or max_result_chars < 256:
            raise UnknownOption(
                "Expected max_calls of at least 1 and max_result_chars of at least 256, "
                f"got {max_calls} and {max_result_chars}."
            )
        self._carry_out = carry_out
        self._operations = operations
        self._format = format
        self._over = over
        self._max_calls = max_calls
        self._max_result_chars = max_result_chars

    def run(self, message: str) -> tuple[str, str | None]:
        """What is shown to the player, and what was wrong with the message or its first wrong call (None: nothing)."""
        read = read_json(message) if self._format == "json" else read_text(message, self._operations)
        if isinstance(read, Broken):
            return read.message, read.message
        lines: list[str] = []
        error = None
        for call in read[: self._max_calls]:
            result = self._carry_out(call)
            if result.error in CALL_FAULTS and error is None:
                error = result.message
            said = shorten(said_of(result), self._max_result_chars)
            lines.append(f"{ascii(call.name)[1:61].rstrip(chr(39))}: {said}" if len(read) > 1 else said)
            if self._over():
                return "\n".join(lines), error
        if len(read) > self._max_calls:
            left = len(read) - self._max_calls
            lines.append(f"{left} more calls were not carried out: at most {self._max_calls} in one action.")
        return "\n".join(lines), error


def said_of(result: Result) -> str:
    """A result as the player sees it."""
    if not result.ok:
        return f"Error: {result.message}"
    return result.value if isinstance(result.value, str) else json.dumps(result.value, ensure_ascii=False)


def check_choice(value: object, choices: tuple[str, ...], what: str) -> None:
    """Raise ``UnknownOption``, with the nearest, unless ``value`` is one of ``choices``."""
    if value not in choices:
        raise UnknownOption(f"There is no {what} {value!r}.{did_you_mean(str(value), choices)}")
