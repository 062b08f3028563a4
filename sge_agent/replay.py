"""Recorded episodes played again, action by action: does the environment still answer as it did?

Reads the transcripts of runs, and files of lines of the kinds "reset" and "turn", as ``sge-envs play`` and
``TranscriptRecorder`` write them.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from sge_agent.envs import EnvFactory
from sge_agent.errors import RunError
from sge_agent.jsonlines import jsonable, read_json_lines
from sge_agent.types import Env

COMPARED = ("success", "progress", "outcome", "feedback", "action_error", "state_key")
"""What of an ``info`` is compared, where it was recorded."""
LINES_SHOWN = 12

Answer = Mapping[str, Any]
"""What an environment said once, by name: observation, reward, flags, and of the info what is compared."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One episode as it was recorded. ``answers`` has one more than ``actions``: the first is that of ``reset``.

    ``env`` is the environment's name, "" where the file does not say; ``left_out`` says why it cannot be played again.
    """

    title: str
    env: str
    seed: int | None
    options: Mapping[str, Any]
    actions: tuple[str, ...]
    answers: tuple[Answer, ...]
    env_options: Mapping[str, Any] | None = None
    number: int = 1
    update: int | None = None
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where an episode first went another way: ``turn`` 0 is the reset."""

    turn: int
    name: str
    recorded: Any
    now: Any

    def __str__(self) -> str:
        where = "at the reset" if self.turn == 0 else f"at turn {self.turn}"
        return f"{where}, {self.name}:\n{_difference(self.recorded, self.now)}"


