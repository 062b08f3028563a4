"""What one of several processes does in ``test_ranks``: one update, and its gradient and weights kept in a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

from sge_agent.learner import Learner
from sge_agent.ranks import Ranks, joined, share
from sge_agent.types import Group
from tests.sge_agent import tiny
from tests.sge_agent.gradients import Watch
from tests.sge_agent.test_ranks import played


def update(
    ranks: Ranks | None, groups: list[Group], **settings: Any
) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
    """The gradients of all optimiser steps of an update, and its metrics."""
    learner = Learner(tiny.policy(), ranks=ranks, **settings)
    watch = Watch(learner)
    metrics = learner.step(groups)
    return {f"{i}.{name}": g for i, step in enumerate(watch.gradients) for name, g in step.items()}, metrics


def main(out: Path) -> None:
    torch.set_num_threads(1)
    with joined() as ranks:
        assert ranks.gather(share(list(range(7)), ranks)) == list(range(7))
        found = {name: update(ranks, played(), **settings) for name, settings in CASES.items()}
        learner = Learner(tiny.policy(), ranks=ranks, lr=1e-2)
        learner.step(played())
        weights = {name: weight.detach() for name, weight in learner.policy.model.named_parameters()}
    torch.save({"found": found, "weights": weights}, out / f"{ranks.rank}.pt")


CASES: dict[str, dict[str, Any]] = {
    "one step": {"epochs": 1},
    "two epochs of two steps": {"epochs": 2, "minibatches": 2},
    "recomputed": {"epochs": 2, "old_logprobs": "recomputed"},
    "mean over episodes": {"epochs": 1, "aggregate": "sequence_mean"},
}

if __name__ == "__main__":
    main(Path(sys.argv[1]))
