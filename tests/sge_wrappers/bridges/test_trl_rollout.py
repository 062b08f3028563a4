"""The rollout function with a stand-in for the trainer, and once with TRL itself where it is installed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.exploration.base import Chain, Exploration, ExplorationContext
from sge_agent.exploration.mixed_temperature import MixedTemperature
from sge_agent.exploration.reflection import StrategyReflection
from sge_agent.exploration.rehearse import Rehearsal
from sge_agent.exploration.untried import Untried
from sge_agent.heads import ActionHead, StrategyHead
from sge_agent.prompts import COMPACT
from tests.sge_agent.fakes import Breaks, Shelves
from tests.sge_wrappers.bridges.examples import run

torch = pytest.importorskip("torch")

from sge_agent.types import Context, EpisodeSpec, Segment, TaskRef, Trajectory, Turn  # noqa: E402
from sge_wrappers.bridges.trl_rollout import StrategyRollouts, as_sequences, episode_reward  # noqa: E402
from tests.sge_agent import tiny  # noqa: E402

AGENT = StrategyAgent(
    prompts=COMPACT,
    strategy=StrategyHead(COMPACT.strategy, max_tokens=4),
    action=ActionHead(COMPACT.action, max_tokens=4),
)


@dataclass
class Trainer:
    """What the rollout function uses of TRL's trainer."""

    model: Any
    processing_class: Any
    accelerator: Any = field(default_factory=lambda: SimpleNamespace(process_index=0, unwrap_model=lambda model: model))
    state: Any = field(default_factory=lambda: SimpleNamespace(global_step=0, max_steps=10))
    args: Any = field(default_factory=lambda: SimpleNamespace(seed=0))


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    policy = tiny.policy()
    return Trainer(policy.model.train(), policy.tokenizer)


def rollouts(make_env: Any = Shelves, exploration: Exploration | None = None) -> StrategyRollouts:
    return StrategyRollouts(make_env, tasks=2, agent=AGENT, exploration=exploration)


def test_every_prompt_becomes_one_sequence_of_sampled_and_forced_tokens(trainer: Trainer) -> None:
    player = rollouts()
    prompts = [key for key in player.tasks for _ in range(3)]
    columns = player(prompts, trainer)
    assert {len(values) for values in columns.values()} == {6}
    for i, trajectory in enumerate(player.last):
        tokens = trajectory.contexts[0].tokens
        prompt, written = columns["prompt_ids"][i], columns["completion_ids"][i]
        mask, logprobs = columns["env_mask"][i], columns["logprobs"][i]
        assert (*prompt, *written) == tokens[: len(prompt) + len(written)]
        assert len(written) == len(mask) == len(logprobs)
        assert sum(mask) == trajectory.sampled_tokens
        assert mask[0] == mask[-1] == 1
        assert [p for p, m in zip(logprobs, mask, strict=True) if m] == [
            p for s in trajectory.segments for p in s.logprobs
        ]
        assert all(p == 0.0 for p, m in zip(logprobs, mask, strict=True) if not m)
        assert trajectory.task is player.tasks[prompts[i]]
    assert columns["episode_return"] == [t.reward for t in player.last]
    assert trainer.model.training


def test_strategies_are_sampled_hot_and_actions_cold_but_not_in_evaluation(trainer: Trainer) -> None:
    player = rollouts(exploration=MixedTemperature(1.3, 0.6))
    player(list(player.tasks), trainer)
    temperatures = {s.role: set(s.temperatures) for t in player.last for s in t.segments}
    assert temperatures == {"strategy": {1.3}, "action": {0.6}}
    trainer.model.eval()
    try:
        player(list(player.tasks), trainer)
    finally:
        trainer.model.train()
    assert {temperature for t in player.last for s in t.segments for temperature in s.temperatures} == {0.6}


def test_later_episodes_are_shown_the_strategies_of_earlier_ones_of_their_task(trainer: Trainer) -> None:
    reflection = StrategyReflection(p_failure=1.0, p_success=0.0, prompts=COMPACT)
    player = rollouts(exploration=Chain(MixedTemperature(), reflection))
    (key, other) = player.tasks
    columns = player([key] * 4, trainer)
    assert columns["hint"] == [""] * 4
    assert len(reflection.memory.failures(key)) == 4
    hints = player([key, other], trainer)["hint"]
    assert hints[0].startswith("Failed:")
    assert hints[1] == ""
    text = trainer.processing_class.decode(player.last[0].contexts[0].tokens)
    assert hints[0] in text


