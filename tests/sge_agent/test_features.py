from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sge_agent import checkpoint
from sge_agent.exploration.base import Exploration, ExplorationContext
from sge_agent.features import KNOWN, REFERENCE, Features
from sge_agent.learner import Learner
from sge_agent.policies.transformers import Lora, TransformersPolicy
from sge_agent.scoring import whole
from sge_agent.types import Group, Segment, Trajectory
from tests.sge_agent import tiny
from tests.sge_agent.gradients import shift

LORA_WARNS = pytest.mark.filterwarnings("ignore::FutureWarning")  # peft asks transformers by an old name


def features(policy: TransformersPolicy, *, max_tokens: int = 16384) -> Features:
    return Features(policy, policy.frozen(), max_tokens, 4096, torch.device("cpu"))


def tokens_of(trajectory: Trajectory) -> Iterator[tuple[Segment, int]]:
    """Each sampled token's segment and place."""
    for segment in trajectory.segments:
        for at in range(segment.start, segment.end):
            yield segment, at


def states(model: torch.nn.Module, trajectory: Trajectory) -> np.ndarray:
    """[tokens, width], context by context without batches."""
    read = [
        model(input_ids=torch.tensor([c.tokens]), output_hidden_states=True).hidden_states[-1][0].detach().numpy()
        for c in trajectory.contexts
    ]
    return np.array([read[s.context][at] for s, at in tokens_of(trajectory)])


@pytest.mark.parametrize("max_tokens", [1, 70, 16384])
def test_hidden_states_are_those_of_a_plain_forward_pass(max_tokens: int) -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=2, members=2, contexts=2)
    before = copy.deepcopy(policy.model)
    found = features(policy, max_tokens=max_tokens)
    shift(policy)
    for name, model in (("", policy.model), ("@frozen", before)):
        for g, group in enumerate(groups):
            for i, trajectory in enumerate(group.trajectories):
                expected = states(model, trajectory)
                every, mean, last = (
                    found.of(groups, f"hidden.{kind}{name}")[g][i] for kind in ("tokens", "mean", "last")
                )
                np.testing.assert_allclose(every, expected, atol=1e-4)
                np.testing.assert_allclose(mean, expected.mean(axis=0, keepdims=True), atol=1e-4)
                roles = [s.role for s, _ in tokens_of(trajectory)]
                ends = [n for n, role in enumerate(roles) if role == "action" and roles[n + 1 : n + 2] != ["action"]]
                np.testing.assert_allclose(last, expected[ends], atol=1e-4)


def test_a_turn_without_action_has_no_last_state() -> None:
    policy = tiny.policy()
    (group,) = tiny.groups(policy, tasks=1, members=1)
    (trajectory,) = group.trajectories
    mute = replace(trajectory.turns[1], segments=trajectory.turns[1].segments[:1])
    silent = group.with_trajectories([replace(trajectory, turns=(trajectory.turns[0], mute, trajectory.turns[2]))])
    last = features(policy).of([silent], "hidden.last")[0][0]
    assert np.isnan(last).all(axis=1).tolist() == [False, True, False]


def test_entropies_are_those_recorded_and_equal_those_computed_again() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=2, members=2, contexts=2)
    recorded = features(policy).of(groups, "entropy")
    assert recorded[1][0].tolist() == [e for s in groups[1].trajectories[0].segments for e in s.entropies]
    forgotten = [
        g.with_trajectories(
            [
                replace(
                    t,
                    turns=tuple(
                        replace(turn, segments=tuple(replace(s, entropies=()) for s in turn.segments))
                        for turn in t.turns
                    ),
                )
                for t in g.trajectories
            ]
        )
        for g in groups
    ]
    computed = features(policy).of(forgotten, "entropy")
    for a, b in zip(recorded, computed, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_allclose(x, y, atol=1e-4)


def test_entropies_of_the_likeliest_tokens_are_those_of_a_plain_forward_pass() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=1, members=2)
    every = features(policy).of(groups, "entropy.top_p=1.0")
    recorded = features(policy).of(groups, "entropy")
    half = features(policy, max_tokens=70).of(groups, "entropy.top_p=0.5@frozen")
    for i, trajectory in enumerate(groups[0].trajectories):
        np.testing.assert_allclose(every[0][i], recorded[0][i], atol=1e-4)
        expected = []
        for segment, at in tokens_of(trajectory):
            ids = torch.tensor([trajectory.contexts[segment.context].tokens])
            logits = policy.model(input_ids=ids).logits[0, at - 1].detach().double()
            p = sorted((logits / segment.temperatures[at - segment.start]).softmax(-1).tolist(), reverse=True)
            kept = p[: 1 + int(np.searchsorted(np.cumsum(p), 0.5))]
            q = np.array(kept) / sum(kept)
            expected.append(float(-(q * np.log(q)).sum()))
        np.testing.assert_allclose(half[0][i], expected, atol=1e-4)


