from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from sge_agent.batch import Batch
from sge_agent.exploration.base import Exploration, ExplorationContext, Shaped
from sge_agent.exploration.kl import KLToInitial
from sge_agent.learner import Learner
from sge_agent.losses import cispo, gspo
from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.types import Context, Group, Trajectory
from tests.sge_agent import tiny
from tests.sge_agent.gradients import Gradient, Watch, distance, gradient_of, shift, with_rewards


def reference(policy: TransformersPolicy, groups: Sequence[Group], *, clip: float = 0.2) -> tuple[float, Gradient]:
    """GRPO written out in float64, token by token, without batches: loss and gradient."""
    model = copy.deepcopy(policy.model).double()
    total, terms = 0, []
    for group in groups:
        returns = [t.return_ for t in group.trajectories]
        mean = sum(returns) / len(returns)
        deviation = (sum((r - mean) ** 2 for r in returns) / len(returns)) ** 0.5
        for trajectory, r in zip(group.trajectories, returns, strict=True):
            if deviation == 0:
                continue
            for segment in trajectory.segments:
                tokens = trajectory.contexts[segment.context].tokens
                logits = model(input_ids=torch.tensor([tokens])).logits[0]
                for i, at in enumerate(range(segment.start, segment.end)):
                    new = (logits[at - 1] / segment.temperatures[i]).log_softmax(-1)[tokens[at]]
                    ratio = (new - segment.logprobs[i]).exp()
                    a = (r - mean) / (deviation + 1e-6)
                    terms.append(torch.minimum(ratio * a, ratio.clamp(1 - clip, 1 + clip) * a))
                    total += 1
    loss = -torch.stack(terms).sum() / total
    loss.backward()
    return loss.item(), {n: p.grad for n, p in model.named_parameters() if p.grad is not None}


def test_on_fresh_data_every_ratio_is_one() -> None:
    """Mixed temperatures, cached keys and values, rows that joined and left batches of all sizes, several contexts."""
    for max_rows, drain in ((3, 0.01), (64, 1.0)):
        policy = tiny.policy(max_rows=max_rows, drain=drain)
        groups = tiny.groups(policy, contexts=2)
        assert len({t for g in groups for tr in g.trajectories for s in tr.segments for t in s.temperatures}) == 2
        _, metrics = gradient_of(policy, groups)
        assert metrics["max_log_ratio"] < 1e-5
        assert metrics["mean_ratio"] == pytest.approx(1, abs=1e-6)
        assert metrics["clip_share"] == 0


@pytest.mark.parametrize("moved", [0.0, 0.02])
def test_loss_and_gradient_equal_an_independent_reference(moved: float) -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=2, members=3, contexts=2)
    shift(policy, moved)
    loss, expected = reference(policy, groups)
    found, metrics = gradient_of(policy, groups, microbatch_tokens=64)
    assert metrics["loss"] == pytest.approx(loss, rel=1e-5, abs=1e-7)
    assert distance(found, expected) < 1e-5
    assert (metrics["clip_share"] > 0.02) == (moved > 0)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"aggregate": "sequence_mean"},
        {"aggregate": "constant"},
        {"loss": gspo, "aggregate": "sequence_mean", "clip": 0.05},
        {"loss": cispo},
    ],
)
def test_micro_batches_do_not_change_the_gradient(settings: dict[str, Any]) -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, contexts=2)
    shift(policy)
    whole, _ = gradient_of(policy, groups, **settings)
    for bounds in ({"microbatch_tokens": 1}, {"microbatch_tokens": 70}, {"microbatch_trained": 20}):
        parts, _ = gradient_of(policy, groups, **settings, **bounds)
        assert distance(parts, whole) < 2e-6


def test_an_episode_of_several_contexts_weighs_as_much_as_one_of_a_single_context() -> None:
    policy = tiny.policy()
    one, two = (tiny.groups(policy, tasks=1, members=2, seed=3, contexts=n)[0] for n in (1, 2))
    mixed = Group(one.task, (one.trajectories[0], two.trajectories[1]))
    advantages: list[float] = []

    class Method(Exploration):
        """A loss of 1 on every token: the total weight of an episode is what its tokens add up to."""

        def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor:
            advantages.extend(batch.advantages.tolist())
            return torch.ones(len(batch.targets)) + 0 * logits.sum()

        def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
            return Shaped([[0 * own for own in arrays] for arrays in shaped.advantages])

    _, metrics = gradient_of(policy, [mixed], Method(), aggregate="sequence_mean")
    assert metrics["rows"] == 3
    assert metrics["loss"] == pytest.approx(1)


def test_a_group_of_equal_returns_has_exactly_no_effect() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy)
    even = [g.with_trajectories([with_rewards(t, 1.0) for t in g.trajectories]) for g in groups]
    before = [p.detach().clone() for p in policy.model.parameters()]
    metrics = Learner(policy, lr=0.1).step(even)
    assert all(torch.equal(a, b) for a, b in zip(before, policy.model.parameters(), strict=True))
    assert (metrics["equal_groups"], metrics["steps"], policy.version) == (1, 0, 0)
    beside, _ = gradient_of(policy, [groups[0], even[1]])
    alone, _ = gradient_of(policy, groups[:1])
    assert all(torch.equal(beside[n], alone[n]) for n in alone)


