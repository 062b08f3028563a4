"""A corridor that can be kept and returned to: the goal is at its end."""

from __future__ import annotations

from typing import Any


class Corridor:
    """Places 0 to ``length``; "go" leads on, anything else stays. Won at the end, lost after ``horizon`` turns."""

    def __init__(self, *, length: int = 6, horizon: int = 3) -> None:
        self.length, self.horizon = length, horizon
        self.starts: list[int] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        self.place = (options or {}).get("snapshot", b"\0")[0]
        self.turn = 0
        self.starts.append(self.place)
        return self._observation, self._info

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.place += action.strip() == "go"
        self.turn += 1
        won, lost = self.place == self.length, self.turn == self.horizon
        info = self._info | ({"success": won} if won or lost else {})
        return self._observation, float(won), won, lost and not won, info

    def snapshot(self) -> bytes:
        return bytes([self.place])

    def close(self) -> None: ...

    @property
    def _observation(self) -> str:
        return f"You are at place {self.place}."

    @property
    def _info(self) -> dict[str, Any]:
        return {"state_key": str(self.place)}
