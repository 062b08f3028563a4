"""Run folders made by hand, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sge_agent.jsonlines import JsonLinesWriter, write_json_atomically
from sge_agent.transcripts import TranscriptWriter
from sge_agent.types import Context, EpisodeSpec, Group, Segment, Source, TaskRef, Trajectory, Turn


def decode(tokens: Sequence[int]) -> str:
    return bytes(tokens).decode("utf-8", "replace")


def episode(
    *,
    task: int = 0,
    strategy: str = "look up",
    success: bool = False,
    hint: str = "",
    seed: int = 0,
    sources: tuple[Source, ...] = (),
) -> Trajectory:
    """One turn: a strategy and an action, one token per byte, improbable at its start."""
    tokens = list(b"A room.\n")
    segments = []
    for role, text, temperature in (("strategy", strategy, 1.2), ("action", "go up", 0.7)):
        written = text.encode()
        segments.append(
            Segment(
                role=role,  # type: ignore[arg-type]
                context=0,
                start=len(tokens),
                end=len(tokens) + len(written),
                logprobs=(-5.0,) + (-0.01,) * (len(written) - 1),
                temperatures=(temperature,) * len(written),
                text=text,
            )
        )
        tokens += written
    info = {"success": success, "outcome": "won" if success else "lost", "feedback": "" if success else "Too <dark>."}
    turn = Turn("A room.", tuple(segments), strategy, "go up", float(success), True, False, info)
    spec = EpisodeSpec(TaskRef("toy", task), seed=seed, hint=hint, sources=sources)
    return Trajectory(spec, (turn,), (Context(tuple(tokens)),), {"goal": f"shine in room {task}"}, "Dark.")


def write_run(
    path: Path,
    *,
    success: Sequence[float] = (0.0, 0.25, 0.5, 1.0),
    groups: Sequence[Group] | None = None,
    final: float | None = 0.75,
    status: str = "finished",
    **config: object,
) -> Path:
    """A run folder with one row per value of ``success``; no evaluations when ``final`` is None. ``config`` joins the
    settings."""
    path.mkdir(parents=True)
    write_json_atomically(
        path / "config.json", {"env": "toy", "explore": "sge", "seed": 3, "learning_rate": 1e-6, **config}
    )
    write_json_atomically(path / "status.json", {"status": status, "error": ""})
    with JsonLinesWriter(path / "metrics.jsonl") as metrics:
        for update, value in enumerate(success, start=1):
            metrics.append(
                {
                    "update": update,
                    "success": value,
                    "success/hinted": None,
                    "distinct_outcomes": 2.0,
                    "tokens_per_second": 900.0,
                    "entropy/strategy": 1.0 / update,
                    "entropy/action": 0.1,
                    "seconds": 2.0,
                    "seconds/playing": 1.0,
                    "seconds/learning": 0.5,
                    "elapsed": 2.0 * update,
                    "turns_total": 10 * update,
                    "episodes_total": 8 * update,
                    "tokens_total": 100 * update,
                    "eval/train": value if update % 2 == 0 else None,
                }
            )
    if final is not None:
        result = {"train": _evaluation(final), "held_out": _evaluation(final / 2)}
        write_json_atomically(path / "eval.json", {"before": {"train": _evaluation(0.0)}, "after": result})
    if groups is not None:
        with TranscriptWriter(path / "transcripts.jsonl", decode, per_update=100) as transcripts:
            for update, group in enumerate(groups, start=1):
                transcripts.write([group], phase="train", update=update)
    return path


def _evaluation(mean: float) -> dict[str, object]:
    return {
        "temperature": 0.7,
        "episodes": 32,
        "successes": round(32 * mean),
        "errors": 0,
        "pass_at": {"1": {"mean": mean, "low": max(0.0, mean - 0.1), "high": min(1.0, mean + 0.1)}},
        "distinct_outcomes": 1.5,
        "turns": 1.0,
        "tokens": 12.0,
        "tasks": [{"task": f"toy#{i}", "episodes": 8, "successes": 0, "outcomes": {}} for i in range(4)],
    }