def test_what_follows_the_last_trained_token_and_what_is_padded_changes_nothing() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy)
    longer = [
        g.with_trajectories(
            [replace(t, contexts=tuple(Context((*c.tokens, 7, 8, 9)) for c in t.contexts)) for t in g.trajectories]
        )
        for g in groups
    ]
    a, _ = gradient_of(policy, groups)
    b, _ = gradient_of(policy, longer)
    assert all(torch.equal(a[n], b[n]) for n in a)


def test_better_episodes_become_more_likely() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=4)
    learner = Learner(policy, lr=1e-3, epochs=4)
    first = learner.step(groups)
    assert first["steps"] == 4
    assert policy.version == 1
    assert first["loss"] < 0  # the mean over epochs: it starts at about 0 and falls
    again = learner.step(groups)
    assert again["mismatch"] > 0.01  # these episodes are no longer fresh


def test_minibatches_go_through_every_episode_once_in_an_epoch() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, contexts=2)
    learner = Learner(policy, epochs=2, minibatches=3)
    watch = Watch(learner)
    metrics = learner.step(groups)
    assert len(watch.gradients) == 6
    whole, _ = gradient_of(policy, groups, aggregate="constant")
    learner = Learner(policy, epochs=1, minibatches=3, aggregate="constant")
    watch = Watch(learner)
    learner.step(groups)
    episodes = sum(len(g.trajectories) for g in groups)
    sizes = [len(part) for part in np.array_split(range(episodes), 3)]
    summed = {n: sum(g[n] * (s / episodes) for g, s in zip(watch.gradients, sizes, strict=True)) for n in whole}
    assert distance(summed, whole) < 1e-5  # type: ignore[arg-type]
    assert metrics["steps"] == 6


@pytest.mark.parametrize("temperature", ["one", "sampled"])
def test_under_another_prompt_the_ratio_starts_at_one(temperature: str) -> None:
    policy = tiny.policy()
    (group,) = tiny.groups(policy, tasks=1)
    hinted = [
        replace(t, spec=replace(t.spec, hint="up", train="plain_prompt" if i else "as_sampled"))
        for i, t in enumerate(group.trajectories)
    ]
    ctx = ExplorationContext(0, 1, np.random.default_rng(0), rewrite=without_first_tokens)
    learner = Learner(policy, epochs=1, plain_temperature=temperature)  # type: ignore[arg-type]
    Watch(learner)
    metrics = learner.step([group.with_trajectories(hinted)], Exploration(), ctx)
    assert metrics["rows"] == 4
    assert metrics["max_log_ratio"] < 1e-5


def without_first_tokens(trajectory: Trajectory, hint: str) -> Trajectory:
    turns = tuple(
        replace(turn, segments=tuple(replace(s, start=s.start - 3, end=s.end - 3) for s in turn.segments))
        for turn in trajectory.turns
    )
    contexts = tuple(Context(c.tokens[3:]) for c in trajectory.contexts)
    return replace(trajectory, turns=turns, contexts=contexts, recompute=True)


def test_old_log_probabilities_can_be_scored_again() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy)
    shift(policy)
    _, stale = gradient_of(policy, groups)
    _, fresh = gradient_of(policy, groups, old_logprobs="recomputed")
    assert stale["max_log_ratio"] > 0.01
    assert fresh["max_log_ratio"] < 1e-5


def test_a_method_can_widen_the_bounds_of_single_tokens() -> None:
    class Wide(Exploration):
        def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
            wide = [[np.full(len(own), 1e9) for own in arrays] for arrays in shaped.advantages]
            return Shaped(shaped.advantages, {"clip_low": wide, "clip_high": wide})

    policy = tiny.policy()
    groups = tiny.groups(policy)
    shift(policy)
    widened, metrics = gradient_of(policy, groups, Wide())
    expected, _ = gradient_of(policy, groups, clip=1e9)
    assert metrics["clip_share"] == 0
    assert all(torch.equal(widened[n], expected[n]) for n in expected)


def test_a_loss_of_the_method_is_added_token_by_token() -> None:
    class Penalty(Exploration):
        def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor:
            return 0.5 * logits.log_softmax(-1).gather(1, batch.targets[:, None])[:, 0]

    policy = tiny.policy()
    groups = tiny.groups(policy)
    plain, _ = gradient_of(policy, groups)
    added, _ = gradient_of(policy, groups, Penalty())
    parts, _ = gradient_of(policy, groups, Penalty(), microbatch_tokens=40)
    assert distance(added, plain) > 0.1
    assert distance(parts, added) < 2e-6


