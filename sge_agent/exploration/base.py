"""The one extension point for exploration: a class with hooks, each a no-op by default, and ``Chain`` to compose them.

Order of one update: ``plan`` -> episodes are played (``sampling``, ``accepts``) -> ``more`` until it asks for nothing ->
``bonus`` -> returns and group baseline -> ``shape`` -> ``replay`` joins -> loss (``token_loss``) -> ``observe``. Only ``observe``
may change the method's memory, so every other hook may be called in any order and any number of times. Where batches are
played ahead of the learner (``--max-staleness`` N), ``plan``, ``sampling``, ``accepts`` and ``more`` of update u find what
``observe`` of update u - N - 1 left, while ``bonus``, ``shape``, ``replay`` and ``token_loss`` of an earlier update are called in
another thread.

What ``needs`` may name, computed before the weights move, for whole episodes only and under the prompt that they were
played with; ``[g][i]`` is trajectory i of group g as ``bonus``, ``shape`` and ``observe`` get them:

* ``entropy``: [tokens], nats, of the distribution that each sampled token was drawn from.
* ``entropy.top_p=0.8`` (any share): the same, of the smallest set of tokens that holds this share, brought to sum 1.
* ``hidden.last``: [turns, width], the last layer's state at the last token of each turn's action; NaN without one.
* ``hidden.mean``: [1, width], its mean over the sampled tokens. ``hidden.tokens``: [tokens, width].
* the same with ``@frozen`` behind it: of the model as it was before training.
* ``logprobs@frozen``: what the model as it was before training gives to each trained token, at the token's temperature
  and under the prompt that is trained. Not in the context but in the batch, as ``batch.extras["logprobs@frozen"]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sge_agent.prompts import MARKDOWN, Prompts
from sge_agent.types import EpisodeSpec, Group, Role, SamplingParams, TaskRef, Trajectory

if TYPE_CHECKING:
    import torch

    from sge_agent.batch import Batch

Feature = list[list[np.ndarray]]
"""One array for each trajectory: ``feature[g][i]``."""

Advantages = list[list[np.ndarray]]
"""``advantages[g][i]``: float64 array with one value per sampled token of trajectory i of group g, in segment order."""


Ask = Callable[[Sequence[str], SamplingParams], list[str]]
"""The policy's answers to questions, each in a context of its own."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A past trajectory to train on again, with its advantage per sampled token, and what ``Shaped.extras`` name."""

    trajectory: Trajectory
    advantages: np.ndarray
    extras: Mapping[str, np.ndarray] = field(default_factory=dict)


REFUSALS = 64
"""So often in a row a method may refuse what the model writes for a span; what comes then stands."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model has just written for a span, before the episode goes on with it."""

    spec: EpisodeSpec
    role: Role
    position: int  # the turn that it belongs to
    text: str  # a strategy as the agent parses it, anything else as it was written
    refused: int  # how often this span was refused already


@dataclass(frozen=True, slots=True)
class ExplorationContext:
    """What a hook may look at. ``rewrite(trajectory, hint)`` rebuilds the contexts as if another hint (or none) had been shown,
    with the sampled ids kept; the result has ``recompute`` set."""

    update: int
    total_updates: int
    rng: np.random.Generator
    evaluation: bool = False
    features: Mapping[str, Feature] = field(default_factory=dict)  # what ``needs`` asked for
    rewrite: Callable[[Trajectory, str], Trajectory] | None = None
    tasks: Sequence[TaskRef] = ()  # all tasks that the run trains on
    round: int = 0  # how many rounds of further episodes this update has played
    prompts: Prompts = MARKDOWN  # the agent's templates, for the words of hints
    ask: Ask | None = None  # puts questions to the policy, of which nothing is trained

    def feature(self, name: str) -> Feature:
        """What ``needs`` asked for under this name. Raises ``ValueError`` where nobody has computed it."""
        if name not in self.features:
            raise ValueError(f"the feature {name!r} was not computed: put the name into needs, and train with Learner")
        return self.features[name]


@dataclass(frozen=True, slots=True)
class Shaped:
    """What ``shape`` returns: advantages, and named extras (same layout) that reach ``token_loss`` as ``batch.extras[name]``.

    The names ``clip_low`` and ``clip_high`` are honoured by the learner as clip bounds of each token; infinite ones leave
    the token without a clip.
    """

    advantages: Advantages
    extras: Mapping[str, Advantages] = field(default_factory=dict)

    def with_extra(self, name: str, values: Advantages) -> Shaped:
        """The same with one extra more; where ``values`` are not a number, what an earlier method said under this name stays."""
        before = self.extras.get(name)
        if before is not None:
            values = [
                [np.where(np.isnan(new), old, new) for new, old in zip(own, earlier, strict=True)]
                for own, earlier in zip(values, before, strict=True)
            ]
        return replace(self, extras={**self.extras, name: values})