class LuckyWhenTold(Shelves):
    """Succeeds at the first action of every episode but the first four."""

    episodes = 0

    def reset(self, **words: Any) -> tuple[str, dict[str, Any]]:
        LuckyWhenTold.episodes += 1
        return super().reset(**words)

    def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
        told = LuckyWhenTold.episodes > 4
        return super().step(f"go to shelf {self.place}" if told else action)


def test_methods_that_keep_hinted_successes_find_what_they_need(trainer: Trainer) -> None:
    untried, rehearsal = Untried(), Rehearsal()
    player = StrategyRollouts(LuckyWhenTold, tasks=1, agent=AGENT, exploration=Chain(untried, rehearsal))
    [key] = player.tasks
    LuckyWhenTold.episodes = 0
    player([key] * 4, trainer)
    hints = player([key] * 4, trainer)["hint"]
    assert all(hint.startswith("Failed:") for hint in hints)
    metrics: dict[str, float] = {}
    rehearsal.observe([], metrics, ExplorationContext(0, 1, np.random.default_rng(0)))
    assert metrics["rehearse/kept"] >= 1
    assert player([key] * 2, trainer)["hint"] == [""] * 2


def test_equal_seeds_and_steps_give_equal_rollouts_and_later_calls_differ(trainer: Trainer) -> None:
    one, other = rollouts(), rollouts()
    prompts = list(one.tasks) * 2
    first = one(prompts, trainer)
    assert first == other(prompts, trainer)
    assert first["completion_ids"] != one(prompts, trainer)["completion_ids"]


def test_an_episode_whose_env_fails_is_tried_again_and_then_left_out_of_its_group(trainer: Trainer) -> None:
    made: list[Breaks] = []

    def break_once() -> Breaks:
        made.append(Breaks(at=1 if len(made) == 1 else 99))  # the first one finds the tasks
        return made[-1]

    player = rollouts(break_once)
    assert None not in player([next(iter(player.tasks))], trainer)["episode_return"]

    def always_break() -> Breaks:
        return Breaks(at=1)

    player = rollouts(always_break)
    columns = player([next(iter(player.tasks))], trainer)
    assert columns["episode_return"] == [None]
    assert columns["env_mask"] == [[0]]
    assert episode_reward([""], **{key: columns[key] for key in ("episode_return", "hint")}) == [None]


def test_a_prompt_that_is_no_task_and_a_method_that_changes_tasks_are_refused(trainer: Trainer) -> None:
    with pytest.raises(ValueError, match=r"pass rollouts.dataset\(\)"):
        rollouts()(["What is 2 + 2?"], trainer)

    class Reverses(Exploration):
        def plan(self, specs: Any, ctx: Any) -> Any:
            return list(reversed(specs))

    player = rollouts(exploration=Reverses())
    with pytest.raises(ValueError, match=r"Reverses\.plan changed which tasks are played"):
        player(list(player.tasks), trainer)


def test_an_episode_of_several_contexts_is_refused_with_the_remedy() -> None:
    segments = [Segment("action", context, 1, 2, (0.0,), (1.0,), "x") for context in (0, 1)]
    turns = tuple(Turn("o", (segment,), "", "x", 0.0, False, False) for segment in segments)
    spec = EpisodeSpec(TaskRef("env", 0))
    with pytest.raises(ValueError, match="window=None"):
        as_sequences([Trajectory(spec, turns, (Context((1, 2)), Context((1, 2))))], filler=0)


def test_trl_trains_with_strategies_and_reflection_on_the_household_games(tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="TRL is not installed: pip install 'strategy-guided-exploration[trl]'")
    printed = run("trl_sge.py", "4", "8", folder=tmp_path)
    last = printed.splitlines()[-1]
    assert last.startswith("4 optimiser steps, ")
    assert "look in" in last  # a strategy of an earlier episode stands in the last hint
