import random
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.envs import LocalPool, ThreadedPool
from sge_agent.exploration.base import REFUSALS, Chain, Draft, Exploration, ExplorationContext
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.policy import Job, Sample
from sge_agent.prompts import COMPACT, MARKDOWN, TAGS, Prompts
from sge_agent.rollout import play, play_groups, rewrite
from sge_agent.types import EpisodeSpec, Group, Request, Role, SamplingParams, Trajectory
from tests.sge_agent.fakes import Breaks, Shelves, always, compact_script, specs, task

AGENT = StrategyAgent(prompts=COMPACT)


def pool(**more: Any) -> LocalPool:
    return LocalPool({"shelves": Shelves}, **more)


def context(*, evaluation: bool = False) -> ExplorationContext:
    return ExplorationContext(update=0, total_updates=1, rng=np.random.default_rng(0), evaluation=evaluation)


class DicePolicy(ScriptedPolicy):
    """Writes what the job's own random stream says, finishes jobs in a disorder of its own, and ``at_once`` of them."""

    def __init__(self, *, at_once: int, disorder: int) -> None:
        super().__init__(lambda context, sampling: "")
        self._shuffle = random.Random(disorder)
        self._at_once = at_once

    def collect(self) -> list[tuple[Hashable, Sample]]:
        self._shuffle.shuffle(self._waiting)
        now, self._waiting = self._waiting[: self._at_once], self._waiting[self._at_once :]
        return [(job.context, self._roll(job)) for job in now]

    def _roll(self, job: Job) -> Sample:
        tokens = tuple(f" go to shelf {job.rng % 9 + 1}\n".encode())
        zeros = (0.0,) * len(tokens)
        return Sample(tokens, zeros, zeros, self.decode(tokens), "stop")


def test_what_is_drawn_depends_neither_on_batching_nor_on_the_order_in_which_things_finish() -> None:
    episodes = [EpisodeSpec(task(number % 3), seed=number) for number in range(12)]

    def run(policy: ScriptedPolicy, where: LocalPool) -> list[Trajectory]:
        try:
            return play(episodes, AGENT, policy, where)
        finally:
            where.close()

    expected = run(DicePolicy(at_once=1, disorder=0), pool(capacity=1))
    assert run(DicePolicy(at_once=99, disorder=1), pool()) == expected
    assert run(DicePolicy(at_once=3, disorder=2), pool(capacity=5)) == expected
    assert run(DicePolicy(at_once=2, disorder=3), ThreadedPool({"shelves": Shelves}, threads=3)) == expected
    assert len({trajectory.turns[0].action for trajectory in expected}) > 3


def test_every_request_of_an_episode_has_a_random_stream_of_its_own() -> None:
    streams: list[int] = []

    class Listening(ScriptedPolicy):
        def submit(self, job: Job) -> None:
            streams.append(job.rng)
            super().submit(job)

    play(specs(4), AGENT, Listening(always(" x\n", " y\n")), pool())
    assert len(streams) == 4 * 3 * 2
    assert len(set(streams)) == len(streams)


def test_trajectories_come_in_the_order_of_the_specs_and_are_shown_as_soon_as_they_end() -> None:
    episodes = [EpisodeSpec(task(1 + number), seed=number) for number in range(5)]
    shown: list[Trajectory] = []
    policy = ScriptedPolicy(always(" x\n", " go to shelf 4\n"))
    played = play(episodes, AGENT, policy, pool(), on_episode=shown.append)
    assert [t.spec for t in played] == episodes
    assert [t.success for t in played] == [False, False, False, True, False]
    assert shown[0] is played[3]
    assert {id(t) for t in shown} == {id(t) for t in played}


def test_the_episodes_of_all_tasks_share_one_batch() -> None:
    sizes: list[int] = []

    class Counting(ScriptedPolicy):
        def collect(self) -> list[tuple[Hashable, Sample]]:
            sizes.append(len(self._waiting))
            return super().collect()

    play(specs(7), AGENT, Counting(always(" x\n", " y\n")), pool())
    assert sizes == [7] * 6


