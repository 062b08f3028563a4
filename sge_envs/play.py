"""``sge-envs play``: a person plays any text environment in the terminal, with hints, undo, and a transcript to keep."""

from __future__ import annotations

import argparse
import inspect
import json
import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium
from gymnasium.envs.registration import load_env_creator

from sge_envs.console import CLOSING, OPENING, Console
from sge_envs.core import TextEnv
from sge_envs.errors import SGEError, SnapshotError, UnknownOption, did_you_mean
from sge_envs.registration import TABLE

PROMPT = "> "
KEPT = ("state_key", "action_error", "success", "progress", "outcome", "feedback")
"""What a transcript keeps of an ``info``."""


@dataclass(frozen=True, slots=True)
class Start:
    """What is played: enough to make the environment and begin the episode again."""

    env: str
    env_options: Mapping[str, Any]
    seed: int
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """One action and what came back. ``before``: the snapshot to go back to, None where there are none."""

    action: str
    observation: str
    reward: float
    terminated: bool
    truncated: bool
    info: Mapping[str, Any]
    before: bytes | None


def play(args: argparse.Namespace) -> int:
    """The command."""
    seed = random.SystemRandom().randrange(2**31) if args.seed is None else args.seed
    if seed < 0:
        raise UnknownOption(f"Expected --seed of at least 0, got {seed}.")
    wanted = {"split": args.split, "task_id": args.task}
    options = {name: value for name, value in wanted.items() if value is not None}
    start = Start(args.env, dict(_option(text) for text in args.option), seed, options)
    env = make(start)
    try:
        Session(env, start, Console(sys.stdin, sys.stdout)).run()
    finally:
        env.close()
    return 0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("env", metavar="ENV", help="an id such as SGE-ALFWorld-v0, or module:Id of anybody's text env")
    parser.add_argument("--seed", type=int, help="which episode (default: any, and its seed is shown)")
    parser.add_argument("--split", help="the split that the task is drawn from")
    parser.add_argument("--task", metavar="ID", help="this task, such as train/17")
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="an argument of the environment; repeatable"
    )


def make(start: Start) -> gymnasium.Env[str, str]:
    """The environment.

    Raises:
        UnknownOption: there is none of this name, or it takes no such options.
    """
    try:
        return gymnasium.make(start.env, disable_env_checker=True, **start.env_options)
    except (gymnasium.error.UnregisteredEnv, ModuleNotFoundError) as error:
        if isinstance(error, SGEError):
            raise
        ids = [entry.id for entry in TABLE]
        raise UnknownOption(
            f"There is no environment {start.env!r}.{did_you_mean(start.env, ids)} Others' are named module:Id."
        ) from error
    except TypeError as error:
        known = _options_of(start.env)
        strange = [name for name in start.env_options if name not in known]
        if known and strange:
            raise UnknownOption(
                f"{start.env} has no option {strange[0]!r}.{did_you_mean(strange[0], known)}"
            ) from error
        raise UnknownOption(f"{start.env} cannot be made with these options: {str(error).splitlines()[0]}") from error


def _options_of(env: str) -> list[str]:
    """The names of what an environment's class takes; none where it takes any."""
    creator = gymnasium.spec(env.rpartition(":")[2]).entry_point
    found = load_env_creator(creator) if isinstance(creator, str) else creator
    if found is None:
        return []
    parameters = inspect.signature(found).parameters.values()
    return [] if any(one.kind is one.VAR_KEYWORD for one in parameters) else [one.name for one in parameters]


