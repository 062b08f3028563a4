"""From the lines of the channel to answers, trusting nothing in them but their being of the right request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sge_envs.code.sandbox.api import Answer, Call, Fault, Methods
from sge_envs.code.sandbox.case import Case, Ended
from sge_envs.code.sandbox.inside import wire

_LONGEST_TEXT = 10_000


def ask(case: Case, message: list[Any], seconds: float) -> Answer:
    """Send a message to a case and say what became of it."""
    if not case.alive:
        return Answer("unreached", detail="An earlier request ended the sandbox.")
    try:
        said = case.exchange(message, seconds)
    except Ended as error:
        return Answer(error.status, output=case.take_output()[-1], detail=error.detail)
    answer = read_answer(said, output=case.take_output()[-1])
    if answer.status == "malformed" and said[0] != "foreign":
        case.close()
    return answer


def run_whole(case: Case, program: str, seconds: float) -> Answer:
    """Run a program to its end; the answer is what it wrote to standard output, whether it ended by itself or by ``os._exit``."""
    try:
        said = case.exchange(["program", program], seconds)
    except Ended as error:
        written, errors = case.take_output()
        if error.status == "killed" and case.code == 0:
            return Answer("value", written, output=errors)
        return Answer(error.status, output=errors, detail=error.detail)
    written, errors = case.take_output()
    answer = read_answer(said, output=errors)
    return replace(answer, value=written) if answer.status == "value" else answer


def read_answer(said: list[Any], *, output: str) -> Answer:
    """The answer in the words after the number of the request."""
    try:
        kind, payload = said
        if kind == "value":
            return Answer("value", wire.decode(payload), output=output)
        if kind == "foreign":
            return Answer("malformed", output=output, detail=f"It answered {clean(payload)}.")
        if kind in ("exception", "memory"):
            fault = read_fault(payload)
            return Answer(kind, fault=fault, output=output, detail=f"{fault.type}: {fault.message}".removesuffix(": "))
    except (wire.Malformed, TypeError, ValueError) as error:
        return Answer("malformed", output=output, detail=f"The answer cannot be believed: {error}.")
    return Answer("malformed", output=output, detail="The answer cannot be believed: of no known kind.")


def read_fault(payload: Any) -> Fault:
    """The exception that the driver described. Raises ``ValueError`` if this is no description."""
    type_name, message, traceback, line = payload
    if line is not None and type(line) is not int:
        raise ValueError("a line that is no number")
    return Fault(clean(type_name), clean(message), clean(traceback), line)


def clean(text: Any) -> str:
    """Text from inside, of bounded length and without what cannot be encoded."""
    if type(text) is not str:
        raise ValueError("no text")
    return text[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")


def write_request(request: Call | Methods) -> list[Any]:
    """The message for a request. Raises ``TypeError`` for arguments that are not of built-in types."""
    args = [wire.encode(one) for one in request.args]
    if isinstance(request, Call):
        kwargs = [[name, wire.encode(one)] for name, one in request.kwargs]
        return ["call", request.entry, args, kwargs, request.answer == "arguments"]
    calls = [[name, [wire.encode(one) for one in words]] for name, words in request.calls]
    return ["methods", request.entry, args, calls]