def test_an_environment_that_breaks_ends_its_own_episode_only() -> None:
    where = LocalPool({"shelves": Shelves, "breaks": lambda: Breaks(at=2)})
    episodes = [*specs(2), EpisodeSpec(task(env="breaks")), *specs(2)]
    played = play(episodes, AGENT, ScriptedPolicy(always(" x\n", " y\n")), where)
    assert [bool(t.error) for t in played] == [False, False, True, False, False]
    broken = played[2]
    assert broken.error == "breaks, step('y'): RuntimeError: the engine died"
    assert len(broken.turns) == 1
    assert [len(t.turns) for t in played if not t.error] == [3] * 4


def test_an_observation_that_is_no_text_is_an_error_that_says_what_to_do() -> None:
    class Numbers(Shelves):
        def step(self, action: str, /) -> Any:
            return 7, 0.0, False, False, {}

    [trajectory] = play(specs(1), AGENT, ScriptedPolicy(always(" x\n", " y\n")), LocalPool({"shelves": Numbers}))
    assert "must be text" in trajectory.error
    assert "int" in trajectory.error
    assert "ObservationWrapper" in trajectory.error


@pytest.mark.parametrize("refuses", ["encode", "submit"])
def test_a_context_that_the_policy_refuses_ends_its_own_episode_only(refuses: str) -> None:
    class Short(ScriptedPolicy):
        def encode(self, tokens: Sequence[int], request: Request) -> list[int]:
            if refuses == "encode" and b"TOO LONG" in bytes(tokens):
                raise ValueError("the context is full")
            return super().encode(tokens, request)

        def submit(self, job: Job) -> None:
            if refuses == "submit" and b"TOO LONG" in bytes(job.tokens):
                raise ValueError("the context is full")
            super().submit(job)

    episodes = [EpisodeSpec(task(), hint=hint) for hint in ("", "TOO LONG\n", "")]
    played = play(episodes, AGENT, Short(always(" x\n", " y\n")), pool())
    assert [t.error for t in played] == ["", f"policy, {refuses}: ValueError: the context is full", ""]


def test_what_the_policy_raises_while_it_samples_is_raised_and_everything_is_given_back() -> None:
    released: list[Hashable] = []
    made: list[Shelves] = []

    class Dies(ScriptedPolicy):
        def collect(self) -> list[tuple[Hashable, Sample]]:
            raise MemoryError("no memory left")

        def release(self, context: Hashable) -> None:
            released.append(context)

    def make() -> Shelves:
        made.append(Shelves())
        return made[-1]

    where = LocalPool({"shelves": make})
    with pytest.raises(MemoryError):
        play(specs(3), AGENT, Dies([]), where)
    assert len(released) == 3
    play(specs(3), AGENT, ScriptedPolicy(always(" x\n", " y\n")), where)
    assert len(made) == 3


def test_a_policy_that_returns_nothing_is_said_to_be_stuck() -> None:
    class Silent(ScriptedPolicy):
        def collect(self) -> list[tuple[Hashable, Sample]]:
            return []

    with pytest.raises(RuntimeError, match="2 wait for the policy"):
        play(specs(2), AGENT, Silent([]), pool())


def test_a_sample_whose_parts_differ_in_length_is_refused_with_the_numbers() -> None:
    class Uneven(ScriptedPolicy):
        def collect(self) -> list[tuple[Hashable, Sample]]:
            return [(context, replace(sample, logprobs=())) for context, sample in super().collect()]

    with pytest.raises(ValueError, match="3 tokens, 0 log-probs"):
        play(specs(1), AGENT, Uneven([" x\n"]), pool())


def sampled_with(spec: EpisodeSpec, exploration: Exploration, ctx: ExplorationContext) -> dict[str, SamplingParams]:
    seen: dict[str, SamplingParams] = {}

    def script(text: str, sampling: SamplingParams) -> str:
        role = "strategy" if text.endswith("Strategy:") else "action"
        seen[role] = sampling
        return " x\n"

    play([spec], AGENT, ScriptedPolicy(script), pool(), exploration, ctx)
    return seen


