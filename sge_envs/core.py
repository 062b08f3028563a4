"""TextEnv: a gymnasium environment with text in and out, which does once what every family needs.

A family writes ``_start``, ``_act``, ``_verdict``, ``oracle`` and its ``TaskSet``; seeds, splits, horizon, info keys,
snapshots, bounds on texts and the order of calls are kept here.
"""

from __future__ import annotations

import abc
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import gymnasium

from sge_envs.errors import (
    EnvClosed,
    ResetNeeded,
    SGEError,
    SnapshotError,
    TaskNotFound,
    UnknownOption,
    did_you_mean,
)
from sge_envs.snapshots import Header, pack, rng_from, rng_state, set_rng, unpack
from sge_envs.spaces import MAX_LENGTH, FreeText
from sge_envs.tasks import Task, TaskSet
from sge_envs.texts import as_text, shorten

OPTIONS = ("split", "task_id", "snapshot")
"""What ``reset(options=...)`` understands."""

Phase = Literal["new", "live", "over", "closed"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What an action led to. ``done``: the task's own rules end the episode here.

    ``error`` is set when the text was no legal action: a stable sentence, which becomes ``info["action_error"]``; the
    reward of such an action is 0 and the episode goes on. ``cut``: the engine failed and the episode cannot go on,
    through no fault of the player; it ends truncated, and the family's info says why.
    """

    observation: str
    reward: float = 0.0
    done: bool = False
    error: str | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an episode came to. ``progress`` is the share of the checks that hold, 0 to 1.

    ``outcome`` is a short id of what happened (equal outcomes did the same); ``feedback`` is what a person would say
    about it, without giving the solution away.
    """

    success: bool
    progress: float
    outcome: str
    feedback: str


class TextEnv(gymnasium.Env[str, str], abc.ABC):
    """A text environment. Making one is cheap and starts nothing; engines start in ``reset``.

    ``max_turns`` is the horizon of tasks that have none of their own (None: unlimited). Observations longer than
    ``max_chars`` lose their middle; actions longer than ``max_action_chars`` are answered with an ``action_error``.

    ``info`` always has ``task_id``, ``goal`` and ``state_key``; ``admissible_actions`` where they are finite;
    ``action_error`` after a bad action; ``success``, ``progress``, ``outcome`` and ``feedback`` when the episode
    ends, by its rules or its horizon.

    Raises:
        UnknownSplit: ``split`` does not exist.
        UnknownOption: ``render_mode`` does not exist, or a bound is too small.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["ansi"], "render_fps": 4}  # type: ignore[misc]  # gymnasium leaves out ClassVar

    def __init__(
        self,
        tasks: TaskSet,
        *,
        split: str = "train",
        max_turns: int | None = None,
        render_mode: str | None = None,
        max_chars: int = MAX_LENGTH,
        max_action_chars: int = MAX_LENGTH,
    ) -> None:
        tasks.check_split(split)
        modes = self.metadata["render_modes"]
        if render_mode is not None and render_mode not in modes:
            raise UnknownOption(f"There is no render_mode {render_mode!r}.{did_you_mean(str(render_mode), modes)}")
        if max_turns is not None and max_turns < 1:
            raise UnknownOption(f"Expected max_turns of at least 1, or None for no limit, got {max_turns}.")
        if max_chars < 256 or max_action_chars < 1:
            raise UnknownOption(
                "Expected max_chars of at least 256 and max_action_chars of at least 1, "
                f"got {max_chars} and {max_action_chars}."
            )
        self.tasks = tasks
        self.split = split
        self.max_turns = max_turns
        self.render_mode = render_mode
        self.observation_space = FreeText(max_chars)
        self.action_space = FreeText(max_action_chars)
        self.turn = 0
        self._max_chars = max_chars
        self._max_action_chars = max_action_chars
        self._phase: Phase = "new"
        self._task: Task | None = None
        self._horizon: int | None = None
        self._actions: list[str] = []  # those that reached the family, for snapshots by replay
        self._rng_start: Mapping[str, Any] = {}
        self._too_long = 0
        self._flags = (False, False)  # terminated, truncated
        self._shown = ""  # the last observation as the player saw it; a family may put it into its snapshot

    # What a family writes -------------------------------------------------------------------------------------------

    @abc.abstractmethod
    def _start(self, task: Task) -> str:
        """Begin ``task``; the first observation."""

    @abc.abstractmethod
    def _act(self, action: str) -> Reply:
        """Do what ``action`` says. It may be any text at all, and no text may raise."""

    @abc.abstractmethod
    def _verdict(self) -> Verdict:
        """What the episode came to; asked for once, when it ends."""

    @abc.abstractmethod
    def oracle(self) -> str:
        """The next action of a solution from the current state. Played in a loop, it scores 1."""

    def _state_key(self) -> str | None:
        """A text that is equal for equal true states; None where the state is opaque."""
        return None

    def _admissible(self) -> tuple[str, ...] | None:
        """All legal actions; None where they cannot be listed."""
        return None

    def _extra_info(self) -> dict[str, Any]:
        """Further info keys of this family; deterministic, as all info."""
        return {}

    def _save(self) -> bytes:
        """The state of the episode. By default the actions so far, which ``_load`` plays again."""
        return json.dumps(self._actions).encode()

    def _load(self, task: Task, data: bytes) -> str:
        """Begin ``task`` in the state that ``_save`` returned; the current observation.

        Data that ``_save`` cannot have written raises ``SnapshotError``, ``ValueError``, ``LookupError`` or
        ``TypeError``. ``np_random`` is where it was when the episode started; what it is now is restored afterwards.
        """
        actions = json.loads(data)
        if not isinstance(actions, list) or not all(isinstance(action, str) for action in actions):
            raise SnapshotError("The snapshot's actions are no list of texts: take a new snapshot.")
        observation = self._start(task)
        for action in actions:
            observation = self._act(action).observation
            self._actions.append(action)
        return observation

    # What every family gets -----------------------------------------------------------------------------------------

    @property
    def task(self) -> Task:
        """The task being played."""
        if self._task is None:
            raise ResetNeeded("No task is being played: call reset() first.")
        return self._task

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Begin an episode: of a task drawn from ``np_random``, of ``options["task_id"]``, or at a ``"snapshot"``.

        ``options["split"]`` draws from another split, for this episode only. A snapshot brings its own random stream,
        so that what follows equals the original; ``seed`` plays no part then.

        Raises:
            UnknownOption, UnknownSplit, TaskNotFound: no such option, split or task.
            SnapshotError: the snapshot is foreign or damaged.
            EnvClosed: after ``close``.
        """
        if self._phase == "closed":
            raise EnvClosed("This environment was closed: make a new one.")
        wanted = self._check_options(options or {})
        self._phase = "new"
        super().reset(seed=seed)
        if "snapshot" in wanted:
            return self._restore(wanted)
        return self._begin(self._choose(wanted), None)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Play ``action``. No text raises: what is wrong with it stands in observation and ``info["action_error"]``.

        Raises:
            NotText: the action is not a ``str``.
            ResetNeeded, EnvClosed: no episode is running.
        """
        if self._phase != "live":
            raise self._refusal()
        action = as_text(action)
        self._phase = "new"  # an engine that raises leaves no episode behind
        self.turn += 1
        if len(action) > self._max_action_chars:
            self._too_long = len(action)
            reply = self._refuse_length()
        else:
            self._too_long = 0
            self._actions.append(action)
            reply = self._act(action)
        return self._conclude(reply)

    def skip_turn(self, observation: str, error: str | None = None) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Spend a turn without an action: for a wrapper that answers it with ``observation`` and, as ``action_error``,
        ``error``.

        A snapshot taken right after it continues the same episode, but may show what stood there before.

        Raises:
            ResetNeeded, EnvClosed: no episode is running.
        """
        if self._phase != "live":
            raise self._refusal()
        self.turn += 1
        return self._conclude(Reply(observation, error=error))

    def truncate(self) -> dict[str, Any]:
        """End the episode as its horizon would, for a wrapper that keeps a limit of its own; the info of that end.

        Raises:
            ResetNeeded, EnvClosed: no episode is running.
        """
        if self._phase != "live":
            raise self._refusal()
        self._flags, self._phase = (False, True), "over"
        info = self._info()
        self._add_verdict(info)
        return info

    def snapshot(self) -> bytes:
        """The episode as it stands, for ``reset(options={"snapshot": ...})`` of an environment made the same way.

        Raises:
            ResetNeeded, EnvClosed: there is no episode.
            SnapshotError: ``np_random`` was replaced by a generator that cannot be written down.
        """
        if self._phase not in ("live", "over"):
            raise self._refusal()
        task = self.task
        header = Header(
            env=self._identity(),
            task_id=task.id,
            split=task.split,
            seed=self._np_random_seed,
            rng_start=rng_state(self._rng_start),
            rng_now=rng_state(self.np_random.bit_generator.state),
            turn=self.turn,
            terminated=self._flags[0],
            truncated=self._flags[1],
            too_long=self._too_long,
            state_key=self._state_key(),
        )
        return pack(header, self._save())

    def render(self) -> Any:
        """The last action and observation as text, in ``render_mode="ansi"``."""
        if self.render_mode is None:
            gymnasium.logger.warn("render() shows nothing without a render_mode: make the env with render_mode='ansi'.")
            return None
        if self._phase not in ("live", "over"):
            raise self._refusal()
        last = f"> {self._actions[-1]}\n" if self._actions else f"{self.task.goal}\n"
        return f"{last}{self._shown}"

    def close(self) -> None:
        """End the environment; a second call is legal. A family that holds an engine ends it first, then calls this."""
        self._phase = "closed"
        self._task = None

    # The inside -----------------------------------------------------------------------------------------------------

    def _check_options(self, options: dict[str, Any]) -> dict[str, Any]:
        for name, value in options.items():
            if name not in OPTIONS:
                raise UnknownOption(f"reset() has no option {name!r}.{did_you_mean(str(name), OPTIONS)}")
            kind = bytes if name == "snapshot" else str
            if not isinstance(value, kind):
                raise UnknownOption(f"Expected a {kind.__name__} as options[{name!r}], got a {type(value).__name__}.")
        if "split" in options:
            self.tasks.check_split(options["split"])
        return options

    def _choose(self, wanted: Mapping[str, Any]) -> Task:
        if "task_id" not in wanted:
            return self.tasks.sample(wanted.get("split", self.split), self.np_random)
        task = self.tasks.find_task(wanted["task_id"])
        if wanted.get("split", task.split) != task.split:
            raise UnknownOption(
                f"The task {task.id!r} is of the split {task.split!r}, not of {wanted['split']!r}: "
                "leave out options['split']."
            )
        return task

    def _begin(self, task: Task, header: Header | None, payload: bytes = b"") -> tuple[str, dict[str, Any]]:
        """Start ``task``, or continue it where ``header`` and ``payload`` say."""
        self._task = task
        self._horizon = task.max_turns if task.max_turns is not None else self.max_turns
        self._actions = []
        self._rng_start = self.np_random.bit_generator.state
        self.turn = header.turn if header else 0
        self._too_long = header.too_long if header else 0
        self._flags = (header.terminated, header.truncated) if header else (False, False)
        observation = self._load(task, payload) if header else self._start(task)
        if self._too_long:
            observation = self._refuse_length().observation
        self._shown = shorten(observation, self._max_chars)
        info = self._info()
        if any(self._flags):
            self._add_verdict(info)
        self._phase = "over" if any(self._flags) else "live"
        return self._shown, info

    def _restore(self, wanted: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        header, payload = unpack(wanted["snapshot"])
        if header.env != self._identity():
            raise SnapshotError(
                f"This snapshot is of {header.env}, not of {self._identity()}: restore it in an env of that class."
            )
        for name, own in (("task_id", header.task_id), ("split", header.split)):
            if wanted.get(name, own) != own:
                raise UnknownOption(
                    f"The snapshot has the {name} {own!r}, options[{name!r}] is {wanted[name]!r}: leave it out."
                )
        before = self._np_random, self._np_random_seed
        self._np_random, self._np_random_seed = rng_from(header.rng_start), header.seed
        try:
            observation, info = self._begin(self.tasks.find_task(header.task_id), header, payload)
            set_rng(self._np_random, header.rng_now)
            if info["state_key"] != header.state_key:
                raise SnapshotError(
                    f"The snapshot was taken in the state {header.state_key!r} and leads to {info['state_key']!r}: "
                    "make the env with the arguments and the data that it was taken with."
                )
        except Exception as error:
            self._phase = "new"
            self._np_random, self._np_random_seed = before  # a failed reset draws nothing from the snapshot's stream
            if isinstance(error, TaskNotFound):
                raise SnapshotError(f"The snapshot's task is not among this env's tasks: {error}") from error
            if isinstance(error, (ValueError, LookupError, TypeError)) and not isinstance(error, SGEError):
                raise SnapshotError(f"The snapshot's state cannot be restored ({error!r}): take a new one.") from error
            raise
        return observation, info

    def _conclude(self, reply: Reply) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """What ``step`` returns for ``reply``, after this turn was counted."""
        self._shown = shorten(reply.observation, self._max_chars)
        terminated = reply.done
        truncated = not terminated and (reply.cut or (self._horizon is not None and self.turn >= self._horizon))
        info = self._info()
        if reply.error is not None:
            info["action_error"] = reply.error
        if terminated or truncated:
            self._flags = (terminated, truncated)
            self._add_verdict(info)
            self._phase = "over"
        else:
            self._phase = "live"
        return self._shown, reply.reward, terminated, truncated, info

    def _info(self) -> dict[str, Any]:
        task = self.task
        info: dict[str, Any] = {"task_id": task.id, "goal": task.goal, "state_key": self._state_key()}
        admissible = self._admissible()
        if admissible is not None:
            info["admissible_actions"] = admissible
        info.update(self._extra_info())
        return info

    def _add_verdict(self, info: dict[str, Any]) -> None:
        verdict = self._verdict()
        info["success"] = verdict.success
        info["progress"] = verdict.progress
        info["outcome"] = verdict.outcome
        info["feedback"] = verdict.feedback

    def _refuse_length(self) -> Reply:
        limit = self._max_action_chars
        text = f"The action was not read: it has {self._too_long} characters, and at most {limit} are allowed."
        return Reply(text, error=text)

    def _refusal(self) -> ResetNeeded | EnvClosed:
        if self._phase == "closed":
            return EnvClosed("This environment was closed: make a new one.")
        if self._phase == "over":
            return ResetNeeded("The episode is over: call reset() to begin the next one.")
        return ResetNeeded("No episode is running: call reset() first.")

    def _identity(self) -> str:
        return f"{type(self).__module__}:{type(self).__qualname__}"
