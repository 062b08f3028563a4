"""Episodes on disk: versioned JSON lines with every token's text, log-probability and temperature, read back as
trajectories.

What is not kept: ``Turn.requests`` (they follow from the agent), ``EpisodeSpec.start`` (a snapshot) and the list
``admissible_actions`` of ``info`` (long, and found again by playing the actions). Keys may join within a version: files
without them are read as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sge_agent.jsonlines import JsonLinesWriter, read_json_lines
from sge_agent.types import Context, EpisodeSpec, Group, SamplingParams, Segment, Source, TaskRef, Trajectory, Turn

VERSION = 1

Decode = Callable[[Sequence[int]], str]


@dataclass(frozen=True, slots=True)
class Transcript:
    """One episode read back. ``texts[t][s]`` are the texts of the tokens of segment s of turn t."""

    phase: str
    update: int
    group: int
    member: int
    trajectory: Trajectory
    texts: tuple[tuple[tuple[str, ...], ...], ...]

    @property
    def outcome(self) -> str:
        return outcome_of(self.trajectory)

    @property
    def feedback(self) -> str:
        return str(self.trajectory.last_info.get("feedback") or "")


class TranscriptWriter:
    """Writes episodes to one file, bounded: every ``every``-th update of training, and at most ``per_update`` episodes
    of one update.

    Of an update the first episode of every group is taken before the second of any, so that all tasks are seen.
    Whatever the bounds, the first success on every task is written: it is what people look for.
    """

    def __init__(self, path: Path, decode: Decode, *, every: int = 1, per_update: int = 16) -> None:
        if every < 1 or per_update < 0:
            raise ValueError(f"every must be >= 1 and per_update >= 0, got {every} and {per_update}")
        self._solved = _solved_in(path) if path.exists() else set()
        self._writer = JsonLinesWriter(path)
        self._decode = decode
        self._every = every
        self._per_update = per_update

    def write(self, groups: Sequence[Group], *, phase: str, update: int) -> int:
        """Write the episodes of an update that are within bounds; how many were written."""
        places = [(m, g) for g, group in enumerate(groups) for m in range(len(group.trajectories))]
        due = phase != "train" or update % self._every == 0
        chosen = set(sorted(places)[: self._per_update]) if due else set()
        for member, group in sorted(places, key=lambda place: (place[1], place[0])):
            trajectory = groups[group].trajectories[member]
            first_success = trajectory.success and (phase, trajectory.task.key) not in self._solved
            if not first_success and (member, group) not in chosen:
                continue
            chosen.add((member, group))
            if first_success:
                self._solved.add((phase, trajectory.task.key))
            place = {"version": VERSION, "phase": phase, "update": update, "group": group, "member": member}
            self._writer.append({**place, **trajectory_to_json(trajectory, self._decode)})
        return len(chosen)

    def close(self) -> None:
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.close()


def _solved_in(path: Path) -> set[tuple[str, str]]:
    return {(row["phase"], TaskRef(**row["task"]).key) for row in read_json_lines(path) if row["success"]}


def read_transcripts(path: Path) -> Iterator[Transcript]:
    """The episodes of a file in order. Raises ``ValueError`` for a version that this code does not know."""
    for number, row in enumerate(read_json_lines(path), start=1):
        if row.get("version") != VERSION:
            raise ValueError(
                f"{path}, line {number}: expected transcript version {VERSION}, got {row.get('version')!r}; "
                "read it with the release that wrote it"
            )
        yield Transcript(
            phase=row["phase"],
            update=row["update"],
            group=row["group"],
            member=row["member"],
            trajectory=trajectory_from_json(row),
            texts=tuple(tuple(tuple(segment["texts"]) for segment in turn["segments"]) for turn in row["turns"]),
        )


def outcome_of(trajectory: Trajectory) -> str:
    """What happened, as the env names it; where it names nothing, the verdict and the return."""
    named = trajectory.last_info.get("outcome")
    return (
        str(named) if named is not None else f"{'success' if trajectory.success else 'failure'} {trajectory.reward:g}"
    )


def strategy_of(trajectory: Trajectory) -> str:
    """The strategies of an episode on one line, "" where it wrote none: equal lines are the same strategy."""
    return " then ".join(" ".join(strategy.split()) for strategy in trajectory.strategies)


def entropies_by_role(trajectories: Sequence[Trajectory]) -> dict[str, float]:
    """Nats per sampled token at the temperature of sampling, for each role in which the policy told them."""
    told: dict[str, list[float]] = {}
    for trajectory in trajectories:
        for segment in trajectory.segments:
            told.setdefault(segment.role, []).extend(segment.entropies)
    return {role: sum(values) / len(values) for role, values in sorted(told.items()) if values}


def token_texts(decode: Decode, tokens: Sequence[int]) -> list[str]:
    """The text that each token adds, so that the joined texts equal ``decode(tokens)``.

    A token that ends inside a character adds "" and the one that completes the character adds it whole. Each piece is
    decoded together with the one before it, for tokenizers that drop a leading space.
    """
    texts: list[str] = []
    before = start = 0  # tokens[before:start] is the last finished piece
    for end in range(1, len(tokens) + 1):
        known = decode(tokens[before:start])
        longer = decode(tokens[before:end])
        if longer.endswith("\ufffd") and end < len(tokens):
            texts.append("")
            continue
        texts.append(longer[len(known) :])
        before, start = start, end
    return texts


def trajectory_to_json(trajectory: Trajectory, decode: Decode) -> dict[str, Any]:
    """One episode in JSON's types. The verdict stands first, for people who search the file."""
    spec = trajectory.spec
    return {
        "task": {"env": spec.task.env, "seed": spec.task.seed, "options": dict(spec.task.options)},
        "success": trajectory.success,
        "reward": trajectory.reward,
        "outcome": outcome_of(trajectory),
        "tag": spec.tag,
        "hint": spec.hint,
        "spec": {
            "seed": spec.seed,
            "order": spec.order,
            "strategy": spec.strategy,
            "sampling": {role: asdict(params) for role, params in spec.sampling.items()},
            "from_snapshot": spec.start is not None,
            "start_tokens": spec.start_tokens,
            "in_baseline": spec.in_baseline,
            "train": spec.train,
            "sources": [asdict(source) for source in spec.sources],
        },
        "error": trajectory.error,
        "recompute": trajectory.recompute,
        "refused_tokens": trajectory.refused_tokens,
        "policy_versions": trajectory.policy_versions,
        "first_info": _kept(trajectory.first_info),
        "final_observation": trajectory.final_observation,
        "turns": [_turn_to_json(turn, trajectory.contexts, decode) for turn in trajectory.turns],
        "contexts": [context.tokens for context in trajectory.contexts],
    }