@pytest.mark.parametrize("price", [0.0, 0.1])
def test_a_group_that_misses_a_member_is_left_out_whole_and_counted(price: float) -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy)
    shift(policy)
    found, metrics = gradient_of(policy, [groups[0], replace(groups[1], missing=1), groups[2]], KLToInitial(price))
    expected, _ = gradient_of(policy, [groups[0], groups[2]], KLToInitial(price))
    assert metrics["incomplete_groups"] == 1
    assert all(torch.equal(found[n], expected[n]) for n in expected)


def test_an_episode_in_which_the_model_wrote_nothing_counts_in_its_group_and_trains_nothing() -> None:
    policy = tiny.policy()
    (group,) = tiny.groups(policy, tasks=1)
    mute = with_rewards(group.trajectories[0], 5.0)
    mute = replace(mute, turns=tuple(replace(turn, segments=()) for turn in mute.turns))
    found, metrics = gradient_of(policy, [group.with_trajectories([mute, *group.trajectories[1:]])])
    assert metrics["rows"] == 3
    paid = group.with_trajectories(
        [with_rewards(t, 5.0 if i == 0 else t.reward) for i, t in enumerate(group.trajectories)]
    )
    whole, _ = gradient_of(policy, [paid])
    assert distance(found, whole) > 0.01


def test_a_loss_that_is_not_finite_skips_the_step_and_the_run_goes_on() -> None:
    class Bad(Exploration):
        def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor:
            return torch.full((len(batch.targets),), float("nan"))

    policy = tiny.policy()
    groups = tiny.groups(policy)
    learner = Learner(policy, lr=1e-3)
    before = [p.detach().clone() for p in policy.model.parameters()]
    metrics = learner.step(groups, Bad())
    assert (metrics["skipped_steps"], metrics["steps"], policy.version) == (2, 0, 0)
    assert all(torch.equal(a, b) for a, b in zip(before, policy.model.parameters(), strict=True))
    assert learner.step(groups)["steps"] == 2


def test_dropout_and_recomputed_activations_leave_the_gradient_as_it_is() -> None:
    plain = tiny.policy()
    groups = tiny.groups(plain)
    expected, _ = gradient_of(plain, groups)
    dropping = TransformersPolicy(tiny.model(dropout=0.5), tiny.tokenizer())
    assert distance(gradient_of(dropping, groups)[0], expected) < 1e-6
    thrifty = TransformersPolicy(tiny.model(), tiny.tokenizer(), activation_checkpointing=True)
    assert distance(gradient_of(thrifty, groups)[0], expected) < 1e-6
    assert tiny.play(thrifty, [groups[0].trajectories[0].spec])[0].segments  # sampling still has its cache
    with pytest.raises(ValueError, match="dropout"):
        TransformersPolicy(tiny.model(dropout=0.5), tiny.tokenizer(), activation_checkpointing=True)


def test_entropy_is_reported_by_role_at_the_sampling_temperature() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy)
    _, metrics = gradient_of(policy, groups)
    spans = [s for g in groups for t in g.trajectories for s in t.segments]
    for role in ("strategy", "action"):
        recorded = np.concatenate([s.entropies for s in spans if s.role == role])
        assert metrics[f"entropy/{role}"] == pytest.approx(recorded.mean(), abs=1e-4)


def test_a_loaded_learner_goes_on_bit_for_bit() -> None:
    def policy_and_data() -> tuple[TransformersPolicy, list[Group]]:
        policy = tiny.policy()
        return policy, tiny.groups(policy)

    settings: dict[str, Any] = {"lr": 1e-3, "total_updates": 4, "final_lr": 0.1, "warmup_updates": 2, "minibatches": 2}
    policy, groups = policy_and_data()
    learner = Learner(policy, **settings)
    learner.step(groups)
    state, tensors = learner.state_dict(), {n: t.clone() for n, t in learner.tensors().items()}
    weights = {n: t.clone() for n, t in policy.model.state_dict().items()}
    learner.step(groups)

    resumed, _ = policy_and_data()
    resumed.model.load_state_dict(weights)
    other = Learner(resumed, **settings)
    other.load_state_dict(state, tensors)
    other.step(groups)
    assert all(torch.equal(a, b) for a, b in zip(policy.model.parameters(), resumed.model.parameters(), strict=True))


@pytest.mark.parametrize("minibatches", [1, 2])
def test_scoring_fresh_data_again_changes_nothing_over_several_epochs(minibatches: int) -> None:
    moved = []
    for old in ("sampled", "recomputed"):
        policy = tiny.policy()
        before = {n: p.detach().clone() for n, p in policy.model.named_parameters()}
        groups = tiny.groups(policy)
        learner = Learner(policy, lr=1e-2, epochs=3, minibatches=minibatches, old_logprobs=old)  # type: ignore[arg-type]
        metrics = learner.step(groups)
        assert metrics["mismatch"] < 1e-5
        assert metrics["clip_share"] > 0.01
        moved.append({n: p.detach() - before[n] for n, p in policy.model.named_parameters()})
    assert distance(moved[0], moved[1]) < 1e-2  # Adam's first steps enlarge rounding errors of tiny gradients
