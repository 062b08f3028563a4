"""The gradient that a learner computes, caught before the optimiser takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from sge_agent.exploration.base import Exploration
from sge_agent.learner import Learner
from sge_agent.policies.shards import Shards
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.types import Group, Trajectory

Gradient = dict[str, torch.Tensor]


class Watch:
    """Stands in for the optimiser: keeps each step's gradient and moves nothing."""

    def __init__(self, learner: Learner) -> None:
        self.inner = learner.optimizer
        self.model, self.shards = learner.policy.model, learner.policy.shards
        self.gradients: list[Gradient] = []
        self.total_updates, self.rate = 1, 0.0
        learner.optimizer = self  # type: ignore[assignment]

    def begin(self, update: int) -> None: ...

    def zero_grad(self) -> None:
        self.inner.zero_grad()

    def step(self) -> float:
        if self.shards is None:
            self.gradients.append({n: p.grad.clone() for n, p in self.model.named_parameters() if p.grad is not None})
        else:
            self.gradients.append(whole_gradient(self.shards))
        self.zero_grad()
        return 1.0


def whole_gradient(shards: Shards) -> Gradient:
    """The gradient of weights that are spread over several processes."""
    parts = enumerate(zip(shards.names, shards.parts, strict=True))
    return {name: shards.spread(i, part.grad).full_tensor() for i, (name, part) in parts if part.grad is not None}


def gradient_of(
    policy: TransformersPolicy, groups: Sequence[Group], exploration: Exploration | None = None, **settings: Any
) -> tuple[Gradient, dict[str, float]]:
    learner = Learner(policy, reference=policy.frozen(), **{"epochs": 1, **settings})
    watch = Watch(learner)
    metrics = learner.step(groups, exploration)
    (found,) = watch.gradients
    return found, metrics


def distance(a: Gradient, b: Gradient) -> float:
    """|a - b| / |b|, over all weights."""
    assert a.keys() == b.keys()
    square = sum(float((a[n].double() - b[n].double()).square().sum()) for n in b)
    return float((square / sum(float(b[n].double().square().sum()) for n in b)) ** 0.5)


def shift(policy: TransformersPolicy, size: float = 0.02) -> None:
    """Move the weights a little, so that ratios differ from 1."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in policy.model.parameters():
            parameter.add_(size * torch.randn(parameter.shape, generator=generator))


def with_rewards(trajectory: Trajectory, total: float) -> Trajectory:
    turns = [replace(turn, reward=0.0) for turn in trajectory.turns]
    return replace(trajectory, turns=(*turns[:-1], replace(turns[-1], reward=total)))
