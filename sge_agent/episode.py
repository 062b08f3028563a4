"""One episode in the making: what an agent is, what it sees, and how its requests become tokens, segments and turns."""

from __future__ import annotations

import math
from collections.abc import Generator, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from sge_agent.policy import Job, Policy, Sample
from sge_agent.types import Context, EpisodeSpec, Order, Request, SamplingParams, Segment, Trajectory, Turn


@dataclass(frozen=True, slots=True)
class History:
    """All that an agent may know when it is about to act: this is its only memory of the episode."""

    spec: EpisodeSpec
    observation: str
    info: Mapping[str, Any] = field(default_factory=dict)  # came with the observation
    turns: tuple[Turn, ...] = ()
    first_info: Mapping[str, Any] = field(default_factory=dict)  # of reset
    told: bool = False  # the observation already stands in the context: a strategy was written in this turn

    @property
    def goal(self) -> str:
        """The instruction in words, "" where the environment names none."""
        return str(self.info.get("goal") or self.first_info.get("goal") or "")

    @property
    def hint(self) -> str:
        return self.spec.hint

    @property
    def order(self) -> Order:
        return self.spec.order

    @property
    def strategy(self) -> str:
        """The strategy in force so far, "" if none."""
        return self.turns[-1].strategy if self.turns else ""


class Agent(Protocol):
    """Decides what is asked of the model. It holds no episode state: one instance serves all episodes at once."""

    def act(self, history: History) -> Generator[Request, Segment, str]:
        """Yield requests, be sent what the model wrote for each, return the action."""
        ...

    def parse_strategy(self, text: str) -> str:
        """The strategy in the text of a strategy segment, "" if there is none."""
        ...


class EpisodeError(Exception):
    """This episode cannot go on; the others can. Its message becomes ``Trajectory.error``."""


class Episode:
    """One episode of an agent, without its environment and without waiting for the policy.

    While ``request`` is set the agent waits for a sample (``job`` then ``answer``), else ``action`` is what it wants
    to do in the environment, and ``step`` takes the outcome.
    """

    def __init__(self, spec: EpisodeSpec, agent: Agent, policy: Policy, *, key: Hashable = 0) -> None:
        self.spec = spec
        self.request: Request | None = None
        self.action = ""
        self.begun = False
        self.done = False
        self._agent = agent
        self._policy = policy
        self._key = key
        self._contexts: list[list[int]] = [list(spec.start_tokens)] if spec.start_tokens else []
        self._turns: list[Turn] = []
        self._segments: list[Segment] = []
        self._requests: list[Request] = []
        self._versions: set[int] = set()
        self._drawn = 0
        self._refused_tokens = 0
        self.refused = 0  # how often the method has refused what was written for the request
        self._first_info: dict[str, Any] = {}
        self._info: dict[str, Any] = {}
        self._observation = ""
        self._act: Generator[Request, Segment, str]

    @property
    def turn(self) -> int:
        """The number of the turn that is being played, from 0."""
        return len(self._turns)

    @property
    def context(self) -> Hashable:
        """Names the current token list to the policy."""
        return (self._key, len(self._contexts) - 1)

    @property
    def contexts(self) -> list[Hashable]:
        return [(self._key, number) for number in range(len(self._contexts))]

    def begin(self, observation: str, info: Mapping[str, Any]) -> None:
        """Take what ``reset`` returned."""
        self.begun = True
        self._first_info = dict(info)
        self._look(observation, info)
        self._start_turn()

    @property
    def info(self) -> Mapping[str, Any]:
        """What came with the current observation."""
        return self._info

    @property
    def tokens(self) -> tuple[int, ...]:
        """The current token list."""
        return tuple(self._contexts[-1])

    def job(self, sampling: SamplingParams) -> Job:
        """The request as work for the policy; its random stream hangs on the spec's seed and its own number alone."""
        return Job(self.context, self.tokens, sampling, request_seed(self.spec.seed, self._drawn))

    def answer(self, sample: Sample) -> None:
        """Take what the model wrote for ``request``, and let the agent go on."""
        assert self.request is not None, "the agent had asked for nothing"
        lengths = {len(sample.tokens), len(sample.logprobs), len(sample.temperatures)}
        if len(lengths) > 1:
            raise ValueError(
                f"a sample must have one log-prob and one temperature per token, got {len(sample.tokens)} tokens, "
                f"{len(sample.logprobs)} log-probs and {len(sample.temperatures)} temperatures"
            )
        tokens = self._contexts[-1]
        segment = Segment(
            role=self.request.role,
            context=len(self._contexts) - 1,
            start=len(tokens),
            end=len(tokens) + len(sample.tokens),
            logprobs=sample.logprobs,
            temperatures=sample.temperatures,
            text=sample.text,
            finish=sample.finish,
            entropies=sample.entropies,
        )
        tokens += sample.tokens
        self._segments.append(segment)
        self._requests.append(self.request)
        self._versions.add(self._policy.version)
        self._drawn += 1
        self.refused = 0
        self._advance(segment)

    def refuse(self, sample: Sample) -> None:
        """Forget what the model wrote for ``request``: the next ``job`` asks for the same with other random numbers."""
        self._drawn += 1
        self.refused += 1
        self._refused_tokens += len(sample.tokens)

    def step(
        self,
        observation: str,
        reward: float,
        terminated: bool,
        truncated: bool,
        info: Mapping[str, Any],
        *,
        snapshot: bytes | None = None,
    ) -> None:
        """Take what ``env.step(action)`` returned, and the state that it led to where that is kept; the next turn begins
        unless the episode has ended.
        """
        if not math.isfinite(reward):
            raise EpisodeError(f"a reward must be a finite number, the environment gave {reward}")
        self._turns.append(
            Turn(
                observation=self._observation,
                segments=tuple(self._segments),
                strategy=self._strategy(),
                action=self.action,
                reward=float(reward),
                terminated=bool(terminated),
                truncated=bool(truncated),
                info=dict(info),
                requests=tuple(self._requests),
                snapshot=snapshot,
            )
        )
        self._segments, self._requests = [], []
        self._look(observation, info)
        self.done = bool(terminated or truncated)
        if not self.done:
            self._start_turn()

    def trajectory(self, *, error: str = "") -> Trajectory:
        """The record so far; ``error`` says why it ends early."""
        return Trajectory(
            spec=self.spec,
            turns=tuple(self._turns),
            contexts=tuple(Context(tuple(tokens)) for tokens in self._contexts),
            first_info=self._first_info,
            final_observation=self._observation,
            policy_versions=(min(self._versions), max(self._versions)) if self._versions else (),
            error=error,
            refused_tokens=self._refused_tokens,
        )

    def _look(self, observation: str, info: Mapping[str, Any]) -> None:
        if not isinstance(observation, str):
            raise EpisodeError(
                f"an observation must be text, the environment gave {type(observation).__name__}; wrap it in a "
                "gymnasium.ObservationWrapper that renders it as str"
            )
        self._observation, self._info = observation, dict(info)

    def _start_turn(self) -> None:
        history = History(self.spec, self._observation, self._info, tuple(self._turns), self._first_info)
        self._act = self._agent.act(history)
        self._advance(None)

    def _advance(self, segment: Segment | None) -> None:
        try:
            request = next(self._act) if segment is None else self._act.send(segment)
        except StopIteration as stop:
            if not isinstance(stop.value, str):
                raise TypeError(
                    f"{type(self._agent).__name__}.act must return the action as str, it returned {stop.value!r}"
                ) from None
            self.request, self.action = None, stop.value
            return
        if request.new_context or not self._contexts:
            self._contexts.append([])
        tokens = self._contexts[-1]
        try:
            tokens += self._policy.encode(tokens, request)
        except Exception as cause:
            raise EpisodeError(f"policy, encode: {type(cause).__name__}: {cause}") from cause
        self.request = request

    def _strategy(self) -> str:
        written = [s.text for s in self._segments if s.role == "strategy"]
        if written:
            return self._agent.parse_strategy(written[-1])
        return self._turns[-1].strategy if self._turns else ""


