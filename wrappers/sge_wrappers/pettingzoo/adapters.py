"""Games of two agents as PettingZoo's AEC and Parallel environments."""

from __future__ import annotations

from typing import Any, Protocol

import gymnasium
from gymnasium.spaces import Box, Space
from numpy.typing import NDArray

from sge_envs import FreeText, UnknownOption
from sge_wrappers.extract_action import Extractor
from sge_wrappers.pettingzoo.dialogue import SAY, DialogueGame, User
from sge_wrappers.pettingzoo.game import Rewards, TurnGame
from sge_wrappers.pettingzoo.library import AECEnv, ParallelEnv
from sge_wrappers.pettingzoo.strategy import StrategyGame


class Codec(Protocol):
    """Texts as arrays and back, such as ``sge_wrappers.TextBytes``, for learners that take no text."""

    @property
    def space(self) -> Box: ...

    def __call__(self, text: str) -> NDArray[Any]: ...

    def decode(self, array: NDArray[Any]) -> str: ...


def spaces_for(players: tuple[str, ...], text: FreeText, codec: Codec | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Observation and action spaces, each player's its own, so that it can be seeded."""

    def each(length: int) -> dict[str, Space[Any]]:
        return {player: codec.space if codec is not None else FreeText(length) for player in players}

    return each(text.max_length), each(FreeText().max_length)


class TurnAEC(AECEnv):  # type: ignore[misc]  # pettingzoo has no types
    """A game as an AEC environment: ``agent_selection`` is who is to move. With a ``codec``, texts are arrays."""

    def __init__(self, game: TurnGame, codec: Codec | None = None) -> None:
        super().__init__()
        self.game = game
        self.codec = codec
        self.possible_agents = list(game.players)
        self.agents: list[str] = []
        self.observation_spaces, self.action_spaces = spaces_for(game.players, game.observation_space, codec)
        self.render_mode = game.env.render_mode
        name = f"{type(game).__name__}_v0"
        self.metadata = {"name": name, "render_modes": ["ansi"], "is_parallelizable": True, "render_fps": 4}

    def observation_space(self, agent: str) -> Space[Any]:
        return self.observation_spaces[agent]  # type: ignore[no-any-return]

    def action_space(self, agent: str) -> Space[Any]:
        return self.action_spaces[agent]  # type: ignore[no-any-return]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        self.game.begin(seed, options)
        self.agents = list(self.possible_agents)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self._publish()

    def step(self, action: Any) -> None:
        """The agent that is selected moves; one whose episode is over takes its leave with None."""
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        self._cumulative_rewards[agent] = 0.0
        self.game.play(self.codec.decode(action) if self.codec is not None else action)
        self._publish()
        self._accumulate_rewards()

    def observe(self, agent: str) -> Any:
        text = self.game.observations[agent]
        return self.codec(text) if self.codec is not None else text

    def render(self) -> Any:
        return self.game.env.render()

    def close(self) -> None:
        self.game.env.close()

    def _publish(self) -> None:
        self.agent_selection = self.game.to_move
        self.rewards = dict(self.game.rewards)
        self.terminations = dict.fromkeys(self.agents, self.game.terminated)
        self.truncations = dict.fromkeys(self.agents, self.game.truncated)
        self.infos = {agent: self.game.infos[agent] for agent in self.agents}


class TurnParallel(ParallelEnv):  # type: ignore[misc]  # pettingzoo has no types
    """The same game as a Parallel environment: each step is one move, of the agent whose ``info["to_move"]`` is True.

    What the other one passes is not heard, and it may pass nothing: both forms play the same episodes.
    """

    def __init__(self, game: TurnGame, codec: Codec | None = None) -> None:
        self.game = game
        self.codec = codec
        self.possible_agents = list(game.players)
        self.agents: list[str] = []
        self.observation_spaces, self.action_spaces = spaces_for(game.players, game.observation_space, codec)
        self.render_mode = game.env.render_mode
        self.metadata = {"name": f"{type(game).__name__}_parallel_v0", "render_modes": ["ansi"], "render_fps": 4}

    def observation_space(self, agent: str) -> Space[Any]:
        return self.observation_spaces[agent]  # type: ignore[no-any-return]

    def action_space(self, agent: str) -> Space[Any]:
        return self.action_spaces[agent]  # type: ignore[no-any-return]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        self.game.begin(seed, options)
        self.agents = list(self.possible_agents)
        return self._observations(), dict(self.game.infos)

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """One move.

        Raises:
            UnknownOption: the agent that is to move has no action.
        """
        game = self.game
        if not game.over and game.to_move not in actions:
            raise UnknownOption(f"It is the turn of {game.to_move!r}, and the actions are of {sorted(actions)}.")
        action = actions.get(game.to_move)
        game.play(self.codec.decode(action) if self.codec is not None and action is not None else action)  # type: ignore[arg-type]  # play says what is wrong with None
        live, self.agents = self.agents, [] if game.over else self.agents
        return (
            self._observations(),
            dict(game.rewards),
            dict.fromkeys(live, game.terminated),
            dict.fromkeys(live, game.truncated),
            dict(game.infos),
        )

    def render(self) -> Any:
        return self.game.env.render()

    def close(self) -> None:
        self.game.env.close()

    def _observations(self) -> dict[str, Any]:
        if self.codec is None:
            return dict(self.game.observations)
        return {player: self.codec(text) for player, text in self.game.observations.items()}


def strategist_actor(
    env: gymnasium.Env[str, str],
    *,
    every: int | None = None,
    rewards: Rewards = "shared",
    codec: Codec | None = None,
) -> TurnAEC:
    """Strategist and actor in ``env`` (see :class:`StrategyGame`) as an AEC environment.

    Examples:
        >>> import gymnasium
        >>> duo = strategist_actor(gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy"))
        >>> duo.reset(seed=0)
        >>> duo.step("Look where vegetables are kept.")
        >>> duo.agent_selection, duo.last()[0].splitlines()[-1]
        ('actor_0', 'Your strategy: Look where vegetables are kept.')
    """
    return TurnAEC(StrategyGame(env, every=every, rewards=rewards), codec)


def parallel_strategist_actor(
    env: gymnasium.Env[str, str],
    *,
    every: int | None = None,
    rewards: Rewards = "shared",
    codec: Codec | None = None,
) -> TurnParallel:
    """The same as a Parallel environment."""
    return TurnParallel(StrategyGame(env, every=every, rewards=rewards), codec)


def dialogue(
    env: gymnasium.Env[str, str],
    *,
    user: User | None = None,
    addressed: Extractor = SAY,
    max_messages: int | None = None,
    codec: Codec | None = None,
) -> TurnAEC:
    """Assistant and user in ``env`` (see :class:`DialogueGame`) as an AEC environment.

    Examples:
        >>> import gymnasium
        >>> def user(goal, conversation):
        ...     return f"I want you to {goal}"
        >>> pair = dialogue(gymnasium.make("sge_envs:SGE-ALFWorld-v0", split="easy"), user=user)
        >>> pair.reset(seed=0)
        >>> pair.step("<say>What can I do for you?</say>")
        >>> pair.step(pair.infos[pair.agent_selection]["scripted_reply"])
        >>> pair.last()[0]
        'The user says: I want you to clean some potato and put it in microwave.'
    """
    return TurnAEC(DialogueGame(env, user=user, addressed=addressed, max_messages=max_messages), codec)


def parallel_dialogue(
    env: gymnasium.Env[str, str],
    *,
    user: User | None = None,
    addressed: Extractor = SAY,
    max_messages: int | None = None,
    codec: Codec | None = None,
) -> TurnParallel:
    """The same as a Parallel environment."""
    return TurnParallel(DialogueGame(env, user=user, addressed=addressed, max_messages=max_messages), codec)
