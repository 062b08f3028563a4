"""What one of several processes does in ``test_ranks``: updates, whose gradients and metrics are kept in a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sge_agent import checkpoint
from sge_agent.batch import Batch
from sge_agent.errors import RunError
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.exploration.kl import KLToInitial
from sge_agent.learner import Learner
from sge_agent.policies.transformers import Lora, TransformersPolicy
from sge_agent.ranks import Ranks, joined, share
from sge_agent.types import Context, EpisodeSpec, Group, TaskRef, Trajectory
from tests.sge_agent import tiny
from tests.sge_agent.gradients import Watch, shift
from tests.sge_agent.test_checkpoint import files_of_at_most

SPREAD = " (spread)"
"""Behind the names of cases in which the weights are spread over the processes."""


class Looks(Exploration):
    """Keeps what it is told about the tokens of an update."""

    needs = frozenset({"entropy@frozen", "hidden.mean", "hidden.last@frozen", "entropy.top_p=0.5"})

    def __init__(self) -> None:
        self.seen: dict[str, np.ndarray] = {}

    def shape(self, groups: Sequence[Group], shaped: Any, ctx: ExplorationContext) -> Any:
        self.seen = {
            name: np.nan_to_num(np.concatenate([array for own in ctx.feature(name) for array in own]))
            for name in sorted(self.needs)
        }
        return shaped


class Spoils(Exploration):
    """Makes the loss of one process not a number."""

    adds_loss = True

    def __init__(self, here: bool) -> None:
        self.here = here

    def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor:
        return torch.full_like(batch.advantages, float("nan") if self.here else 0.0)


@dataclass(frozen=True)
class Case:
    settings: dict[str, Any] = field(default_factory=dict)
    exploration: type[Exploration] = Exploration
    lora: bool = False
    checkpointing: bool = False


# One token a pass means one row a pass: then each row is computed as in one process. Where other rows stand beside it, its logits
# round otherwise, by some 1e-6, and the weight of a whole context carries the rounding of all its tokens.
CASES: dict[str, Case] = {
    "one step": Case({"epochs": 1}),
    "two epochs of two steps": Case({"epochs": 2, "minibatches": 2}),
    "recomputed": Case({"epochs": 2, "old_logprobs": "recomputed", "microbatch_tokens": 1}),
    "mean over episodes": Case({"epochs": 1, "aggregate": "sequence_mean"}),
    "price to the first model": Case({"epochs": 1, "microbatch_tokens": 1}, KLToInitial),
    "what methods ask to know": Case({"epochs": 1}, Looks),
    "weights of whole contexts": Case(
        {"epochs": 1, "old_logprobs": "recomputed", "correction": "sequence_masked", "microbatch_tokens": 1}
    ),
    "adapters": Case({"epochs": 1}, KLToInitial, lora=True),
    "activations computed again": Case({"epochs": 1, "microbatch_tokens": 1}, checkpointing=True),
}


def played() -> list[Group]:
    """The same groups in every process: what is played depends on seeds alone. Only the first one's members begin alike."""
    refs = [TaskRef("toy", number) for number in range(3)]
    episodes = tiny.play(tiny.policy(), [EpisodeSpec(ref) for ref in refs for _ in range(3)])
    prompt = tuple(np.random.default_rng(0).integers(0, 256, 60).tolist())
    episodes = [_behind(prompt, trajectory) if n < 3 else trajectory for n, trajectory in enumerate(episodes)]
    return [Group(ref, tuple(episodes[3 * g : 3 * g + 3])) for g, ref in enumerate(refs)]


def _behind(prompt: tuple[int, ...], trajectory: Trajectory) -> Trajectory:
    """The trajectory with more to read at its beginning."""
    moved = [
        replace(turn, segments=tuple(replace(s, start=s.start + 60, end=s.end + 60) for s in turn.segments))
        for turn in trajectory.turns
    ]
    contexts = tuple(Context(prompt + context.tokens) for context in trajectory.contexts)
    return replace(trajectory, turns=tuple(moved), contexts=contexts)