class Session:
    """One person, one environment, until they leave."""

    def __init__(self, env: gymnasium.Env[str, str], start: Start, console: Console) -> None:
        self._env = env
        self._start = start
        self._console = console
        self._turns: list[Turn] = []
        self._first: tuple[str, Mapping[str, Any]] = ("", {})
        self._own = env.unwrapped if isinstance(env.unwrapped, TextEnv) else None
        self._saved: set[Path] = set()
        self._left = False

    def run(self) -> None:
        """Play until ``:quit`` or the end of the input."""
        self._reset()
        self._console.say(f"{self._start.env}, seed {self._start.seed}. :help lists the commands.", "quiet")
        self._tell_start()
        while not self._left:
            self._console.offer((*self._actions(), *COMMANDS))
            line = self._ask()
            if line is None:
                return
            self._take(line)

    def _ask(self) -> str | None:
        try:
            return self._console.ask(PROMPT)
        except KeyboardInterrupt:
            self._console.say("\n(:quit leaves)", "quiet")
            return ""

    def _ask_all(self) -> None:
        try:
            answer = self._console.ask_all()
        except KeyboardInterrupt:
            self._console.say("\nThe answer was not sent. (:quit leaves)", "quiet")
            return
        if answer is None:
            self._console.say(f"The answer was not sent: {CLOSING} is missing after it.", "bad")
        else:
            self._act(answer)

    def _take(self, line: str) -> None:
        """An action, or a command; a line of nothing is neither."""
        if line.strip() == OPENING:
            self._ask_all()
        elif line.startswith("::"):
            self._act(line[1:])
        elif line.startswith(":"):
            name, _, rest = line.partition(" ")
            if name in COMMANDS:
                COMMANDS[name][0](self, rest.strip())
            else:
                self._console.say(f"There is no command {name}.{did_you_mean(name, COMMANDS)}", "bad")
        elif line.strip():
            meant = WORDS_OF_OTHERS.get(line.strip().lower()) if line.strip() not in self._actions() else None
            self._act(line)
            if meant is not None:
                self._console.say(meant, "quiet")

    def _act(self, action: str) -> None:
        if self._over:
            self._console.say(
                "The episode is over: :undo goes back into it, :restart begins again, :quit leaves.", "bad"
            )
            return
        before = self._own.snapshot() if self._own is not None else None
        try:
            observation, came, terminated, truncated, info = self._env.step(action)
        except Exception as error:  # whatever it raises: a person goes on from it
            self._console.say(f"The environment raised {type(error).__name__}: {error} (:restart begins again)", "bad")
            return
        reward = float(came)
        self._turns.append(Turn(action, observation, reward, terminated, truncated, info, before))
        self._console.say(observation)
        if "action_error" in info and info["action_error"] not in observation:
            self._console.say(f"({info['action_error']})", "bad")
        if reward:
            self._console.say(f"Reward {reward:g}.", "good" if reward > 0 else "bad")
        if self._over:
            self._tell_end()

    def _tell_end(self) -> None:
        """The verdict, in words."""
        last = self._turns[-1]
        turns = self._count()
        total = f"reward {sum(turn.reward for turn in self._turns):g}"
        if "success" not in last.info:
            why = "by its own rules" if last.terminated else "by its time limit"
            self._console.say(f"\nThe episode ended {why} after {turns}, {total} in all.", "loud")
            return
        solved = bool(last.info["success"])
        late = "" if last.terminated else ", out of turns"
        share = f"{100 * float(last.info.get('progress', 0)):.0f} % of what was asked"
        text = f"\nSolved in {turns}, {total}." if solved else f"\nNot solved after {turns}{late}: {share}, {total}."
        self._console.say(text, "good" if solved else "bad")
        for key in ("outcome", "feedback"):
            if last.info.get(key):
                self._console.say(f"{key.capitalize()}: {last.info[key]}")

    # The commands ---------------------------------------------------------------------------------------------------

    def _hint(self, rest: str) -> None:
        if (action := self._ask_oracle()) is not None:
            self._console.say(action, "loud")

    def _do(self, rest: str) -> None:
        if (action := self._ask_oracle()) is not None:
            self._console.say(action, "loud")
            self._act(action)

    def _ask_oracle(self) -> str | None:
        """The next action of a solution; None, and why, where there is none."""
        if self._own is None:
            self._console.say("This environment has no oracle to ask for a hint.")
        elif self._over:
            self._console.say("The episode is over.")
        else:
            try:
                return self._own.oracle()
            except SGEError as error:
                self._console.say(f"The oracle has no hint here: {error}")
        return None

    def _undo(self, rest: str) -> None:
        if rest and not (rest.isdecimal() and int(rest)):
            self._console.say(f"Expected a number of turns, at least 1, after :undo, got {rest!r}.", "bad")
        elif not self._turns:
            self._console.say("There is nothing to undo: this is the beginning.")
        elif self._turns[-1].before is None:
            self._console.say("This environment takes no snapshots, so nothing can be undone; :restart begins again.")
        else:
            self._go_back(min(int(rest or 1), len(self._turns)))

    def _go_back(self, number: int) -> None:
        before = self._turns[-number].before
        try:
            observation, info = self._env.reset(options={"snapshot": before})
        except SnapshotError as error:
            self._console.say(f"It cannot be undone: {error} :restart begins again.", "bad")
            return
        del self._turns[-number:]
        if not self._turns:
            self._first = (self._first[0], info)
        self._console.say(f"Undone: {number}. Turn {len(self._turns)}.", "quiet")
        self._console.say(observation)

    def _show_actions(self, rest: str) -> None:
        """Those with ``rest`` in them, or all."""
        actions = self._actions()
        if not actions:
            self._console.say("The legal actions cannot be listed here: any text is an action.")
        found = [action for action in actions if rest in action]
        if actions and not found:
            self._console.say(f"No legal action has {rest!r} in it; :actions alone lists all {len(actions)}.")
        for action in found:
            self._console.say(f"  {action}")

    def _show_info(self, rest: str) -> None:
        for key, value in self._info.items():
            if key == "admissible_actions":
                self._console.say(f"  {key}: {len(value)} (:actions lists them)")
            else:
                self._console.say(f"  {key}: {value}")

    def _restart(self, rest: str) -> None:
        self._reset()
        self._tell_start()

    def _reset(self) -> None:
        observation, info = self._env.reset(seed=self._start.seed, options=dict(self._start.options))
        if not isinstance(observation, str):
            raise SGEError(
                f"{self._start.env} is no text environment: its observation is a {type(observation).__name__}, not a str."
            )
        self._turns, self._first = [], (observation, info)

    def _tell_start(self) -> None:
        observation, info = self._first
        goal = info.get("goal")
        if goal and goal not in observation:
            self._console.say(goal, "loud")
        self._console.say(observation)

    def _save(self, rest: str) -> None:
        if not rest:
            self._console.say("Expected a file after :save, such as :save game.jsonl", "bad")
            return
        path = Path(rest).expanduser()
        try:
            if path.exists() and path not in self._saved:
                self._console.say(f"{path} is there already: choose another name.", "bad")
                return
            path.write_text("".join(json.dumps(row, default=str) + "\n" for row in self._rows()), encoding="utf-8")
        except OSError as error:
            self._console.say(f"It cannot be written: {error}", "bad")
            return
        self._saved.add(path)
        self._console.say(f"Saved {self._count()} in {path}; sge replay {path} plays them again.")

    def _rows(self) -> list[dict[str, Any]]:
        """A line for the beginning and one for every turn, as ``sge_wrappers.TranscriptRecorder`` writes them."""
        observation, info = self._first
        start = self._start
        own = start.env in [entry.id for entry in TABLE]
        again = {
            "env": f"sge_envs:{start.env}" if own else start.env,
            "env_options": start.env_options,
            "seed": start.seed,
            "options": start.options,
        }
        names = {key: info[key] for key in ("task_id", "goal", "state_key") if key in info}
        rows = [{"kind": "reset", "episode": 1, "turn": 0, **again, **names, "observation": observation}]
        for number, turn in enumerate(self._turns, start=1):
            came = {"reward": turn.reward, "terminated": turn.terminated, "truncated": turn.truncated}
            kept = {key: turn.info[key] for key in KEPT if key in turn.info}
            row = {"kind": "turn", "episode": 1, "turn": number, "action": turn.action, "observation": turn.observation}
            rows.append({**row, **came, **kept})
        return rows

    def _send_file(self, rest: str) -> None:
        if not rest:
            self._console.say("Expected a file after :file, such as :file answer.py", "bad")
            return
        try:
            text = Path(rest).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self._console.say(f"{rest} cannot be read: {error}", "bad")
            return
        self._act(text)

    def _help(self, rest: str) -> None:
        self._console.say("A line is an action; Tab completes it where the legal ones are known.")
        self._console.say(
            f"Several lines: {OPENING} alone, the lines, {CLOSING} alone. A line that begins with : is a command"
        )
        self._console.say("(:: sends a line that begins with a colon):")
        for name, (_, meaning) in COMMANDS.items():
            self._console.say(f"  {name:10} {meaning}")

    def _quit(self, rest: str) -> None:
        self._left = True

    # Where it stands ------------------------------------------------------------------------------------------------

    def _count(self) -> str:
        return f"{len(self._turns)} turn{'' if len(self._turns) == 1 else 's'}"

    @property
    def _info(self) -> Mapping[str, Any]:
        return self._turns[-1].info if self._turns else self._first[1]

    @property
    def _over(self) -> bool:
        return bool(self._turns) and (self._turns[-1].terminated or self._turns[-1].truncated)

    def _actions(self) -> tuple[str, ...]:
        return tuple(str(action) for action in self._info.get("admissible_actions", ()))


