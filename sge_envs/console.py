"""A person at a terminal, or a pipe in their place: lines in, with completion and answers of several lines; text out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal, TextIO

from sge_envs.errors import SGEError

Style = Literal["plain", "loud", "quiet", "good", "bad"]
CODES: dict[Style, str] = {"plain": "", "loud": "1", "quiet": "2", "good": "1;32", "bad": "1;31"}

OPENING, CLOSING = "<<<", ">>>"
"""The lines around an answer of several lines."""


class Console:
    """Reads lines from ``source`` and writes to ``target``.

    Colour and completion only where both are a terminal (and the variable ``NO_COLOR`` is not set); what comes from a pipe
    is written out again, so that the output reads as a transcript.
    """

    def __init__(self, source: TextIO, target: TextIO) -> None:
        self._source = source
        self._target = target
        self._typed = source.isatty() and target.isatty()
        self._coloured = target.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self._words: Sequence[str] = ()
        if self._typed:
            self._complete_with_tab()

    def offer(self, words: Sequence[str]) -> None:
        """What the next line can be completed to."""
        self._words = words

    def matches(self, start: str) -> list[str]:
        """The words on offer that begin like this."""
        return [word for word in self._words if word.startswith(start)]

    def ask(self, prompt: str) -> str | None:
        """The next line, without its end; None when there are no more."""
        try:
            if self._typed:
                return input(prompt)
            line = self._source.readline()
        except EOFError:
            self.say("")
            return None
        except UnicodeDecodeError as error:
            raise SGEError(f"The input is no UTF-8 ({error}): save it as UTF-8.") from error
        if not line:
            return None
        self.say(prompt + line.rstrip("\n"))
        return line.rstrip("\n")

    def ask_all(self) -> str | None:
        """Lines up to the one that closes the answer; None when the input ends before it."""
        lines: list[str] = []
        while (line := self.ask("... ")) is not None:
            if line.rstrip() == CLOSING:
                return "\n".join(lines)
            lines.append(line)
        return None

    def say(self, text: str, style: Style = "plain") -> None:
        """Write a text. Control characters, which could play tricks on a terminal, are shown as a replacement sign."""
        shown = "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)
        code = CODES[style] if self._coloured else ""
        self._target.write(f"\x1b[{code}m{shown}\x1b[0m\n" if code else f"{shown}\n")
        self._target.flush()

    def _complete_with_tab(self) -> None:
        try:
            import readline
        except ImportError:  # a Python that was built without it: all but completion and history works
            return
        readline.set_completer_delims("")  # an action is completed as a whole, with its spaces
        readline.set_completer(lambda start, number: dict(enumerate(self.matches(start))).get(number))
        readline.parse_and_bind("tab: complete")