class Hotter(Exploration):
    def sampling(self, role: Role, position: int, params: SamplingParams, ctx: ExplorationContext) -> SamplingParams:
        return replace(params, temperature=params.temperature + 1 + position)


def test_sampling_is_the_heads_then_the_methods_then_the_specs() -> None:
    head = AGENT.strategy.sampling
    spec = EpisodeSpec(task(), sampling={"strategy": SamplingParams(temperature=0.5, top_p=0.9)})
    assert sampled_with(EpisodeSpec(task()), Exploration(), context())["strategy"] == head
    assert sampled_with(spec, Exploration(), context())["strategy"] == replace(head, temperature=0.5, top_p=0.9)
    hot = sampled_with(spec, Hotter(), context())
    assert hot["strategy"].temperature == 0.5
    assert hot["action"].temperature == AGENT.action.temperature + 1 + 2
    plain = sampled_with(spec, Hotter(), context(evaluation=True))
    assert plain["strategy"].temperature == 0.5
    assert plain["action"].temperature == AGENT.action.temperature + 1 + 2


class Picky(Exploration):
    """Refuses what a function says, and remembers what it was shown."""

    def __init__(self, refuses: Callable[[Draft], bool]) -> None:
        self.refuses = refuses
        self.seen: list[Draft] = []

    def accepts(self, draft: Draft, ctx: ExplorationContext) -> bool:
        self.seen.append(draft)
        return not self.refuses(draft)


def test_what_a_method_refuses_is_written_again_with_other_random_numbers_and_leaves_no_trace() -> None:
    method = Picky(lambda draft: draft.role == "action" and draft.text == " go to shelf 1\n")
    found = play(specs(20), AGENT, DicePolicy(at_once=5, disorder=1), pool(), Chain(Exploration(), method), context())
    plain = play(specs(20), AGENT, DicePolicy(at_once=20, disorder=2), pool())
    assert any(turn.action == "go to shelf 1" for t in plain for turn in t.turns)
    assert not any(turn.action == "go to shelf 1" for t in found for turn in t.turns)
    assert {t.refused_tokens % len(" go to shelf 1\n") for t in found} == {0}
    for t in found:
        texts = [DicePolicy(at_once=1, disorder=0).decode(c.tokens) for c in t.contexts]
        assert not any("Action: go to shelf 1" in text for text in texts)
        assert t.generated_tokens == t.sampled_tokens + t.refused_tokens
    same = [t for t in found if not t.refused_tokens]
    assert same
    assert all(t in plain for t in same)
    assert {(draft.role, draft.position) for draft in method.seen} == {
        (role, turn) for role in ("strategy", "action") for turn in range(3)
    }
    assert max(draft.refused for draft in method.seen) >= 1


def test_a_draft_has_the_strategy_as_the_agent_parses_it_and_says_how_often_it_was_refused() -> None:
    method = Picky(lambda draft: draft.role == "strategy" and draft.refused < 2)
    [trajectory] = play(specs(1), AGENT, ScriptedPolicy(always(" x\n", " y\n")), pool(), method, context())
    assert [(d.text, d.refused) for d in method.seen[:4]] == [("x", 0), ("x", 1), ("x", 2), (" y\n", 0)]
    assert trajectory.refused_tokens == 3 * 2 * len(" x\n")
    assert len(trajectory.segments) == 6


def test_a_method_that_refuses_everything_is_overruled_in_the_end() -> None:
    method = Picky(lambda draft: True)
    [trajectory] = play(specs(1), AGENT, ScriptedPolicy(always(" x\n", " y\n")), pool(), method, context())
    assert len(trajectory.turns) == 3
    assert trajectory.refused_tokens == 6 * REFUSALS * 3


