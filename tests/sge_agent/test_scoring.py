from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from sge_agent.advantages import dr_grpo
from sge_agent.batch import Batch
from sge_agent.exploration.base import Exploration, ExplorationContext, Scored, Shaped
from sge_agent.scoring import Scoring
from sge_agent.types import Context, EpisodeSpec, Group, Segment, TaskRef, Trajectory, Turn

TASK = TaskRef("toy", 0)
SPEC = EpisodeSpec(TASK)


def episode(reward: float, spec: EpisodeSpec = SPEC, **changes: object) -> Trajectory:
    """Two turns of three tokens each, in one context."""
    spans = [Segment("action", 0, start, start + 3, (-1.0,) * 3, (0.7,) * 3, "") for start in (2, 7)]
    turns = tuple(Turn("", (span,), "", "", reward / 2, False, False) for span in spans)
    return replace(Trajectory(spec, turns, (Context(tuple(range(10))),)), **changes)  # type: ignore[arg-type]


def group(*members: Trajectory) -> Group:
    return Group(TASK, members)


def context(**changes: object) -> ExplorationContext:
    return replace(ExplorationContext(0, 1, np.random.default_rng(0)), **changes)  # type: ignore[arg-type]


def plain(trajectory: Trajectory, hint: str) -> Trajectory:
    """The episode as if no hint had been shown: its contexts begin one token later."""
    assert hint == ""
    moved = tuple(
        replace(turn, segments=tuple(replace(s, start=s.start - 1, end=s.end - 1) for s in turn.segments))
        for turn in trajectory.turns
    )
    return replace(trajectory, turns=moved, contexts=(Context(tuple(range(1, 10))),), recompute=True)


def advantages(groups: Sequence[Group], scoring: Scoring, exploration: Exploration | None = None) -> list[float]:
    rows, _ = scoring.rows(groups, exploration or Exploration(), context(rewrite=plain))
    assert all((row.advantages == row.advantages[0]).all() for row in rows)
    return [float(row.advantages[0]) for row in rows]


def test_every_token_of_an_episode_gets_its_advantage() -> None:
    rows, metrics = Scoring(estimator=dr_grpo).rows([group(episode(0), episode(1))], Exploration(), context())
    assert [row.advantages.tolist() for row in rows] == [[-0.5] * 6, [0.5] * 6]
    assert len({row.sequence for row in rows}) == 2
    counted = {
        "rows": 2,
        "tokens": 12,
        "equal_groups": 0,
        "zero_advantage": 0,
        "broken_episodes": 0,
        "incomplete_groups": 0,
    }
    assert metrics == counted


def test_groups_of_equal_returns_are_left_out_and_counted() -> None:
    rows, metrics = Scoring().rows(
        [group(episode(1), episode(1)), group(episode(0), episode(1))], Exploration(), context()
    )
    assert len(rows) == 2
    assert (metrics["equal_groups"], metrics["zero_advantage"]) == (0.5, 0.5)


def test_an_average_member_of_a_group_that_differs_still_counts_among_the_tokens() -> None:
    assert advantages([group(episode(0), episode(0.5), episode(1))], Scoring(estimator=dr_grpo)) == [-0.5, 0, 0.5]


def test_failed_episodes_are_never_trained_and_do_not_move_the_baseline() -> None:
    broken = episode(9, error="the environment died")
    rows, metrics = Scoring(estimator=dr_grpo).rows([group(episode(0), broken, episode(1))], Exploration(), context())
    assert [row.advantages[0] for row in rows] == [-0.5, 0.5]
    assert metrics["broken_episodes"] == 1


def test_separate_baselines_compare_those_with_a_hint_with_each_other() -> None:
    hinted = replace(SPEC, hint="try the attic")
    members = group(episode(0), episode(1), episode(4, hinted), episode(8, hinted))
    assert advantages([members], Scoring(estimator=dr_grpo, separate_baselines=True)) == [-0.5, 0.5, -2, 2]


