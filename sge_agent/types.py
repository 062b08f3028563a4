"""The agent's data: what is played, what was written, what came back. Frozen, without torch, without gymnasium."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, runtime_checkable

Role = Literal["strategy", "reasoning", "action"]
"""What a sampled span is for. Strategies are sampled hot, everything else cold."""

Order = Literal["strategy_first", "action_first"]
Credit = Literal["as_sampled", "plain_prompt", "both", "no"]
"""Under which prompt an episode is scored and trained: as it was played, without its hint, both, or not at all."""


@runtime_checkable
class Env(Protocol):
    """What the agent needs of an environment: gymnasium's five-tuple with text in and out. Any such object trains."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]: ...

    def step(self, action: str, /) -> tuple[str, Any, bool, bool, dict[str, Any]]: ...

    def close(self) -> None: ...


@runtime_checkable
class TakesSnapshots(Protocol):
    """An environment whose state can be kept, and given back to ``reset`` as ``options["snapshot"]``."""

    def snapshot(self) -> bytes: ...


@runtime_checkable
class Wrapped(Protocol):
    """A gymnasium wrapper, which finds what an inner environment has by name."""

    def get_wrapper_attr(self, name: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class TaskRef:
    """One task that can be played again and again: what the members of a group share.

    ``env`` is a name in the caller's table of env factories; ``seed`` and ``options`` go to ``reset``.
    """

    env: str
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Stable text id, equal for equal tasks: the memory's key."""
        inner = ",".join(f"{k}={self.options[k]}" for k in sorted(self.options))
        return f"{self.env}#{self.seed}?{inner}" if inner else f"{self.env}#{self.seed}"


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How one span is sampled. ``stop`` strings end it and are part of it (the token that completes one is kept).

    ``factors`` multiply the temperature by position: the first one that of the span's first token, the last one that of
    all tokens from there on; () is a constant temperature. Not every policy can do that (:attr:`Policy.capabilities`).
    """

    temperature: float = 1.0
    max_tokens: int = 256
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    factors: tuple[float, ...] = ()

    def temperature_at(self, position: int) -> float:
        """The temperature of the span's token number ``position``, from 0."""
        if not self.factors:
            return self.temperature
        return self.temperature * self.factors[min(position, len(self.factors) - 1)]


@dataclass(frozen=True, slots=True)
class Request:
    """What an agent asks the policy to write next.

    ``prompt`` is what is said TO the model since it last wrote ("" continues the same message), ``prefill`` is put into the
    model's mouth before sampling starts (a header such as "### Strategy"); neither is ever trained. ``system`` counts in
    the first request of a context only. ``new_context`` starts a fresh token list (a windowed history).
    """

    role: Role
    sampling: SamplingParams
    prompt: str = ""
    prefill: str = ""
    system: str = ""
    new_context: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A span that the model sampled: tokens ``start`` to ``end`` of context number ``context``.

    ``logprobs[i]`` (nats) is the log-probability of token ``start + i`` under logits divided by ``temperatures[i]``, over the
    whole vocabulary. ``finish`` says whether a stop mark ended the span or its token limit.
    """

    role: Role
    context: int
    start: int
    end: int
    logprobs: tuple[float, ...]
    temperatures: tuple[float, ...]
    text: str
    finish: Literal["stop", "length"] = "stop"
    entropies: tuple[
        float, ...
    ] = ()  # nats, of the distribution each token was drawn from; () where the policy cannot tell


@dataclass(frozen=True, slots=True)
class Context:
    """A token list that only grew: forced (prompt, header, observation) and sampled tokens in place."""

    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One ``env.step``. ``observation`` is what the agent saw BEFORE it acted, ``info`` what came back after."""

    observation: str
    segments: tuple[Segment, ...]
    strategy: str  # the strategy in force on this turn ("" if none)
    action: str
    reward: float
    terminated: bool
    truncated: bool
    info: Mapping[str, Any] = field(default_factory=dict)
    requests: tuple[Request, ...] = ()  # what was asked for each segment, to rebuild the context with another hint
    bonus: float = 0.0
    snapshot: bytes | None = None  # of the env after this turn, where the spec asked for it and the episode went on


@dataclass(frozen=True, slots=True)
class Source:
    """An earlier episode of the same task that a hint was made from.

    ``episode`` is the seed of its spec, which names it within its run; None for an episode of another run. ``update`` counts
    from 1, as in transcripts.
    """

    update: int
    episode: int | None
    success: bool
    outcome: str
    strategies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EpisodeSpec:
    """One coming episode, as the exploration method wants it played, counted and trained."""

    task: TaskRef
    seed: int = 0  # of the policy's own random stream for this episode
    hint: str = ""  # shown to the agent: earlier strategies with their outcomes, a critique, ...
    sources: tuple[Source, ...] = ()  # the earlier episodes that the hint was made from
    order: Order = "strategy_first"
    strategy: bool = True  # False: act without writing a strategy (strategy dropout)
    sampling: Mapping[Role, SamplingParams] = field(default_factory=dict)  # overrides the heads and the method
    start: bytes | None = None  # an env snapshot to start from
    start_tokens: tuple[int, ...] = ()  # the context so far, when starting from a snapshot
    snapshots: bool = False  # keep a snapshot of the env after each turn
    tag: str = ""  # free label in metrics and transcripts: "reflect_failure", "control", ...
    in_baseline: bool = True  # does its return count in the group's mean
    train: Credit = "as_sampled"


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One episode as it was played. ``error`` is set when the env or the policy failed: then it is data, and is never trained."""

    spec: EpisodeSpec
    turns: tuple[Turn, ...]
    contexts: tuple[Context, ...]
    first_info: Mapping[str, Any] = field(default_factory=dict)  # of reset
    final_observation: str = ""
    policy_versions: tuple[int, ...] = ()  # lowest and highest version that wrote a token
    error: str = ""
    recompute: bool = (
        False  # old log-probs belong to other contexts (a rewritten trajectory): the learner recomputes them
    )
    refused_tokens: int = 0  # written, refused by the method and forgotten: they stand in no context

    @property
    def task(self) -> TaskRef:
        return self.spec.task

    @property
    def reward(self) -> float:
        """Sum of the environment's rewards, without bonus."""
        return sum(turn.reward for turn in self.turns)

    @property
    def return_(self) -> float:
        """Sum of rewards and bonuses: what the advantage is computed from."""
        return sum(turn.reward + turn.bonus for turn in self.turns)

    @property
    def last_info(self) -> Mapping[str, Any]:
        return self.turns[-1].info if self.turns else self.first_info

    @property
    def success(self) -> bool:
        """The env's own verdict where it gives one, else a positive sum of rewards."""
        verdict = self.last_info.get("success")
        return bool(verdict) if verdict is not None else self.reward > 0

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(s for turn in self.turns for s in turn.segments)

    @property
    def strategies(self) -> tuple[str, ...]:
        """The strategies in force, in order, without repetitions of the same one on consecutive turns."""
        out: list[str] = []
        for turn in self.turns:
            if turn.strategy and (not out or out[-1] != turn.strategy):
                out.append(turn.strategy)
        return tuple(out)

    @property
    def sampled_tokens(self) -> int:
        """Those that stand in its contexts."""
        return sum(s.end - s.start for s in self.segments)

    @property
    def generated_tokens(self) -> int:
        """All that the model wrote, what was refused among them: the price of the episode."""
        return self.sampled_tokens + self.refused_tokens


@dataclass(frozen=True, slots=True)
class Group:
    """Trajectories of one task: what GRPO compares.

    ``missing`` counts members that broke, even when they were tried afresh: a group that misses any is never trained.
    """

    task: TaskRef
    trajectories: tuple[Trajectory, ...]
    missing: int = 0

    def with_trajectories(self, trajectories: Sequence[Trajectory]) -> Group:
        return replace(self, trajectories=tuple(trajectories))