def test_a_spec_cannot_change_where_a_span_ends() -> None:
    spec = EpisodeSpec(task(), sampling={"strategy": SamplingParams(max_tokens=1, stop=("?",))})
    assert sampled_with(spec, Exploration(), context())["strategy"].stop == AGENT.strategy.sampling.stop
    assert sampled_with(spec, Exploration(), context())["strategy"].max_tokens == AGENT.strategy.max_tokens


def test_an_episode_may_start_from_a_context_and_a_snapshot() -> None:
    made: list[Shelves] = []

    def make() -> Shelves:
        made.append(Shelves())
        return made[-1]

    before = tuple(b"You are in a room.\nAction: look\n")
    spec = EpisodeSpec(task(1), start=b"state", start_tokens=before, strategy=False)
    [trajectory] = play([spec], AGENT, ScriptedPolicy([" go to shelf 1\n"]), LocalPool({"shelves": make}))
    assert made[0].options == {"snapshot": b"state"}
    assert trajectory.contexts[0].tokens[: len(before)] == before
    assert bytes(trajectory.contexts[0].tokens).endswith(b"look\nYou are in a room.\nAction: go to shelf 1\n")
    assert trajectory.sampled_tokens == len(" go to shelf 1\n")


def test_versions_and_turns_are_recorded() -> None:
    [trajectory] = play(specs(1), AGENT, ScriptedPolicy(always(" x\n", " y\n"), version=4), pool())
    assert trajectory.policy_versions == (4, 4)
    assert [turn.truncated for turn in trajectory.turns] == [False, False, True]
    assert trajectory.turns[1].observation == "You see nothing on ."
    assert trajectory.first_info == {"goal": "find the mug", "state_key": "start"}
    assert trajectory.last_info["outcome"] == "missed"
    assert [[r.role for r in turn.requests] for turn in trajectory.turns] == [["strategy", "action"]] * 3


@pytest.mark.parametrize("prompts", [COMPACT, MARKDOWN, TAGS])
@pytest.mark.parametrize("window", [None, 0, 1])
@pytest.mark.parametrize("order", ["strategy_first", "action_first"])
def test_rewriting_with_the_same_hint_gives_the_same_contexts_and_without_it_those_of_a_plain_episode(
    prompts: Prompts, window: int | None, order: Any
) -> None:
    agent = StrategyAgent(prompts=prompts, window=window, when=2)
    policy = ScriptedPolicy(always(" be quick\n###</strategy>", " go to shelf 2\n###</action>"))
    hinted, plain = play(
        [EpisodeSpec(task(), hint="SHOWN\n", order=order), EpisodeSpec(task(), order=order)], agent, policy, pool()
    )
    same = rewrite(agent, policy, hinted, "SHOWN\n")
    assert same == replace(hinted, recompute=True)
    without = rewrite(agent, policy, hinted, "")
    assert without.contexts == plain.contexts
    assert without.turns == plain.turns
    assert without.spec.hint == ""
    assert rewrite(agent, policy, without, "SHOWN\n").contexts == hinted.contexts
    for segment in without.segments:
        assert policy.decode(without.contexts[segment.context].tokens[segment.start : segment.end]) == segment.text


def test_rewriting_keeps_bonuses_rewards_and_the_versions() -> None:
    policy = ScriptedPolicy(compact_script, version=3)
    [played] = play([EpisodeSpec(task(), hint="Failed: x;\n")], AGENT, policy, pool())
    paid = replace(played, turns=tuple(replace(turn, bonus=0.5) for turn in played.turns))
    new = rewrite(AGENT, ScriptedPolicy([], version=9), paid, "")
    assert new.return_ == paid.return_
    assert new.policy_versions == (3, 3)
    assert [turn.action for turn in new.turns] == [turn.action for turn in paid.turns]


def test_only_a_finished_episode_of_the_same_agent_can_be_rewritten() -> None:
    policy = ScriptedPolicy(always(" x\n", " y\n"))
    [played] = play(specs(1), AGENT, policy, pool())
    with pytest.raises(ValueError, match="the error 'lost'"):
        rewrite(AGENT, policy, replace(played, error="lost"), "")
    with pytest.raises(ValueError, match="turn 1 the agent now asks for action"):
        rewrite(StrategyAgent(prompts=COMPACT, when="once"), policy, played, "")