def test_a_bonus_enters_before_the_baseline_and_a_shape_after_it() -> None:
    class Method(Exploration):
        def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]]:
            return [[np.array([0.0, 0.0]), np.array([1.0, 2.0])] for _ in groups]

        def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
            assert [t.return_ for t in groups[0].trajectories] == [0, 3]
            assert shaped.advantages[0][1].tolist() == [1.5] * 6
            doubled = [[2 * own for own in arrays] for arrays in shaped.advantages]
            return Shaped(doubled, {"clip_high": [[np.full(6, 0.6) for _ in arrays] for arrays in doubled]})

    rows, _ = Scoring(estimator=dr_grpo).rows([group(episode(0), episode(0))], Method(), context())
    assert [row.advantages[0] for row in rows] == [-3, 3]
    assert all((row.extras["clip_high"] == 0.6).all() for row in rows)


def test_a_bonus_of_the_wrong_length_is_refused_with_both_numbers() -> None:
    class Method(Exploration):
        def bonus(self, groups: Sequence[Group], ctx: ExplorationContext) -> list[list[np.ndarray]]:
            return [[np.zeros(3)] for _ in groups]

    with pytest.raises(ValueError, match="each of 2 turns, got 3"):
        Scoring().rows([group(episode(0))], Method(), context())


def test_past_episodes_join_with_their_own_advantages() -> None:
    class Method(Exploration):
        def replay(self, ctx: ExplorationContext) -> Sequence[Scored]:
            return [Scored(episode(1), np.full(6, 0.25))]

        def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
            return Shaped(shaped.advantages, {"clip_high": [[np.full(6, 0.6)] * 2 for _ in groups]})

    rows, _ = Scoring(estimator=dr_grpo).rows([group(episode(0), episode(1))], Method(), context())
    assert [row.advantages[0] for row in rows] == [-0.5, 0.5, 0.25]
    assert np.isnan(rows[2].extras["clip_high"]).all()  # the learner's own bound


def test_a_method_with_a_loss_of_its_own_gets_every_group() -> None:
    class Method(Exploration):
        def token_loss(self, batch: Batch, logits: torch.Tensor, ctx: ExplorationContext) -> torch.Tensor | None:
            return None

    assert advantages([group(episode(1), episode(1))], Scoring(), Method()) == [0, 0]


@pytest.mark.parametrize(("how", "starts"), [("as_sampled", [2]), ("plain_prompt", [1]), ("both", [1, 2]), ("no", [])])
def test_an_episode_is_trained_under_the_prompts_that_its_spec_names(how: str, starts: list[int]) -> None:
    hinted = replace(SPEC, hint="try the attic", train=how)  # type: ignore[arg-type]
    rows, _ = Scoring(estimator=dr_grpo).rows(
        [group(episode(0), episode(1, hinted))], Exploration(), context(rewrite=plain)
    )
    own = rows[1:]
    assert [int(row.at[0]) for row in own] == starts
    assert sum(row.advantages[0] for row in own) == (0.5 if own else 0)
    assert [row.recompute for row in own] == [start == 1 for start in starts]
    assert [row.temperatures[0] for row in own] == [1.0 if start == 1 else 0.7 for start in starts]


def test_the_plain_prompt_can_keep_the_temperatures() -> None:
    hinted = replace(SPEC, hint="try the attic", train="plain_prompt")
    rows, _ = Scoring(plain_temperature="sampled").rows(
        [group(episode(0), episode(1, hinted))], Exploration(), context(rewrite=plain)
    )
    assert (rows[1].temperatures == 0.7).all()
    assert rows[1].recompute


@pytest.mark.parametrize(("how", "temperature"), [("both", 0.7), ("plain_prompt", 1.0)])
def test_an_episode_without_hint_has_only_one_prompt(how: str, temperature: float) -> None:
    members = group(episode(0), episode(1, replace(SPEC, train=how)))  # type: ignore[arg-type]
    (_, row), _ = Scoring().rows([members], Exploration(), context())
    assert (row.temperatures == temperature).all()
    assert row.recompute == (temperature != 0.7)
    assert row.advantages[0] > 0.9


def test_another_prompt_needs_a_way_to_rewrite() -> None:
    hinted = replace(SPEC, hint="try the attic", train="both")
    with pytest.raises(ValueError, match="rewrite"):
        Scoring().rows([group(episode(0), episode(1, hinted))], Exploration(), context())
