"""What can go wrong on the environments' side. Every message says what was expected, what came, and how to mend it.

SGEError
├── MissingExtra     (also ImportError)    a package of an extra is not installed
├── DataCorrupt      (also ValueError)     a data file is missing, damaged or of another version
├── TaskNotFound     (also LookupError)    no task with this id or index
├── UnknownOption    (also ValueError)     an option, or the value of one, that does not exist
│   └── UnknownSplit (also LookupError)    no split with this name
├── SnapshotError    (also ValueError)     a snapshot that is foreign, damaged or cannot be taken
├── ResetNeeded                            an episode has not begun, or is over
├── EnvClosed                              the environment was closed
├── NotText          (also TypeError)      an action that is no ``str``
└── ContractError    (also AssertionError) ``check_text_env`` found broken sentences

All take one message and nothing else, because gymnasium's vector environments carry an error from a worker to its
parent by calling its class with the original error. Text that a model wrote is never an error: see ``Reply.error`` in
``core.py``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import gymnasium

DISTRIBUTION = "strategy-guided-exploration"
"""The name under which pip knows this library."""


class SGEError(Exception):
    """Root of all errors of the environments."""


class MissingExtra(SGEError, gymnasium.error.DependencyNotInstalled, ImportError):
    """A package that only an extra brings is not installed."""

    @classmethod
    def of(cls, extra: str, *, package: str, purpose: str) -> MissingExtra:
        """The error for ``package`` of ``extra``, which ``purpose`` ("playing TextWorld games") needs."""
        return cls(f"{purpose} needs the package {package!r}, which is not installed here. Mend it: {install(extra)}")


class DataCorrupt(SGEError, ValueError):
    """A data file is missing, damaged, or of another version."""


class TaskNotFound(SGEError, LookupError):
    """No task has this id or index."""


class UnknownOption(SGEError, ValueError):
    """An option, or the value of one, that does not exist."""


class UnknownSplit(UnknownOption, LookupError):
    """No split has this name."""


class SnapshotError(SGEError, ValueError):
    """A snapshot is foreign or damaged, or cannot be taken or restored."""


class ResetNeeded(SGEError, gymnasium.error.ResetNeeded):
    """An episode has not begun, or is over: call ``reset``."""


class EnvClosed(SGEError, gymnasium.error.ClosedEnvironmentError):
    """The environment was closed: make a new one."""


class NotText(SGEError, TypeError):
    """An action is not a ``str``."""


class ContractError(SGEError, AssertionError):
    """An environment breaks sentences of the contract; the message names them."""


def install(extra: str) -> str:
    """The one command that installs ``extra``."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """The end of an error message: the choice nearest to ``word`` if one is near, and the choices if they are few."""
    names = list(choices)
    near = difflib.get_close_matches(word, names, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    if not names:
        return guess
    some = ", ".join(repr(name) for name in names[:12])
    return f"{guess} There is: {some}{', ...' if len(names) > 12 else ''}."