COMMANDS: Mapping[str, tuple[Callable[[Session, str], None], str]] = {
    ":hint": (Session._hint, "the next action of a solution, from the oracle"),
    ":do": (Session._do, "play that action"),
    ":undo": (Session._undo, "take back the last turn; :undo 3 takes back three"),
    ":actions": (Session._show_actions, "the legal actions; :actions fridge those with fridge in them"),
    ":info": (Session._show_info, "what the environment tells besides the text"),
    ":restart": (Session._restart, "begin the same episode again"),
    ":save": (Session._save, "FILE: write a transcript, for sge replay"),
    ":file": (Session._send_file, "FILE: send what the file holds as one action, such as a program"),
    ":help": (Session._help, "this list"),
    ":quit": (Session._quit, "leave (also Ctrl-D)"),
}

WORDS_OF_OTHERS = {
    "quit": "(:quit leaves)",
    "exit": "(:quit leaves)",
    "help": "(:help lists the commands)",
}
"""What other programs take as commands is an action here, and a person may have meant the command."""


def _option(text: str) -> tuple[str, Any]:
    """A name and its value: JSON where it is some, else the text as it is."""
    name, mark, value = text.partition("=")
    if not mark or not name.isidentifier():
        raise UnknownOption(f"--option expects name=value, got {text!r}.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