class Exploration:
    """Base of all methods: every hook does nothing. A method overrides the few that it needs."""

    needs: frozenset[str] = frozenset()
    requires: frozenset[str] = frozenset()
    """What the policy must be able to do (``Policy.capabilities``); else nothing is played."""

    @property
    def adds_loss(self) -> bool:
        """Does the method add a loss of its own? Then tokens without advantage matter too."""
        return type(self).token_loss is not Exploration.token_loss

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        """The coming episodes, one spec each; may change, reorder inside a task, or replace them."""
        return specs

    def more(self, group: Group, ctx: ExplorationContext) -> tuple[Sequence[EpisodeSpec], Sequence[int]]:
        """For a finished group: further episodes to play (planned like the first ones, unless they have a hint or a tag), and
        indices of members to leave out."""
        return (), ()

    def sampling(self, role: Role, position: int, params: SamplingParams, ctx: ExplorationContext) -> SamplingParams:
        """The sampling settings of a span. ``position`` is the turn that it belongs to."""
        return params

    def accepts(self, draft: Draft, ctx: ExplorationContext) -> bool:
        """Does what the model has written for a span stand? If not it is forgotten, and written again with other random
        numbers, up to ``REFUSALS`` times in a row."""
        return True

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        """Intrinsic reward per turn, ``[g][i]`` -> float64 [turns], added to the rewards BEFORE the group's baseline. None:
        nothing."""
        return None

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        """Advantages per token AFTER the baseline; all groups of the update at once."""
        return shaped

    def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor | None:
        """A term per trained token, [K] (same order as the batch's trained tokens); the learner aggregates. None: nothing."""
        return None

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        """After the update. The only hook that may change the method's own memory; may add metrics."""

    def replay(self, ctx: ExplorationContext) -> Sequence[Scored]:
        """Past trajectories, already scored, that join the batch."""
        return ()

    def state_dict(self) -> dict[str, Any]:
        """State for exact resume: JSON-able, NumPy arrays too."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None: ...


class Chain(Exploration):
    """Several methods as one: plans, sampling and shapes fold; all must accept; further episodes, drops and replays join;
    bonuses and losses add."""

    def __init__(self, *methods: Exploration) -> None:
        self.methods = methods
        self.needs = frozenset().union(*(m.needs for m in methods))
        self.requires = frozenset().union(*(m.requires for m in methods))

    @property
    def adds_loss(self) -> bool:
        return any(method.adds_loss for method in self.methods)

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        for method in self.methods:
            specs = method.plan(specs, ctx)
        return specs

    def more(self, group: Group, ctx: ExplorationContext) -> tuple[Sequence[EpisodeSpec], Sequence[int]]:
        specs: list[EpisodeSpec] = []
        drops: set[int] = set()
        for method in self.methods:
            further, dropped = method.more(group, ctx)
            specs += further
            drops |= set(dropped)
        return specs, sorted(drops)

    def sampling(self, role: Role, position: int, params: SamplingParams, ctx: ExplorationContext) -> SamplingParams:
        for method in self.methods:
            params = method.sampling(role, position, params, ctx)
        return params

    def accepts(self, draft: Draft, ctx: ExplorationContext) -> bool:
        return all(method.accepts(draft, ctx) for method in self.methods)

    def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]] | None:
        total: list[list[np.ndarray]] | None = None
        for method in self.methods:
            part = method.bonus(groups, ctx)
            if part is not None:
                total = part if total is None else [[a + b for a, b in zip(x, y)] for x, y in zip(total, part)]
        return total

    def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
        for method in self.methods:
            shaped = method.shape(groups, shaped, ctx)
        return shaped

    def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor | None:
        parts = [p for m in self.methods if (p := m.token_loss(batch, logits, ctx)) is not None]
        return sum(parts[1:], parts[0]) if parts else None

    def observe(self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext) -> None:
        for method in self.methods:
            method.observe(groups, metrics, ctx)

    def replay(self, ctx: ExplorationContext) -> Sequence[Scored]:
        return [scored for method in self.methods for scored in method.replay(ctx)]

    def state_dict(self) -> dict[str, Any]:
        return {str(i): method.state_dict() for i, method in enumerate(self.methods)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        for i, method in enumerate(self.methods):
            method.load_state_dict(state[str(i)])