class Refills(Exploration):
    """Wants each group to have a success, in at most ``rounds`` further rounds; then drops all members but the last."""

    def __init__(self, rounds: int) -> None:
        self.left = rounds
        self.planned = 0

    def plan(self, specs: Sequence[EpisodeSpec], ctx: ExplorationContext) -> Sequence[EpisodeSpec]:
        self.planned = len(specs)
        return [replace(spec, tag="planned") for spec in specs]

    def more(self, group: Group, ctx: ExplorationContext) -> tuple[Sequence[EpisodeSpec], Sequence[int]]:
        size = len(group.trajectories)
        if self.left:
            self.left -= 1
            return [EpisodeSpec(group.task, seed=size, tag="more")], []
        return (), range(size - 1)


def test_groups_are_planned_played_filled_up_and_thinned_out() -> None:
    policy = ScriptedPolicy(always(" x\n", " y\n"))
    method = Refills(rounds=2)
    [group] = play_groups(specs(3), AGENT, policy, pool(), method, context())
    assert method.planned == 3
    assert [t.spec.tag for t in group.trajectories] == ["more"]
    assert group.trajectories[0].spec.seed == 4


def test_groups_hold_the_episodes_of_one_task_each() -> None:
    episodes = [EpisodeSpec(task(number), seed=seed) for seed in range(2) for number in (1, 2)]
    groups = play_groups(episodes, AGENT, ScriptedPolicy(compact_script), pool(), Exploration(), context())
    assert [group.task for group in groups] == [task(1), task(2)]
    assert [[t.spec.seed for t in group.trajectories] for group in groups] == [[0, 1], [0, 1]]


def test_further_episodes_of_another_task_make_a_group_of_their_own_and_an_emptied_group_is_gone() -> None:
    class Moves(Exploration):
        def more(self, group: Group, ctx: ExplorationContext) -> tuple[Sequence[EpisodeSpec], Sequence[int]]:
            if group.task == task(1):
                return specs(2, of=task(2)), range(len(group.trajectories))
            return (), ()

    [group] = play_groups(specs(2), AGENT, ScriptedPolicy(compact_script), pool(), Moves(), context())
    assert group.task == task(2)
    assert len(group.trajectories) == 2


def test_a_method_that_never_has_enough_is_stopped_with_its_name() -> None:
    with pytest.raises(RuntimeError, match=r"Refills\.more still asks for 1 episodes after 5 rounds"):
        play_groups(specs(1), AGENT, ScriptedPolicy(compact_script), pool(), Refills(99), context(), rounds=5)


def test_a_failed_episode_stays_as_data_and_is_tried_afresh_with_another_seed() -> None:
    left = [Breaks(at=1)]

    def make() -> Shelves:
        return left.pop() if left else Shelves()

    policy = ScriptedPolicy(always(" x\n", " y\n"))
    [group] = play_groups(specs(2), AGENT, policy, LocalPool({"shelves": make}), Exploration(), context())
    assert [bool(t.error) for t in group.trajectories] == [True, False, False]
    assert group.trajectories[2].spec.seed not in (0, 1)
    assert group.trajectories[2].task == group.trajectories[0].task


def test_a_group_tells_how_many_of_its_members_broke_for_good() -> None:
    left = [Breaks(at=1), Breaks(at=2), Breaks(at=1)]

    def make() -> Shelves:
        return left.pop(0) if left else Shelves()

    policy = ScriptedPolicy(always(" x\n", " y\n"))
    two = [EpisodeSpec(task(1)), EpisodeSpec(task(1), seed=1), EpisodeSpec(task(2), seed=2)]
    groups = play_groups(two, AGENT, policy, LocalPool({"shelves": make}), Exploration(), context())
    broken = [sum(bool(t.error) for t in g.trajectories) for g in groups]
    assert sum(broken) == 3
    assert [g.missing for g in groups] == [0, 0]

    left = [Breaks(at=0), Breaks(at=0)]
    one, other = play_groups(two[1:], AGENT, policy, LocalPool({"shelves": make}), Exploration(), context(), retries=0)
    assert (one.missing, other.missing) == (1, 1)


