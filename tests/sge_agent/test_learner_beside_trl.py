"""Loss and gradient equal those of TRL's GRPO on the same batch, wherever both can express the same thing.

TRL has one temperature for all tokens, and one row for each episode; so do the episodes here.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sge_agent.advantages import Estimator, dr_grpo, grpo
from sge_agent.exploration.kl import KLToInitial
from sge_agent.learner import Learner
from sge_agent.losses import cispo, clipped, dual_clipped, gspo
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.types import EpisodeSpec, Group, TaskRef
from tests.sge_agent import tiny
from tests.sge_agent.gradients import Gradient, Watch, distance, shift

trl = pytest.importorskip("trl", reason="TRL is not installed: pip install .[trl]")
datasets = pytest.importorskip("datasets")

pytestmark = [pytest.mark.filterwarnings("ignore")]  # TRL's own

TEMPERATURE = 0.8
LENGTH = 64  # of TRL's longest completion, the divisor of its "dr_grpo"

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], float]] = {
    "DAPO's token mean": ({"loss_type": "dapo"}, {}, 0.0),
    "GRPO's mean over episodes": ({"loss_type": "grpo"}, {"aggregate": "sequence_mean"}, 0.0),
    "Dr. GRPO": (
        {"loss_type": "dr_grpo"},
        {"aggregate": "constant", "constant_length": float(LENGTH), "estimator": dr_grpo},
        0.0,
    ),
    "clip-higher": ({"loss_type": "dapo", "epsilon_high": 0.28}, {"clip_high": 0.28}, 0.0),
    "two-sided clip": ({"loss_type": "dapo", "delta": 1.5}, {"loss": dual_clipped(1.5)}, 0.0),
    "GSPO": (
        {"loss_type": "grpo", "importance_sampling_level": "sequence", "epsilon": 0.05},
        {"loss": gspo, "aggregate": "sequence_mean", "clip": 0.05},
        0.0,
    ),
    # TRL's bound is that of the ratio itself, and there is none below
    "CISPO": ({"loss_type": "cispo", "epsilon_high": 1.1}, {"loss": cispo, "clip_low": 1.0, "clip_high": 0.1}, 0.0),
    "a price for KL": ({"loss_type": "dapo", "use_bias_correction_kl": False}, {}, 0.04),
}


def played(policy: TransformersPolicy) -> list[Group]:
    refs = [TaskRef("toy", number) for number in range(2)]
    specs = [EpisodeSpec(ref) for ref in refs for _ in range(4)]
    trajectories = tiny.play(policy, specs, temperatures=(TEMPERATURE, TEMPERATURE))
    groups = [Group(ref, tuple(trajectories[4 * g : 4 * g + 4])) for g, ref in enumerate(refs)]
    assert all(len({t.return_ for t in group.trajectories}) > 1 for group in groups)
    return groups


def trl_inputs(groups: list[Group], estimator: Estimator) -> dict[str, torch.Tensor]:
    """The same episodes in TRL's form: what the model was first shown, and all that followed, with its own tokens marked."""
    episodes = [t for group in groups for t in group.trajectories]
    start = episodes[0].segments[0].start
    ends = [t.segments[-1].end for t in episodes]
    shape = (len(episodes), max(ends) - start)
    ids, mask, own = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    old = torch.zeros(shape)
    for i, trajectory in enumerate(episodes):
        tokens = trajectory.contexts[0].tokens
        ids[i, : ends[i] - start] = torch.tensor(tokens[start : ends[i]])
        mask[i, : ends[i] - start] = 1
        for segment in trajectory.segments:
            own[i, segment.start - start : segment.end - start] = 1
            old[i, segment.start - start : segment.end - start] = torch.tensor(segment.logprobs)
    advantages = [
        a
        for group in groups
        for a in estimator(np.array([t.return_ for t in group.trajectories]), np.ones(4, dtype=bool))
    ]
    prompts = torch.tensor([t.contexts[0].tokens[:start] for t in episodes])
    return {
        "prompt_ids": prompts,
        "prompt_mask": torch.ones_like(prompts),
        "completion_ids": ids,
        "completion_mask": mask,
        "tool_mask": own,
        "old_per_token_logps": old,
        "advantages": torch.tensor(advantages, dtype=torch.float32),
        "num_items_in_batch": own.sum().float(),
    }


def trl_loss(
    model: torch.nn.Module,
    initial: torch.nn.Module,
    inputs: dict[str, torch.Tensor],
    folder: Path,
    config: dict[str, Any],
    price: float,
) -> tuple[float, Gradient]:
    settings = trl.GRPOConfig(
        output_dir=str(folder),
        report_to=[],
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        temperature=TEMPERATURE,
        num_generations=4,
        per_device_train_batch_size=8,
        max_completion_length=LENGTH,
        **{"epsilon": 0.2, **config},
    )
    trainer = trl.GRPOTrainer(
        model=model,
        reward_funcs=lambda completions, **rest: [0.0] * len(completions),
        args=settings,
        train_dataset=datasets.Dataset.from_list([{"prompt": "a"}]),
        processing_class=tiny.tokenizer(),
    )
    trainer.model.eval()
    trainer.beta = price  # as a setting it would have TRL load a second model by name
    if price:
        width = inputs["completion_ids"].shape[1]
        ids = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], dim=1)
        with torch.no_grad():
            logits = initial(input_ids=ids).logits[:, -width - 1 : -1] / TEMPERATURE
        chosen = logits.log_softmax(-1).gather(2, inputs["completion_ids"][..., None])[..., 0]
        inputs = {**inputs, "ref_per_token_logps": chosen}
    loss = trainer._compute_loss(trainer.model, inputs)
    loss.backward()
    found = {name: p.grad for name, p in trainer.model.named_parameters() if p.grad is not None}
    return float(loss), found


@pytest.mark.parametrize("case", CASES)
def test_loss_and_gradient_equal_those_of_trl(case: str, tmp_path: Path) -> None:
    theirs, ours, price = CASES[case]
    policy = tiny.policy()
    initial = copy.deepcopy(policy.model)
    groups = played(policy)
    settings = {"loss": clipped, "estimator": grpo, **ours}
    inputs = trl_inputs(groups, settings["estimator"])
    learner = Learner(policy, epochs=1, reference=policy.frozen(), **settings)
    watch = Watch(learner)
    shift(policy)
    loss, expected = trl_loss(copy.deepcopy(policy.model), initial, inputs, tmp_path, theirs, price)
    metrics = learner.step(groups, KLToInitial(price))
    (found,) = watch.gradients
    assert metrics["loss"] == pytest.approx(loss, rel=1e-5, abs=1e-7)
    assert distance(found, expected) < 1e-5
    assert metrics["clip_share"] > 0
