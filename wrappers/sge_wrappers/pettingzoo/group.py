"""TaskGroup: several agents on the same task side by side, each in an environment of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
from gymnasium.spaces import Space, Text

from sge_envs import FreeText, ResetNeeded, UnknownOption
from sge_envs.texts import as_text, shorten
from sge_wrappers.layer import Info, require_text
from sge_wrappers.pettingzoo.adapters import Codec, spaces_for
from sge_wrappers.pettingzoo.library import ParallelEnv
from sge_wrappers.streams import PLAYERS, Stream

MAX_BOARD = 4_000
"""Characters of the notice board that are shown."""

_STRATEGY = re.compile(r"<strategy>(.*?)</strategy>", re.DOTALL)

Split = Callable[[str], tuple[str | None, str]]
"""Strategy (None: nothing new) and action in an agent's text."""


def split_strategy(text: str) -> tuple[str | None, str]:
    """What stands between ``<strategy>`` and ``</strategy>``, and the rest, which is the action."""
    found = _STRATEGY.search(text)
    if found is None:
        return None, text
    return found[1].strip(), f"{text[: found.start()]}{text[found.end() :]}".strip()


class TaskGroup(ParallelEnv):  # type: ignore[misc]  # pettingzoo has no types
    """``player_0``, ``player_1``, ... each play the same task in the environment that one of ``env_fns`` makes.

    All are reset with one seed, so that they begin alike; nobody's actions touch another's environment. They
    are stepped one after the other. A player's rewards are its own environment's, and it leaves when its episode ends.

    With ``board``, a notice board is part of what everybody sees from the next step on: the newest strategy of every
    other player (what ``split`` finds in its text; the rest is its action), and the outcome of those who are done.

    Examples:
        >>> import gymnasium
        >>> make = lambda: gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy")
        >>> group = TaskGroup([make, make], board=True)
        >>> _ = group.reset(seed=0)
        >>> moves = {"player_0": "<strategy>fridge first</strategy> go to fridge 1", "player_1": "look"}
        >>> observations, *_ = group.step(moves)
        >>> print(observations["player_1"].partition("you see nothing.")[2].strip())
        Notice board:
        player_0 tries: fridge first

    Raises:
        UnknownOption: there are no environments; from ``reset``, they play different tasks.
        NotText: one has other spaces than text.
    """

    def __init__(
        self,
        env_fns: Sequence[Callable[[], gymnasium.Env[str, str]]],
        *,
        board: bool = False,
        split: Split = split_strategy,
        codec: Codec | None = None,
    ) -> None:
        if not env_fns:
            raise UnknownOption("Expected at least one function that makes an environment.")
        self.possible_agents = [f"player_{number}" for number in range(len(env_fns))]
        self.agents: list[str] = []
        self.envs = dict(zip(self.possible_agents, (make() for make in env_fns)))
        self.codec = codec
        longest = 0
        for env in self.envs.values():
            require_text(env, "TaskGroup")
            longest = max(longest, env.observation_space.max_length if isinstance(env.observation_space, Text) else 0)
        text = FreeText(longest + MAX_BOARD)
        self.observation_spaces, self.action_spaces = spaces_for(tuple(self.possible_agents), text, codec)
        self.render_mode = self.envs["player_0"].render_mode
        self.metadata = {"name": "TaskGroup_v0", "render_modes": ["ansi"], "render_fps": 4}
        self._with_board = board
        self._split = split
        self._stream = Stream(PLAYERS)
        self._strategies: dict[str, str] = {}
        self._outcomes: dict[str, str] = {}

    def observation_space(self, agent: str) -> Space[Any]:
        return self.observation_spaces[agent]  # type: ignore[no-any-return]

    def action_space(self, agent: str) -> Space[Any]:
        return self.action_spaces[agent]  # type: ignore[no-any-return]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Info]]:
        """A new task for all. PettingZoo's own tests pass an option called "options", which is left out."""
        self._stream.begin(seed)
        seed = self._stream.new_seed() if seed is None else seed
        options = {name: value for name, value in (options or {}).items() if name != "options"}
        self.agents = list(self.possible_agents)
        self._strategies, self._outcomes = {}, {}
        began = {player: env.reset(seed=seed, options=options or None) for player, env in self.envs.items()}
        tasks = {info.get("task_id") for _, info in began.values()}
        if len(tasks) > 1:
            raise UnknownOption(f"The players got the tasks {sorted(map(str, tasks))}: make their environments alike.")
        observations = {player: self._encode(observation) for player, (observation, _) in began.items()}
        return observations, {player: info for player, (_, info) in began.items()}

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Info]]:
        """Every player that is still playing acts.

        Raises:
            ResetNeeded: nobody is playing.
            UnknownOption: one of those who are playing has no action.
        """
        if not self.agents:
            raise ResetNeeded("No episode is running: call reset() first.")
        missing = [player for player in self.agents if player not in actions]
        if missing:
            raise UnknownOption(f"There is no action for {', '.join(missing)}: every player that is left needs one.")
        came = {player: self._act(player, actions[player]) for player in self.agents}
        observations = {player: self._encode(self._with_notes(player, step[0])) for player, step in came.items()}
        self.agents = [player for player in self.agents if not (came[player][2] or came[player][3])]
        return (
            observations,
            {player: float(step[1]) for player, step in came.items()},
            {player: bool(step[2]) for player, step in came.items()},
            {player: bool(step[3]) for player, step in came.items()},
            {player: step[4] for player, step in came.items()},
        )

    def render(self) -> Any:
        """What each environment renders."""
        return [env.render() for env in self.envs.values()]

    def close(self) -> None:
        for env in self.envs.values():
            env.close()

    def _act(self, player: str, action: Any) -> tuple[str, Any, bool, bool, Info]:
        text = as_text(self.codec.decode(action) if self.codec is not None else action)
        if self._with_board:
            strategy, text = self._split(text)
            if strategy:
                self._strategies[player] = strategy
        step = self.envs[player].step(text)
        info = step[4]
        if step[2] or step[3]:
            verdict = {True: "succeeded", False: "failed"}.get(info.get("success", ""), "is done")
            outcome = f" ({info['outcome']})" if info.get("outcome") else ""
            self._outcomes[player] = f"{verdict}{outcome}"
        return step

    def _with_notes(self, player: str, observation: str) -> str:
        notes = []
        for other in self.possible_agents if self._with_board else ():
            if other != player and other in self._strategies:
                notes.append(f"{other} tries: {' '.join(self._strategies[other].split())}")
            if other != player and other in self._outcomes:
                notes.append(f"{other} {self._outcomes[other]}")
        if not notes:
            return observation
        heading = "\n\nNotice board:\n"
        return observation + heading + shorten("\n".join(notes), MAX_BOARD - len(heading))

    def _encode(self, text: str) -> Any:
        return self.codec(text) if self.codec is not None else text
