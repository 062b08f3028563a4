"""ALFWorld as a gymnasium environment: household games, played by the fast engine or by the real one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from os import PathLike
from typing import Any

from sge_envs.alfworld.compiled import compile_game
from sge_envs.alfworld.data import choose_tasks
from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.game import Game
from sge_envs.alfworld.oracle import plan
from sge_envs.alfworld.progress import measure_progress, name_outcome, steps_reached, write_feedback
from sge_envs.alfworld.reasons import explain_refusal
from sge_envs.alfworld.reference import RealEngine, open_engine
from sge_envs.alfworld.state import State
from sge_envs.alfworld.tables import TEXT_VERSIONS
from sge_envs.alfworld.texts import NOTHING
from sge_envs.core import Reply, TextEnv, Verdict
from sge_envs.errors import ResetNeeded, SGEError, UnknownOption, did_you_mean
from sge_envs.tasks import Task

ENGINES = ("own", "textworld")
MAX_TURNS = 50
"""ALFWorld's own horizon in evaluation."""


class NoWayToWin(SGEError, LookupError):
    """There is no way to win from here: the agent holds something that fits nowhere."""


class ALFWorldEnv(TextEnv):
    """Household games: find things, clean, heat or cool them, put them where they belong. Reward 1 for the win.

    Observations, admissible commands and wins are those of alfworld 0.4 on textworld 1.7, byte for byte. A command
    that is not admissible is answered with ALFWorld's "Nothing happens."; ``info["action_error"]`` says why.

    Args:
        source: ``"official"`` (game files), ``"generated"`` (new games without end), or ``"auto"``: official where
            ``data``, ``games`` or the variable ``ALFWORLD_DATA`` says where the files are, else generated.
        data: the folder that holds ``json_2.1.1``; None: ``$ALFWORLD_DATA``.
        games: play these game files (or folders of them) instead of the official splits.
        split: the split to draw from; ``"train"``, ``"valid_seen"`` and ``"valid_unseen"`` exist in both sources.
        engine: ``"own"``, or ``"textworld"`` for the real engine (needs the extra ``alfworld``), which is far slower.
        max_turns: the horizon of games without one of their own; None: unlimited.
        text_version: ``"0.4"`` or ``"0.3"``, the words of that ALFWorld release; None: those of each game file
            (generated games speak 0.4).
        expert_plan: give ``info["expert_plan"]``, the commands of a short win from here (empty: it cannot be won any
            more).
        task_types: play only these of ``sge_envs.alfworld.game.TASK_TYPES``, by name or ALFWorld's number (1 to 6).
        size: of generated games: ``"small"``, ``"real"`` (the spread of ALFWorld's), ``"large"`` or ``"mixed"``.
        rooms: of generated games: only these of ``kitchen``, ``livingroom``, ``bedroom`` and ``bathroom``.
        render_mode: ``"ansi"`` or None.

    Raises:
        UnknownOption, UnknownSplit: an argument has a value that does not exist.
        MissingExtra: at the first ``reset``, if ``engine="textworld"`` and the extra is not installed.
        DataCorrupt: at ``reset``, if the game files are missing or damaged.
    """

    def __init__(
        self,
        *,
        source: str = "auto",
        data: str | PathLike[str] | None = None,
        games: Sequence[str | PathLike[str]] | None = None,
        split: str = "train",
        engine: str = "own",
        max_turns: int | None = MAX_TURNS,
        text_version: str | None = None,
        expert_plan: bool = False,
        task_types: Sequence[str | int] | None = None,
        size: str | None = None,
        rooms: Sequence[str] | None = None,
        render_mode: str | None = None,
    ) -> None:
        _check("engine", engine, ENGINES)
        _check("text_version", text_version, (None, *TEXT_VERSIONS))
        if engine == "textworld" and text_version is not None:
            raise UnknownOption("The real engine speaks the words of each game file: leave out text_version.")
        tasks = choose_tasks(source=source, data=data, games=games, task_types=task_types, size=size, rooms=rooms)
        super().__init__(tasks, split=split, max_turns=max_turns, render_mode=render_mode)
        self.text_version = text_version
        self.expert_plan = expert_plan
        self.engine = engine
        self._engine: Engine | None = None
        self._state: State | None = None
        self._real: RealEngine | None = None
        self._reached = 0  # the steps of the goal that were ever reached, as bits
        self._last = ""  # the last observation, for snapshots

    def oracle(self) -> str:
        """The next command of a short win from here.

        Raises:
            NoWayToWin: what is in hand fits nowhere, so that the goal cannot be reached any more.
        """
        engine, state = self._playing()
        way = plan(engine, state)
        if not way:
            held = engine.item_names[state.held] if state.held >= 0 else "nothing"
            raise NoWayToWin(
                f"The game {engine.game.task!r} has no next move towards a win (in hand: {held}): call reset()."
            )
        return way[0]

    def close(self) -> None:
        """End the environment and, with ``engine="textworld"``, the real engine."""
        if self._real is not None:
            self._real.close()
            self._real = None
        super().close()

    def _start(self, task: Task) -> str:
        game: Game = task.data
        self._engine = compile_game(game, self.text_version)
        self._state = self._engine.start()
        self._reached = steps_reached(self._engine, self._state)
        self._last = self._engine.intro
        if self.engine == "textworld":
            if self._real is None:
                self._real = open_engine()
            self._last = self._real.start(game)
        return self._last

    def _act(self, action: str) -> Reply:
        engine, state = self._playing()
        key = state.key
        observation = engine.step(state, action)
        if state.key != key:
            self._reached |= steps_reached(engine, state)
        won = state.won
        if self._real is not None:
            observation, won = self._real.step(action)
        self._last = observation
        if observation == NOTHING:
            return Reply(observation, error=explain_refusal(engine, state, action))
        return Reply(observation, reward=1.0 if won else 0.0, done=won)

    def _verdict(self) -> Verdict:
        engine, state = self._playing()
        return Verdict(
            success=state.won,
            progress=measure_progress(engine, state),
            outcome=name_outcome(engine, state, self._reached),
            feedback=write_feedback(engine, state, self._reached),
        )

    def _state_key(self) -> str:
        engine, state = self._playing()
        return engine.key(state)

    def _admissible(self) -> tuple[str, ...]:
        engine, state = self._playing()
        return engine.admissible(state) if self._real is None else self._real.admissible()

    def _extra_info(self) -> dict[str, Any]:
        if not self.expert_plan:
            return {}
        engine, state = self._playing()
        return {"expert_plan": plan(engine, state) or []}

    def _save(self) -> bytes:
        if self._real is not None:
            return super()._save()
        engine, state = self._playing()
        return json.dumps([engine.save(state), self._reached, self._last]).encode()

    def _load(self, task: Task, data: bytes) -> str:
        if self.engine == "textworld":
            return super()._load(task, data)
        saved, self._reached, self._last = json.loads(data)
        self._engine = compile_game(task.data, self.text_version)
        self._state = self._engine.load(saved)
        return self._last

    def _playing(self) -> tuple[Engine, State]:
        """The game and its state.

        Raises:
            ResetNeeded: there is none yet.
        """
        if self._engine is None or self._state is None:
            raise ResetNeeded("No game is being played: call reset() first.")
        return self._engine, self._state


def _check(option: str, value: str | None, known: Sequence[str | None]) -> None:
    if value not in known:
        raise UnknownOption(f"There is no {option} {value!r}.{did_you_mean(str(value), [str(one) for one in known])}")