def test_what_a_method_needs_is_there_in_every_hook_and_lies_as_its_groups_do() -> None:
    seen: list[str] = []

    class Nosy(Exploration):
        needs = frozenset(KNOWN)

        def bonus(self, groups, ctx):  # type: ignore[no-untyped-def]
            self.look("bonus", groups, ctx)

        def shape(self, groups, shaped, ctx):  # type: ignore[no-untyped-def]
            self.look("shape", groups, ctx)
            return shaped

        def token_loss(self, batch, logits, ctx):  # type: ignore[no-untyped-def]
            assert batch.extras[REFERENCE].shape == batch.targets.shape
            seen.append("token_loss")

        def observe(self, groups, metrics, ctx):  # type: ignore[no-untyped-def]
            self.look("observe", groups, ctx)

        def look(self, hook: str, groups: list[Group], ctx: ExplorationContext) -> None:
            seen.append(hook)
            for name in self.needs - {REFERENCE}:
                sizes = [[len(a) for a in own] for own in ctx.feature(name)]
                kind = name.removesuffix("@frozen")
                assert sizes == [
                    [
                        1 if kind == "hidden.mean" else len(t.turns) if kind == "hidden.last" else t.sampled_tokens
                        for t in group.trajectories
                    ]
                    for group in groups
                ]

    policy = tiny.policy()
    groups = tiny.groups(policy)
    broken = [g.with_trajectories([replace(g.trajectories[0], error="died"), *g.trajectories[1:]]) for g in groups]
    learner, method = Learner(policy, epochs=1, reference=policy.frozen()), Nosy()
    ctx = learner.with_features(broken, method, ExplorationContext(0, 1, np.random.default_rng(0)))
    learner.step(broken, method, ctx)
    method.observe(whole(broken), {}, ctx)
    assert seen == ["bonus", "shape", "token_loss", "observe"]


def test_an_unknown_feature_and_a_missing_reference_are_named() -> None:
    policy = tiny.policy()
    groups = tiny.groups(policy, tasks=1)
    with pytest.raises(ValueError, match="no feature 'entrop'; did you mean 'entropy'"):
        features(policy).of(groups, "entrop")
    for wrong in ("entropy.top_p=2", "entropy.top_p=most"):
        with pytest.raises(ValueError, match="no feature"):
            features(policy).of(groups, wrong)
    with pytest.raises(ValueError, match="give the learner a reference"):
        replace(features(policy), frozen=None).of(groups, "entropy@frozen")
    with pytest.raises(ValueError, match="put the name into needs"):
        ExplorationContext(0, 1, np.random.default_rng(0)).feature("entropy")


@LORA_WARNS
def test_the_frozen_model_of_adapters_is_the_model_without_them(tmp_path: Path) -> None:
    checkpoint.save_model(tiny.policy(), tmp_path)
    plain = TransformersPolicy.from_pretrained(tmp_path)
    adapted = TransformersPolicy.from_pretrained(tmp_path, lora=Lora(rank=2, alpha=8))
    frozen = adapted.frozen()
    with torch.no_grad():
        for name, weight in adapted.model.named_parameters():
            if "lora_" in name:
                weight.add_(0.3)
    ids = torch.arange(20)[None]
    mask = torch.ones_like(ids, dtype=torch.bool)
    with torch.no_grad():
        expected = plain.forward_logits(ids, mask, mask)
        assert torch.equal(frozen.forward_logits(ids, mask, mask), expected)
        assert torch.equal(frozen.forward_hidden(ids, mask, mask), plain.forward_hidden(ids, mask, mask))
        assert not torch.allclose(adapted.forward_logits(ids, mask, mask), expected, atol=0.01)
