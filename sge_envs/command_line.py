"""What any command line needs: complaints of one line that know what was meant, and an output that may go away."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from sge_envs.errors import SGEError, TaskNotFound, UnknownOption, did_you_mean

FAILED, WRONG_WORDS, STOPPED, NO_READER = 1, 2, 130, 141
"""Exit statuses: 130 after Ctrl-C and 141 after a broken pipe, as shells have them."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_WORDS, f"{self.prog}: error: {message} (see {self.prog} --help)\n")

    def refuse(self, word: str) -> NoReturn:
        """Complain of a word that nothing takes, and name the nearest option if it looks like one."""
        name = word.partition("=")[0]
        if not name.startswith("-"):
            self.error(f"what is {name!r}?")
        flags = [flag for action in self._actions for flag in action.option_strings]
        self.error(f"there is no option {name!r}.{did_you_mean(name, flags)}")

    def demand(self, word: str, choices: Iterable[str]) -> None:
        """Complain of a command that does not exist."""
        names = list(choices)
        if word not in names:
            self.error(f"there is no command {word!r}.{did_you_mean(word, names)}")


def guarded(run: Callable[[], int], *, name: str) -> int:
    """The exit status of a command, with what goes wrong told in one line instead of a traceback.

    Signs that the output's encoding lacks are shown as question marks.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        try:
            return run()
        finally:
            sys.stdout.flush()  # here, and not when Python ends, where nothing could be told of it
    except KeyboardInterrupt:
        return STOPPED
    except SGEError as error:  # its message says how to mend it
        print(f"{name}: {error}", file=sys.stderr)
        return WRONG_WORDS if isinstance(error, UnknownOption | TaskNotFound) else FAILED
    except BrokenPipeError:
        _give_up_output()
        return NO_READER
    except OSError as error:
        _give_up_output()
        place = f" ({error.filename})" if error.filename else ""
        print(f"{name}: {error.strerror or error}{place}", file=sys.stderr)
        return FAILED


def _give_up_output() -> None:
    """Throw away what cannot be written: Python would try again, and complain, when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
