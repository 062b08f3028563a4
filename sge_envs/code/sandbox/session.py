"""A live session: cells of Python one after the other, with state and files that persist."""

from __future__ import annotations

from types import TracebackType

from sge_envs.code.sandbox.answers import clean, read_answer
from sge_envs.code.sandbox.api import Answer, CellResult, Value
from sge_envs.code.sandbox.case import Case, Ended, Host, HostError

_GRACE_SECONDS = 0.5
"""How long a cell may take to stop after it was told to, before the session is ended."""


class Session:
    """One Python process in a sandbox. Use it with ``with``, or ``close`` it. For one thread at a time."""

    def __init__(self, case: Case, host: Host | None) -> None:
        self._case = case
        self._host = host or _no_host

    @property
    def alive(self) -> bool:
        """Whether the next cell can run."""
        return self._case.alive

    def run_cell(self, code: str) -> CellResult:
        """Run one cell and say what it printed, the ``repr`` of its last expression, and its error.

        A cell that takes longer than ``wall_seconds`` is stopped with ``TimeoutError``; if it does not stop, or exceeds
        another limit, the session ends. Calls to the host do not count. What a host function raises is raised here,
        except ``HostError``.
        """
        if not self.alive:
            return CellResult("", error="The session has ended.", status="unreached", alive=False)
        seconds = self._case.limits.wall_seconds
        try:
            said = self._case.exchange(["cell", code, seconds], seconds + _GRACE_SECONDS, self._host)
        except Ended as end:
            return CellResult(self._take_output(), error=end.detail, status=end.status, alive=False)
        except BaseException:
            self.close()  # the host function failed in the middle of a cell
            raise
        return self._read(read_answer(said, output=self._take_output()))

    def close(self) -> None:
        """End the process and everything in its sandbox; its files are gone."""
        self._case.close()

    def _take_output(self) -> str:
        return self._case.take_output()[-1]

    def _read(self, answer: Answer) -> CellResult:
        if answer.status == "memory":
            return CellResult(answer.output, error="MemoryError\n", status="memory")
        texts = answer.value if type(answer.value) is list else []
        if answer.status != "value" or len(texts) != 2 or not all(text is None or type(text) is str for text in texts):
            self.close()
            return CellResult(answer.output, error="The answer cannot be believed.", status="malformed", alive=False)
        value, error = (None if text is None else clean(text) for text in texts)
        return CellResult(answer.output, value, error, "value" if error is None else "exception")

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _no_host(request: Value) -> Value:
    raise HostError("This session has nobody to ask.")