def _turn_to_json(turn: Turn, contexts: Sequence[Context], decode: Decode) -> dict[str, Any]:
    return {
        "observation": turn.observation,
        "strategy": turn.strategy,
        "action": turn.action,
        "reward": turn.reward,
        "bonus": turn.bonus,
        "terminated": turn.terminated,
        "truncated": turn.truncated,
        "info": _kept(turn.info),
        "segments": [
            {
                **asdict(segment),
                "texts": token_texts(decode, contexts[segment.context].tokens[segment.start : segment.end]),
            }
            for segment in turn.segments
        ],
    }


def _kept(info: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in info.items() if key != "admissible_actions"}


def trajectory_from_json(row: Mapping[str, Any]) -> Trajectory:
    """An episode as :func:`trajectory_to_json` wrote it."""
    spec = row["spec"]
    return Trajectory(
        spec=EpisodeSpec(
            task=TaskRef(**row["task"]),
            seed=spec["seed"],
            hint=row["hint"],
            sources=tuple(_source_from_json(source) for source in spec.get("sources", ())),
            order=spec["order"],
            strategy=spec["strategy"],
            sampling={role: _sampling_from_json(params) for role, params in spec["sampling"].items()},
            start_tokens=tuple(spec["start_tokens"]),
            tag=row["tag"],
            in_baseline=spec["in_baseline"],
            train=spec["train"],
        ),
        turns=tuple(_turn_from_json(turn) for turn in row["turns"]),
        contexts=tuple(Context(tokens=tuple(tokens)) for tokens in row["contexts"]),
        first_info=row["first_info"],
        final_observation=row["final_observation"],
        policy_versions=tuple(row["policy_versions"]),
        error=row["error"],
        recompute=row["recompute"],
        refused_tokens=row.get("refused_tokens", 0),
    )


def _turn_from_json(row: Mapping[str, Any]) -> Turn:
    return Turn(
        observation=row["observation"],
        segments=tuple(_segment_from_json(segment) for segment in row["segments"]),
        strategy=row["strategy"],
        action=row["action"],
        reward=row["reward"],
        terminated=row["terminated"],
        truncated=row["truncated"],
        info=row["info"],
        bonus=row["bonus"],
    )


def _segment_from_json(row: Mapping[str, Any]) -> Segment:
    return Segment(
        role=row["role"],
        context=row["context"],
        start=row["start"],
        end=row["end"],
        logprobs=tuple(row["logprobs"]),
        temperatures=tuple(row["temperatures"]),
        text=row["text"],
        finish=row["finish"],
        entropies=tuple(row["entropies"]),
    )


def _sampling_from_json(row: Mapping[str, Any]) -> SamplingParams:
    return SamplingParams(**{**row, "stop": tuple(row["stop"]), "factors": tuple(row.get("factors", ()))})


def _source_from_json(row: Mapping[str, Any]) -> Source:
    return Source(**{**row, "strategies": tuple(row["strategies"])})
