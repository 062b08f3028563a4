"""TranscriptRecorder: every episode as JSON lines that people can read."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.utils import RecordConstructorArgs

from sge_agent.jsonlines import JsonLinesWriter, read_json_lines
from sge_envs import UnknownOption
from sge_wrappers.layer import Info, Layer, Step

KEPT = ("action_error", "fault", "env_error", "bonus", "success", "progress", "outcome", "feedback")
"""What is kept of an ``info``, where it is there."""


class TranscriptRecorder(Layer):
    """Writes a line for each reset and each turn, as one write, so that a crash leaves whole lines behind.

    ``target`` is a folder, where every environment makes a file of its own, named after its process; or a path that ends
    in ``.jsonl``, to which this environment alone may write, and which it continues. :func:`show_transcript` prints one.

    Examples:
        >>> import gymnasium, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     env = TranscriptRecorder(gymnasium.make("sge_envs:SGE-ALFWorld-v0"), f"{folder}/play.jsonl")
        ...     _ = env.reset(seed=0)
        ...     _ = env.step("inventory")
        ...     env.close()
        ...     print(list(show_transcript(f"{folder}/play.jsonl"))[-1])
        > inventory
        You are not carrying anything.

    A reset to a snapshot is recorded as one; the turns go on counting where the snapshot has this layer's state.

    Raises:
        UnknownOption: from ``reset``, another recorder writes to this path.
    """

    def __init__(self, env: gymnasium.Env[str, str], target: str | os.PathLike[str]) -> None:
        RecordConstructorArgs.__init__(self, target=os.fspath(target))
        super().__init__(env)
        self._target = Path(target)
        self._file: _OwnFile | None = None
        self._episode = 0
        self._turn = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, Info]:
        observation, info = super().reset(seed=seed, options=options)
        if self._file is None:
            self._file = _OwnFile(self._target)
            self._episode = self._file.episodes
        self._episode += 1
        row = {"kind": "reset", "episode": self._episode, "turn": self._turn, "seed": seed}
        start = {"snapshot": True} if "snapshot" in (options or {}) else {}
        names: Info = {key: info[key] for key in ("task_id", "goal") if key in info}
        self._file.append({**row, **start, **names, "observation": observation})
        return observation, info

    def step(self, action: str) -> Step:
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._turn += 1
        if self._file is not None:
            row = {"kind": "turn", "episode": self._episode, "turn": self._turn, "action": action}
            came = {"observation": observation, "reward": reward, "terminated": terminated, "truncated": truncated}
            self._file.append({**row, **came, **{key: info[key] for key in KEPT if key in info}})
        return observation, float(reward), terminated, truncated, info

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()

    def _begin(self, seed: int | None, observation: str, info: Info) -> str:
        self._turn = 0
        return observation

    def _state(self) -> Info:
        return {"turn": self._turn}

    def _resume(self, state: Info, observation: str, info: Info) -> str:
        self._turn = int(state["turn"])
        return observation


def show_transcript(path: str | os.PathLike[str]) -> Iterator[str]:
    """The lines of a transcript as a person would read them.

    Raises:
        ValueError: a line is no JSON object.
    """
    for row in read_json_lines(Path(path)):
        if row["kind"] == "reset":
            yield f"\n=== episode {row['episode']}: {row.get('goal', row.get('task_id', ''))}\n{row['observation']}"
            continue
        yield f"> {row['action']}\n{row['observation']}"
        notes = [f"{key} {row[key]}" for key in KEPT if row.get(key) not in (None, "")]
        if row["reward"] or row["terminated"] or row["truncated"]:
            notes.insert(0, f"reward {row['reward']:g}")
        if notes:
            yield f"[{', '.join(notes)}]"


class _OwnFile:
    """A transcript that nobody else writes to. ``episodes`` is the number of the last one in it."""

    def __init__(self, target: Path) -> None:
        path = target if target.suffix == ".jsonl" else _new_file(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise UnknownOption(
                f"Another recorder writes to {path}: give a folder, in which every environment makes its own file."
            ) from error
        self._writer = JsonLinesWriter(path)
        self.episodes = max((int(row["episode"]) for row in read_json_lines(path)), default=0)

    def append(self, row: dict[str, Any]) -> None:
        self._writer.append(row)

    def close(self) -> None:
        self._writer.close()
        os.close(self._lock)  # which lets go of the lock


def _new_file(folder: Path) -> Path:
    """An empty file that did not exist before, named after this process."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = folder / (f"worker-{os.getpid()}.jsonl" if number == 1 else f"worker-{os.getpid()}-{number}.jsonl")
        try:
            path.open("x").close()
        except FileExistsError:
            number += 1
        else:
            return path