@pytest.mark.parametrize("reward", [float("nan"), float("inf")])
def test_a_reward_that_is_no_number_breaks_its_own_episode_only(reward: float) -> None:
    class Odd(Shelves):
        def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
            observation, paid, *rest = super().step(action)
            return observation, reward if self.place == 2 else paid, *rest  # type: ignore[return-value]

    episodes = [EpisodeSpec(task(seed)) for seed in (1, 2, 3)]
    policy = ScriptedPolicy(always(" x\n", " y\n"))
    played = play(episodes, AGENT, policy, LocalPool({"shelves": Odd}))
    assert [t.error for t in played] == ["", f"a reward must be a finite number, the environment gave {reward}", ""]


def test_tries_of_an_environment_that_always_breaks_are_bounded() -> None:
    where = LocalPool({"shelves": lambda: Breaks(at=1)})
    policy = ScriptedPolicy(always(" x\n", " y\n"))
    [group] = play_groups(specs(2), AGENT, policy, where, Exploration(), context(), retries=2)
    assert len(group.trajectories) == 6
    assert all(t.error for t in group.trajectories)


def test_snapshots_are_kept_where_the_spec_asks_and_an_env_without_them_breaks_its_episode() -> None:
    class Kept(Shelves):
        def snapshot(self) -> bytes:
            return bytes([self.turn])

    class Inside:
        """As a gymnasium wrapper: what it does not have itself is found by name."""

        def __init__(self) -> None:
            self.env = Kept()

        def get_wrapper_attr(self, name: str) -> object:
            return getattr(self.env, name)

        def reset(
            self, *, seed: int | None = None, options: dict[str, Any] | None = None
        ) -> tuple[str, dict[str, Any]]:
            return self.env.reset(seed=seed, options=options)

        def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
            return self.env.step(action)

        def close(self) -> None: ...

    asked = [replace(spec, snapshots=True) for spec in specs(1)]
    for make in (Kept, Inside):
        [kept] = play(asked, AGENT, ScriptedPolicy(always(" x\n", " y\n")), LocalPool({"shelves": make}))
        assert [turn.snapshot for turn in kept.turns] == [b"\x01", b"\x02", None]
    [plain] = play(specs(1), AGENT, ScriptedPolicy(always(" x\n", " y\n")), LocalPool({"shelves": Kept}))
    assert [turn.snapshot for turn in plain.turns] == [None] * 3
    [broken] = play(asked, AGENT, ScriptedPolicy(always(" x\n", " y\n")), pool())
    assert "Shelves has no snapshot()" in broken.error


def test_a_method_that_the_policy_cannot_serve_is_refused_before_anything_is_played() -> None:
    class Demanding(Exploration):
        requires = frozenset({"clairvoyance"})

    policy = ScriptedPolicy(always(" x\n", " y\n"))
    with pytest.raises(ValueError, match="can do clairvoyance, which ScriptedPolicy cannot"):
        play(specs(1), AGENT, policy, pool(), Chain(Exploration(), Demanding()))
    assert policy.requests == []


def test_a_temperature_may_change_with_the_position_in_the_span() -> None:
    class Cooling(Exploration):
        def sampling(
            self, role: Role, position: int, params: SamplingParams, ctx: ExplorationContext
        ) -> SamplingParams:
            return replace(params, temperature=2.0, factors=(1.0, 0.5, 0.25))

    [trajectory] = play(specs(1), AGENT, ScriptedPolicy(always(" x y\n", " z\n")), pool(), Cooling())
    assert trajectory.segments[0].temperatures == (2.0, 1.0, 0.5, 0.5, 0.5)
    assert trajectory.segments[1].temperatures == (2.0, 1.0, 0.5)