def policy_of(case: Case, model: Path) -> TransformersPolicy:
    lora = Lora(rank=2, alpha=8) if case.lora else None
    return TransformersPolicy.from_pretrained(model, lora=lora, activation_checkpointing=case.checkpointing)


def update(ranks: Ranks | None, case: Case, model: Path, *, spread: bool = False) -> dict[str, Any]:
    """The gradients of all optimiser steps of an update, its metrics, and what the method saw."""
    policy, exploration = policy_of(case, model), case.exploration()
    if spread and ranks is not None:
        policy.shard(ranks)
    learner = Learner(policy, ranks=ranks, reference=policy.frozen(), **case.settings)
    if case.exploration is KLToInitial:
        shift(policy)
        if policy.shards is not None:
            policy.shards.scatter()
    watch = Watch(learner)
    metrics = learner.step(played(), exploration)
    gradient = {f"{i}.{name}": g for i, step in enumerate(watch.gradients) for name, g in step.items()}
    return {"gradient": gradient, "metrics": metrics, "seen": getattr(exploration, "seen", {})}


def trained(ranks: Ranks, *, spread: bool) -> dict[str, Any]:
    """Two updates, the first of which one process spoils: their metrics, the weights after each, and the bytes of training."""
    policy = tiny.policy()
    if spread:
        policy.shard(ranks)
    learner = Learner(policy, ranks=ranks, lr=1e-2, epochs=1, microbatch_tokens=120, max_grad_norm=0.01)
    metrics, weights = [], []
    for exploration in (Spoils(ranks.rank == 1), Exploration()):
        metrics.append(learner.step(played(), exploration))
        weights.append({name: weight.detach().clone() for name, weight in policy.model.named_parameters()})
    parts = list(policy.model.parameters()) if policy.shards is None else policy.shards.parts
    held = sum(tensor.nbytes for tensor in (*parts, *learner.tensors().values()))
    return {"metrics": metrics, "weights": weights, "held": held}


def goes_on(ranks: Ranks, model: Path, run: Path, *, lora: bool, dtype: torch.dtype) -> bool:
    """Does a checkpoint in parts, loaded into fresh objects, go on bit for bit? A second one cannot be written by one process."""

    def made() -> dict[str, Any]:
        policy = TransformersPolicy.from_pretrained(model, lora=Lora(rank=2, alpha=8) if lora else None, dtype=dtype)
        policy.shard(ranks)
        return {"policy": policy, "learner": Learner(policy, ranks=ranks, lr=1e-2), "exploration": Exploration()}

    whole, later = made(), made()
    whole["learner"].step(played())
    checkpoint.save(run, **whole, progress={"update": 1})
    whole["learner"].updates = 2
    with files_of_at_most(2000) if ranks.rank else nullcontext(), pytest.raises(RunError, match="make room"):
        checkpoint.save(run, **whole, progress={"update": 2})
    ranks.gather([])
    assert [path.name for path in run.iterdir()] == ["000001"]
    whole["learner"].updates = 1
    assert checkpoint.load(run, **later) == {"update": 1}
    for one in (whole, later):
        assert one["learner"].step(played())["steps"] > 0
    both = zip(whole["policy"].model.parameters(), later["policy"].model.parameters(), strict=True)
    return all(torch.equal(one, other) for one, other in both)


def main(model: Path, out: Path) -> None:
    torch.set_num_threads(1)
    found: dict[str, Any] = {}
    with joined() as ranks:
        assert ranks.gather(share(list(range(7)), ranks)) == list(range(7))
        assert (ranks.any(ranks.rank == 1), ranks.any(False)) == (True, False)
        for name, case in CASES.items():
            found[name] = update(ranks, case, model)
            found[name + SPREAD] = update(ranks, case, model, spread=True)
        for spread in (False, True):
            found[f"trained{SPREAD * spread}"] = trained(ranks, spread=spread)
        found["goes on"] = {
            f"{dtype}, {lora=}": goes_on(ranks, model, out / f"run-{dtype}-{lora}", lora=lora, dtype=dtype)
            for dtype, lora in ((torch.float32, True), (torch.bfloat16, False))
        }
    torch.save(found, out / f"{ranks.rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