def request_seed(seed: int, number: int) -> int:
    """The seed of the random stream of an episode's ``number``-th request: independent of everything else that is
    played.
    """
    return int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0])


def rewrite(agent: Agent, policy: Policy, trajectory: Trajectory, hint: str) -> Trajectory:
    """The same episode as if ``hint`` had been shown: contexts are built anew, the sampled ids and their texts are
    kept.

    The log-probs in its segments are still those of the original, and ``recompute`` says so. With the trajectory's own
    hint the contexts are identical. Raises ``ValueError`` if the episode did not end, or if the agent now asks for
    something else.
    """
    if trajectory.error or not trajectory.turns:
        raise ValueError(
            "only an episode that was played to its end can be rewritten; this one has "
            + (f"the error {trajectory.error!r}" if trajectory.error else "no turns")
        )
    episode = Episode(replace(trajectory.spec, hint=hint), agent, policy)
    episode.begin(trajectory.turns[0].observation, trajectory.first_info)
    following = [turn.observation for turn in trajectory.turns[1:]] + [trajectory.final_observation]
    for turn, observation in zip(trajectory.turns, following, strict=True):
        for segment in turn.segments:
            _check_same(episode, segment.role)
            ids = trajectory.contexts[segment.context].tokens[segment.start : segment.end]
            episode.answer(
                Sample(ids, segment.logprobs, segment.temperatures, segment.text, segment.finish, segment.entropies)
            )
        _check_same(episode, None)
        episode.action = turn.action
        episode.step(observation, turn.reward, turn.terminated, turn.truncated, turn.info, snapshot=turn.snapshot)
    new = episode.trajectory()
    return replace(
        new,
        turns=tuple(replace(n, bonus=old.bonus) for n, old in zip(new.turns, trajectory.turns, strict=True)),
        policy_versions=trajectory.policy_versions,
        recompute=True,
    )


def _check_same(episode: Episode, role: str | None) -> None:
    asked = episode.request.role if episode.request else None
    if asked != role:
        raise ValueError(
            f"in turn {episode.turn} the agent now asks for {asked or 'nothing more'}, when the episode was played it "
            f"asked for {role or 'nothing more'}: which spans an agent asks for must not depend on the hint"
        )
