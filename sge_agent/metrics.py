"""Where the numbers of a run go: JSON lines always, the console, TensorBoard; and how they are counted."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TextIO, get_args

from sge_agent.jsonlines import JsonLinesWriter
from sge_agent.transcripts import outcome_of, strategy_of
from sge_agent.types import Group, Role

Row = Mapping[str, Any]
"""The numbers of one update, by name, always with ``update`` (from 1). None is "not measured", never zero."""

OF_EACH_ENV = ("success", "success/hinted", "reward", "distinct_outcomes", "turns", "tokens", "episodes", "errors")


class Logger(Protocol):
    """Something that takes one row per update, and now and then a sentence for people."""

    def log(self, row: Row) -> None: ...

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...


class JsonLinesLogger:
    """One JSON object per update in a file, whole lines only: the record that reports are made from."""

    def __init__(self, path: Path) -> None:
        self._writer = JsonLinesWriter(path)

    def log(self, row: Row) -> None:
        self._writer.append(row)

    def note(self, text: str) -> None:
        """Numbers only: sentences are for people."""

    def close(self) -> None:
        self._writer.close()


class ConsoleLogger:
    """Live progress: one line that renews itself on a terminal, one line per update elsewhere."""

    def __init__(
        self, *, total_updates: int, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total = total_updates
        self._stream = sys.stdout if stream is None else stream
        self._clock = clock
        self._first: tuple[float, int] | None = None
        self._open_line = False

    def log(self, row: Row) -> None:
        if (
            self._first is None
        ):  # the first row's own time is in ``seconds``; what came before it is no guide to the rest
            self._first = (self._clock() - float(row.get("seconds", 0.0)), int(row["update"]) - 1)
        text = progress_line(row, total_updates=self._total, remaining=self._remaining(int(row["update"])))
        if self._stream.isatty():
            self._stream.write(f"\r\x1b[2K{text}")
            self._open_line = True
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def note(self, text: str) -> None:
        self.close()
        self._stream.write(text + "\n")
        self._stream.flush()

    def close(self) -> None:
        if self._open_line:
            self._stream.write("\n")
            self._stream.flush()
            self._open_line = False

    def _remaining(self, update: int) -> float:
        assert self._first is not None
        start, before = self._first
        return (self._clock() - start) / max(update - before, 1) * (self._total - update)


class TensorBoardLogger:
    """Scalars per update under the same names. Needs the package ``tensorboard``."""

    def __init__(self, directory: Path) -> None:
        try:
            writer = importlib.import_module("torch.utils.tensorboard").SummaryWriter
        except ImportError as error:
            raise RuntimeError(
                "TensorBoard logs were asked for, but the package is not installed: pip install tensorboard"
            ) from error
        self._writer = writer(log_dir=str(directory))

    def log(self, row: Row) -> None:
        for name, value in row.items():
            if isinstance(value, int | float) and not isinstance(value, bool) and name != "update":
                self._writer.add_scalar(name, value, int(row["update"]))

    def note(self, text: str) -> None:
        """Numbers only."""

    def close(self) -> None:
        self._writer.close()


def progress_line(row: Row, *, total_updates: int, remaining: float) -> str:
    """What a person wants to see while waiting: how far, how well, how varied, how fast, how long still."""
    width = len(str(total_updates))
    parts = [f"update {int(row['update']):>{width}}/{total_updates}"]
    for name, text in (
        ("success", "success {:.2f}"),
        ("success/hinted", "with hints {:.2f}"),
        ("distinct_outcomes", "outcomes/task {:.1f}"),
        ("tokens_per_second", "{:,.0f} tokens/s"),
    ):
        if row.get(name) is not None:
            parts.append(text.format(float(row[name])))
    parts.append(f"{clock_text(float(row.get('elapsed', 0.0)))} elapsed, {clock_text(remaining)} to go")
    return " | ".join(parts)


def clock_text(seconds: float) -> str:
    """Seconds as people read them: 0:42, 12:05, 3:01:07."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def rollout_metrics(groups: Sequence[Group]) -> dict[str, float | None]:
    """What the episodes of one update say. ``success`` is that of plain episodes; those shown a hint count apart.

    Episodes that broke count in ``errors`` alone. Entropies are nats per token at the temperature of sampling. Where
    several environments were played, the main numbers of each follow under ``env/NAME/``.
    """
    row = _metrics_of(groups)
    envs = dict.fromkeys(group.task.env for group in groups)
    for env in envs if len(envs) > 1 else ():
        own = _metrics_of([group for group in groups if group.task.env == env])
        row |= {f"env/{env}/{name}": own[name] for name in OF_EACH_ENV}
    return row


def _metrics_of(groups: Sequence[Group]) -> dict[str, float | None]:
    played = [t for group in groups for t in group.trajectories if not t.error]
    plain = [t for t in played if not t.spec.hint]
    hinted = [t for t in played if t.spec.hint]
    outcomes = [{outcome_of(t) for t in group.trajectories if not t.error} for group in groups]
    strategies = [{strategy_of(t) for t in group.trajectories if t.strategies and not t.error} for group in groups]
    row: dict[str, float | None] = {
        "success": _mean([float(t.success) for t in plain]),
        "success/hinted": _mean([float(t.success) for t in hinted]),
        "reward": _mean([t.reward for t in plain]),
        "distinct_outcomes": _mean([float(len(names)) for names in outcomes if names]),
        "distinct_strategies": _mean([float(len(texts)) for texts in strategies if texts]),
        "turns": _mean([float(len(t.turns)) for t in played]),
        "tokens": _mean([float(t.sampled_tokens) for t in played]),
        "episodes": float(len(played)),
        "hinted": float(len(hinted)),
        "empty_actions": _mean([float(not turn.action) for t in played for turn in t.turns]),
        "errors": float(sum(bool(t.error) for group in groups for t in group.trajectories)),
    }
    for role in get_args(Role):
        spans = [s for t in played for s in t.segments if s.role == role]
        if spans:
            row[f"entropy/{role}"] = _mean([e for s in spans for e in s.entropies])
            row[f"tokens/{role}"] = sum(s.end - s.start for s in spans) / len(played)
            row[f"cut_off/{role}"] = _mean([float(s.finish == "length") for s in spans])
    return row


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