def replay(recorded: Recorded, env: Env) -> Divergence | None:
    """Play an episode again; where it diverges, None where it does not. Raises whatever the environment raises."""
    observation, info = env.reset(seed=recorded.seed, options=dict(recorded.options) or None)
    if found := _compare(0, recorded.answers[0], {**info, "observation": observation}):
        return found
    for turn, (action, expected) in enumerate(zip(recorded.actions, recorded.answers[1:], strict=True), start=1):
        observation, reward, terminated, truncated, info = env.step(action)
        came = {"observation": observation, "reward": float(reward), "terminated": terminated, "truncated": truncated}
        if found := _compare(turn, expected, {**info, **came}):
            return found
        if (terminated or truncated) and turn < len(recorded.actions):
            return Divergence(turn, "end", "the episode goes on", "the episode is over")
    return None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which episodes of a file are meant; None: any. ``task`` is a text that their title has somewhere."""

    episode: int | None = None
    update: int | None = None
    task: str | None = None

    def takes(self, recorded: Recorded) -> bool:
        return (
            self.episode in (None, recorded.number)
            and self.update in (None, recorded.update)
            and (self.task is None or self.task in recorded.title)
        )


def replay_files(paths: Sequence[Path], choice: Choice, *, factory_of: Callable[[Recorded, Path], EnvFactory]) -> int:
    """Play the chosen episodes of files and run folders again and say how each went; 1 when any diverged, else 0.

    Raises:
        RunError: a file cannot be read, no episode is chosen, or its environment cannot be made.
    """
    tally = Counter[str]()
    for path in paths:
        file = path / "transcripts.jsonl" if path.is_dir() else path
        for recorded in filter(choice.takes, read_recorded(file, max_turns=_cut_of(file))):
            if recorded.left_out:
                print(f"{recorded.title}: left out, {recorded.left_out}")
                tally["left out"] += 1
                continue
            told = _replay_one(recorded, factory_of(recorded, file))
            turns = f"{len(recorded.actions)} turn{'' if len(recorded.actions) == 1 else 's'}"
            print(f"{recorded.title}: {told or f'the same, {turns}'}", flush=True)
            tally["diverged" if told else "the same"] += 1
    if not tally:
        raise RunError("no episode of these files is one that you asked for: leave out --episode, --update or --task")
    print(", ".join(f"{tally[name]} {name}" for name in ("the same", "diverged", "left out")))
    return int(tally["diverged"] > 0)


def _replay_one(recorded: Recorded, make: EnvFactory) -> str:
    """Where it diverges, in words; "" where it does not."""
    try:
        env = make()
    except RunError:
        raise
    except Exception as error:  # it is the person's to mend, whatever it is
        raise RunError(f"{recorded.title}: its environment cannot be made ({error}): name it with --env") from error
    try:
        found = replay(recorded, env)
    except Exception as error:  # an environment that raises where it answered once has diverged
        return f"DIVERGES: the environment raised {type(error).__name__}: {error}"
    finally:
        env.close()
    return f"DIVERGES {found}" if found else ""


def _cut_of(file: Path) -> int | None:
    """Where the run of this file cut its episodes."""
    config = file.parent / "config.json"
    if file.name != "transcripts.jsonl" or not config.is_file():
        return None
    try:
        cut = json.loads(config.read_text(encoding="utf-8")).get("max_turns")
    except (OSError, ValueError, AttributeError) as error:
        raise RunError(f"the settings in {config} cannot be read: {error}") from error
    return cut if isinstance(cut, int) else None


def read_recorded(path: Path, *, max_turns: int | None = None) -> Iterator[Recorded]:
    """The episodes of a file, in order. ``max_turns``: episodes that a run cut there are not expected to say so again.

    Raises:
        RunError: the file cannot be read, or holds no episodes.
    """
    try:
        rows = read_json_lines(path)
        first = next(rows, None)
        if first is None:
            damaged = path.stat().st_size > 0
            raise RunError(f"{path} holds {'no whole line: it is cut off or damaged' if damaged else 'no episodes'}")
        everything = chain([first], rows)
        yield from _of_play(everything) if "kind" in first else _of_run(everything, max_turns)
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RunError(f"{path} is no transcript: it is no text in UTF-8") from error
    except ValueError as error:
        raise RunError(f"this is no transcript: {error}") from error
    except (KeyError, TypeError, IndexError) as error:
        raise RunError(f"{path} is no transcript of this library: {type(error).__name__} {error}") from error


def _of_run(rows: Iterable[Mapping[str, Any]], max_turns: int | None) -> Iterator[Recorded]:
    """As ``transcripts.jsonl`` of a run has them: a line for an episode, an observation before every action."""
    for number, row in enumerate(rows, start=1):
        turns, task = row["turns"], row["task"]
        after = [*(turn["observation"] for turn in turns[1:]), row["final_observation"]]
        first = turns[0]["observation"] if turns else row["final_observation"]
        answers: list[Answer] = [_answer(first, row["first_info"])]
        for place, (turn, observation) in enumerate(zip(turns, after), start=1):
            came = {name: turn[name] for name in ("reward", "terminated", "truncated")}
            if place == max_turns:  # cut by the run, not by the environment
                del came["truncated"]
            answers.append({**_answer(observation, turn["info"]), **came})
        left_out = f"it broke when it was played: {row['error']}" if row["error"] else ""
        if row["spec"].get("from_snapshot") or row["spec"]["start_tokens"]:
            left_out = "it began at a snapshot, which transcripts do not keep"
        place_of = f"episode {number} ({row['phase']}, update {row['update']}, {_key(task)})"
        yield Recorded(
            title=place_of,
            env=task["env"],
            seed=task["seed"],
            options=task["options"],
            actions=tuple(turn["action"] for turn in turns),
            answers=tuple(answers),
            number=number,
            update=row["update"],
            left_out=left_out,
        )


def _of_play(rows: Iterable[Mapping[str, Any]]) -> Iterator[Recorded]:
    """A line for a reset and one for each turn."""
    episodes: list[list[Mapping[str, Any]]] = []
    for row in rows:
        if row["kind"] == "reset":
            episodes.append([])
        episodes[-1].append(row)  # a first line that is no reset raises
    for number, (reset, *turns) in enumerate(episodes, start=1):
        left_out = "it began at a snapshot, which transcripts do not keep" if reset.get("snapshot") else ""
        known = {"task_id": reset["task_id"]} if reset["seed"] is None and "task_id" in reset else {}
        if reset["seed"] is None and not known:
            left_out = "neither its seed nor its task is recorded"
        yield Recorded(
            title=f"episode {number} ({reset.get('task_id') or 'seed ' + str(reset['seed'])})",
            env=reset.get("env", ""),
            seed=reset["seed"],
            options={**known, **reset.get("options", {})},
            actions=tuple(turn["action"] for turn in turns),
            answers=tuple(_answer(row["observation"], row, flags=row["kind"] == "turn") for row in (reset, *turns)),
            env_options=reset.get("env_options"),
            number=number,
            left_out=left_out,
        )


def _answer(observation: str, info: Mapping[str, Any], *, flags: bool = False) -> Answer:
    names = (*(("reward", "terminated", "truncated") if flags else ()), "task_id", *COMPARED)
    return {"observation": observation, **{name: info[name] for name in names if name in info}}


def _compare(turn: int, expected: Answer, came: Mapping[str, Any]) -> Divergence | None:
    for name, value in expected.items():
        now = jsonable(came.get(name))
        if now != jsonable(value):
            return Divergence(turn, name, value, now)
    return None


def _difference(recorded: Any, now: Any) -> str:
    """Both values, or of texts with several lines the lines that differ."""
    before, after = str(recorded).splitlines(), str(now).splitlines()
    if len(before) < 2 and len(after) < 2:
        return f"  - {recorded}\n  + {now}"
    lines = list(difflib.unified_diff(before, after, n=1, lineterm=""))[2:]
    more = [f"  ... and {len(lines) - LINES_SHOWN} lines more"] if len(lines) > LINES_SHOWN else []
    return "\n".join([*(f"  {line}" for line in lines[:LINES_SHOWN]), *more])


def _key(task: Mapping[str, Any]) -> str:
    named = task["options"].get("task_id")
    return str(named) if named is not None else f"{task['env']} seed {task['seed']}"
