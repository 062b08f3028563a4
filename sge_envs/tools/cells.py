"""Python cells as actions: code in the sandbox, with the tools as methods of ``apis``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sge_envs.code.extract import extract_code
from sge_envs.code.sandbox import HostError, Limits, Session, get_sandbox
from sge_envs.texts import shorten
from sge_envs.tools.scenario import Call
from sge_envs.tools.toolbox import all_operations
from sge_envs.world.world import Result

LIMITS = Limits(wall_seconds=10.0)
MAX_OUTPUT = 20_000


class Cells:
    """A Python session of one episode. The sandbox starts with the first cell, and ends with the episode."""

    def __init__(self, carry_out: Callable[[Call], Result], *, unsafe: bool) -> None:
        self._carry_out = carry_out
        self._unsafe = unsafe
        self._session: Session | None = None

    def run(self, message: str) -> tuple[str, str | None]:
        """Run the code of a message: what it printed, and the error that it ended with (None: none).

        Raises:
            SGEError: no sandbox works here.
        """
        code = extract_code(message).code
        if not code.strip():
            text = "There is no code in the message: write Python in a fenced block."
            return text, text
        if self._session is None or not self._session.alive:
            self._session = get_sandbox(unsafe=self._unsafe).session(limits=LIMITS, host=self._answer)
        result = self._session.run_cell(code)
        parts = [one for one in (result.output.rstrip("\n"), result.value_repr, result.error) if one]
        if not result.alive:
            parts.append("The session ended with this: variables are gone, the apps are as they were left.")
        error = result.error.strip().rpartition("\n")[2] if result.error else None
        return shorten("\n".join(parts) or "(nothing was printed)", MAX_OUTPUT), error

    def close(self) -> None:
        """End the session, if there is one."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _answer(self, request: Any) -> Any:
        name = ".".join(request["path"])
        operation = all_operations().get(name)
        arguments: dict[str, Any] = dict(request["kwargs"])
        if operation is not None:
            names = [one.name for one in operation.parameters]
            if len(request["args"]) > len(names):
                raise HostError(f"{name} takes at most {len(names)} arguments, got {len(request['args'])}.")
            arguments = dict(zip(names, request["args"])) | arguments
        result = self._carry_out(Call(name, arguments))
        if not result.ok:
            raise HostError(result.message)
        return result.value
