"""What can be wrong with a call of an operation, and with the operation itself."""

from __future__ import annotations

from typing import Literal

from sge_envs.errors import SGEError

ErrorCode = Literal[
    "unknown_operation",
    "missing_argument",
    "unknown_argument",
    "invalid_argument",
    "not_found",
    "not_allowed",
    "conflict",
    "limit_reached",
]
"""The kinds of refusal: the first four before an operation runs, the others by the operation itself."""


class OperationError(Exception):
    """A call that is refused, with a code and one clear sentence. ``World.call`` turns it into a ``Result``."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message


class BadOperation(SGEError, TypeError):
    """A function that cannot be an operation: an annotation or its documentation is missing or not understood."""


def not_found(what: str, identity: int | str) -> OperationError:
    """The refusal for a thing that does not exist: ``raise not_found("mail", 17)``."""
    return OperationError("not_found", f"There is no {what} {identity!r}.")


def not_allowed(message: str) -> OperationError:
    """The refusal for what the user has no right to do."""
    return OperationError("not_allowed", message)


def conflict(message: str) -> OperationError:
    """The refusal for what does not fit the state as it is."""
    return OperationError("conflict", message)


def invalid(message: str) -> OperationError:
    """The refusal for arguments that are right one by one and wrong together."""
    return OperationError("invalid_argument", message)


def limit_reached(message: str) -> OperationError:
    """The refusal for what would pass a limit: money, space, numbers."""
    return OperationError("limit_reached", message)
