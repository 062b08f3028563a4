from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sge_agent.agent import History, StrategyAgent, When, is_stuck
from sge_agent.envs import LocalPool
from sge_agent.heads import ActionHead, StrategyHead
from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.prompts import COMPACT, MARKDOWN, PLAIN, TAGS, THINK, Prompts
from sge_agent.rollout import play
from sge_agent.types import EpisodeSpec, Order, SamplingParams, Segment, Trajectory, Turn
from tests.sge_agent.fakes import Shelves, always, compact_script, specs, task

ALL = pytest.mark.parametrize("prompts", [MARKDOWN, TAGS, THINK, PLAIN, COMPACT])


def played(
    agent: StrategyAgent, texts: list[str], spec: EpisodeSpec, env: Shelves | None = None
) -> tuple[str, Trajectory]:
    """The text of each context, one after the other, and the episode."""
    policy = ScriptedPolicy(texts)
    [trajectory] = play([spec], agent, policy, LocalPool({"shelves": lambda: env or Shelves()}))
    assert not trajectory.error
    return "\n=====\n".join(policy.decode(c.tokens) for c in trajectory.contexts), trajectory


def test_the_compact_context_is_exactly_this_text() -> None:
    agent = StrategyAgent(prompts=COMPACT, when="once")
    spec = EpisodeSpec(task(), hint="Failed: look in the safe 1; look in the drawer 2;\n")
    context, trajectory = played(agent, [" look in the shelf 1\n", " go to shelf 2\n", " go to shelf 1\n"], spec)
    assert context == (
        "You are in a room.\n"
        "Failed: look in the safe 1; look in the drawer 2;\n"
        "Strategy: look in the shelf 1\n"
        "Action: go to shelf 2\n"
        "You see nothing on shelf 2.\n"
        "Action: go to shelf 1\n"
    )
    assert trajectory.success
    assert trajectory.strategies == ("look in the shelf 1",)
    assert [turn.action for turn in trajectory.turns] == ["go to shelf 2", "go to shelf 1"]


def test_without_a_hint_the_compact_context_goes_from_the_observation_to_the_strategy() -> None:
    agent = StrategyAgent(prompts=COMPACT, when="every_turn")
    texts = [" look in the shelf 2\n", " go to shelf 2\n", " look in the shelf 1\n", " go to shelf 1\n"]
    context, _ = played(agent, texts, EpisodeSpec(task()))
    assert context == (
        "You are in a room.\n"
        "Strategy: look in the shelf 2\n"
        "Action: go to shelf 2\n"
        "You see nothing on shelf 2.\n"
        "Strategy: look in the shelf 1\n"
        "Action: go to shelf 1\n"
    )


def test_the_markdown_context_is_exactly_this_text() -> None:
    agent = StrategyAgent(prompts=MARKDOWN, when="every_turn")
    hint = MARKDOWN.reflection.render(failures=[]) or "Shown before.\n\n"
    texts = ["Try the near one.\n\n###", "go to shelf 2", "Try the first.\n###", "go to shelf 1"]
    context, _ = played(agent, texts, EpisodeSpec(task(), hint=hint))
    ask = (
        'Answer in two parts: under "### Strategy" one concise strategy, and under "### Action" the next action, alone.'
    )
    assert context == (
        f"{MARKDOWN.system}\n\n"
        "Task: find the mug\n\n"
        "You are in a room.\n\n"
        "Shown before.\n\n"
        f"{ask}\n"
        "### Strategy\nTry the near one.\n\n### Action\ngo to shelf 2\n"
        "You see nothing on shelf 2.\n\n"
        f"{ask}\n"
        "### Strategy\nTry the first.\n### Action\ngo to shelf 1"
    )


def test_a_hint_changes_nothing_but_its_own_place() -> None:
    texts = ["Try.\n\n###", "go to shelf 1"]
    plain, _ = played(StrategyAgent(), texts, EpisodeSpec(task()))
    hinted, _ = played(StrategyAgent(), texts, EpisodeSpec(task(), hint="HINT\n\n"))
    assert hinted.count("HINT") == 1
    assert hinted.replace("HINT\n\n", "") == plain


@ALL
def test_segments_point_at_exactly_the_sampled_tokens(prompts: Prompts) -> None:
    policy = ScriptedPolicy(always(" be quick\n###", " go to shelf 2\n"))
    trajectory = StrategyAgent(prompts=prompts).play(Shelves(), policy, seed=1)
    assert len(trajectory.segments) == 6
    for segment in trajectory.segments:
        tokens = trajectory.contexts[segment.context].tokens[segment.start : segment.end]
        assert policy.decode(tokens) == segment.text
        assert len(tokens) == len(segment.logprobs) == len(segment.temperatures)
    ends = [0, *(segment.end for segment in trajectory.segments)]
    assert all(segment.start >= end for segment, end in zip(trajectory.segments, ends))
    assert trajectory.sampled_tokens == sum(len(segment.text) for segment in trajectory.segments)


@ALL
@pytest.mark.parametrize(
    "text", ["", "\n", "?", "### Action\n### Strategy\n", "<strategy><action></strategy>", "\ud800é😀"]
)
def test_whatever_the_model_writes_the_episode_goes_to_its_end(prompts: Prompts, text: str) -> None:
    trajectory = StrategyAgent(prompts=prompts).play(Shelves(), ScriptedPolicy(lambda context, sampling: text))
    assert len(trajectory.turns) == 3
    assert trajectory.turns[-1].truncated
    assert not trajectory.success


def test_a_span_that_never_closes_is_closed_before_the_next_header() -> None:
    spec = EpisodeSpec(task())
    texts = ["I will look on all", "go to shelf 1"]

    def end_of_context(prompts: Prompts) -> str:
        heads = StrategyHead(prompts.strategy, max_tokens=9), ActionHead(prompts.action)
        context, trajectory = played(StrategyAgent(prompts=prompts, strategy=heads[0], action=heads[1]), texts, spec)
        assert trajectory.segments[0].finish == "length"
        return context[context.index("I will") :]

    assert end_of_context(COMPACT) == "I will lo\nAction:go to shelf 1"
    assert end_of_context(PLAIN) == "I will lo\nAction:go to shelf 1"
    assert end_of_context(TAGS) == "I will lo</strategy>\n<action>go to shelf 1"
    assert end_of_context(THINK) == "I will lo\n</think>\n\nAction:go to shelf 1"
    assert end_of_context(MARKDOWN) == "I will lo\n\n### Action\ngo to shelf 1"


def test_an_unfinished_action_does_not_run_into_the_next_observation() -> None:
    agent = StrategyAgent(prompts=COMPACT, when="once", action=ActionHead(COMPACT.action, max_tokens=4))
    context, _ = played(agent, [" look\n", " go to", " x\n", " y\n"], EpisodeSpec(task()))
    assert "Action: go \nYou see nothing" in context


@pytest.mark.parametrize(
    ("when", "written"), [("every_turn", [0, 1, 2, 3, 4]), ("once", [0]), (2, [0, 2, 4]), (3, [0, 3])]
)
def test_a_strategy_is_written_when_it_is_due_and_stays_in_force(when: When, written: list[int]) -> None:
    agent = StrategyAgent(prompts=COMPACT, when=when)
    policy = ScriptedPolicy(compact_script)
    trajectory = agent.play(Shelves(horizon=5), policy, seed=8)
    turns = [i for i, turn in enumerate(trajectory.turns) if any(s.role == "strategy" for s in turn.segments)]
    assert turns == [i for i in written if i < len(trajectory.turns)]
    for i, turn in enumerate(trajectory.turns):
        assert turn.strategy
        assert i in written or turn.strategy == trajectory.turns[i - 1].strategy


def test_a_stuck_agent_writes_a_new_strategy() -> None:
    agent = StrategyAgent(prompts=COMPACT, when="stuck")
    texts = [" near\n", " go to shelf 2\n", " go to shelf 3\n", " go to shelf 2\n", " far\n", " go to shelf 4\n"]
    context, trajectory = played(agent, texts, EpisodeSpec(task()), Shelves(horizon=4))
    assert [turn.strategy for turn in trajectory.turns] == ["near", "near", "near", "far"]
    assert context.endswith("You see nothing on shelf 2.\nStrategy: far\nAction: go to shelf 4\n")


def history(*infos: Mapping[str, Any], observations: tuple[str, ...] = (), strategy_at: int = 0) -> History:
    """A history whose ``infos`` came with the successive observations."""
    seen = observations or tuple(f"observation {i}" for i in range(len(infos)))
    span = Segment("strategy", 0, 0, 0, (), (), "")
    turns = tuple(
        Turn(seen[i], (span,) if i == strategy_at else (), "s", "a", 0.0, False, False, infos[i + 1])
        for i in range(len(infos) - 1)
    )
    return History(EpisodeSpec(task()), seen[-1], infos[-1], turns, infos[0])


def test_stuck_means_an_error_a_state_that_comes_back_or_no_progress() -> None:
    a, b, c = ({"state_key": key} for key in "abc")
    assert not is_stuck(history(a))
    assert not is_stuck(history(a, b, c))
    assert is_stuck(history(a, b, {**c, "action_error": "no such shelf"}))
    assert is_stuck(history(a, b, a))
    assert is_stuck(history({}, {}, observations=("same", "same")))
    assert not is_stuck(history(a, b, observations=("same", "same")))
    flat, grows = (
        [{"state_key": str(i), "progress": p} for i, p in enumerate(ps)] for ps in ([0.5] * 6, [0, 0.2, 0.4, 1, 1])
    )
    assert is_stuck(history(*flat))
    assert not is_stuck(history(*grows))


def test_only_the_turns_since_the_last_strategy_count_for_being_stuck() -> None:
    a, b, c = ({"state_key": key} for key in "abc")
    assert is_stuck(history(a, b, c, a, strategy_at=0))
    assert not is_stuck(history(a, b, c, a, strategy_at=1))


def test_action_first_writes_the_action_and_then_the_strategy_behind_it() -> None:
    first: Order = "action_first"
    spec = EpisodeSpec(task(), order=first)
    context, trajectory = played(StrategyAgent(prompts=COMPACT), [" go to shelf 1\n", " it is near\n"], spec)
    assert context == "You are in a room.\nAction: go to shelf 1\nStrategy: it is near\n"
    assert [s.role for s in trajectory.segments] == ["action", "strategy"]
    assert trajectory.turns[0].strategy == "it is near"
    context, _ = played(StrategyAgent(), ["go to shelf 1\n\n###", "It is near."], spec)
    assert context.endswith(f"{MARKDOWN.ask_action_first}\n### Action\ngo to shelf 1\n\n### Strategy\nIt is near.")


@ALL
def test_strategy_dropout_asks_for_the_action_alone(prompts: Prompts) -> None:
    spec = EpisodeSpec(task(), strategy=False)
    context, trajectory = played(StrategyAgent(prompts=prompts), ["go to shelf 1\n"], spec)
    assert [s.role for s in trajectory.segments] == ["action"]
    assert trajectory.strategies == ()
    assert prompts.strategy.header.strip() not in context
    assert prompts.ask_action in context


def test_an_agent_that_never_writes_strategies_is_asked_for_actions_alone() -> None:
    context, trajectory = played(
        StrategyAgent(when="never"), ["go to shelf 2\n", "go to shelf 1\n"], EpisodeSpec(task())
    )
    assert [s.role for s in trajectory.segments] == ["action", "action"]
    assert context.count(MARKDOWN.ask_action) == 2
    assert "### Strategy" not in context


def test_an_empty_strategy_is_none_in_force() -> None:
    _, trajectory = played(StrategyAgent(prompts=COMPACT), ["\n", " go to shelf 1\n"], EpisodeSpec(task()))
    assert trajectory.turns[0].strategy == ""
    assert trajectory.strategies == ()


def test_a_window_starts_a_new_context_that_retells_the_last_turns() -> None:
    agent = StrategyAgent(prompts=COMPACT, window=1, when="once")
    texts = [" near\n", " go to shelf 2\n", " go to shelf 3\n", " go to shelf 4\n"]
    context, trajectory = played(agent, texts, EpisodeSpec(task(), hint="Failed: far;\n"))
    assert context == (
        "You are in a room.\nFailed: far;\nStrategy: near\nAction: go to shelf 2\n"
        "You see nothing on shelf 2.\nAction: go to shelf 3\n"
        "\n=====\n"
        "You are in a room.\nFailed: far;\n"
        "You see nothing on shelf 2.\nStrategy: near\nAction: go to shelf 3\n"
        "You see nothing on shelf 3.\nAction: go to shelf 4\n"
    )
    assert [s.context for s in trajectory.segments] == [0, 0, 0, 1]


def test_a_windowed_context_sums_up_a_bounded_number_of_earlier_strategies() -> None:
    agent = StrategyAgent(window=0, earlier=2)
    texts = [text for n in (2, 3, 4, 5) for text in (f"Plan {n}.\n###", f"go to shelf {n}")]
    context, trajectory = played(agent, texts, EpisodeSpec(task(), hint="HINT\n\n"), Shelves(horizon=4))
    assert len(trajectory.contexts) == 4
    last = context.split("\n=====\n")[-1]
    assert last.startswith(
        f"{MARKDOWN.system}\n\nTask: find the mug\n\nHINT\n\n"
        "Strategies that you followed before:\n- Plan 3.\n- Plan 4.\n\nYou see nothing on shelf 4.\n\n"
    )


@pytest.mark.parametrize("window", [0, 3])
def test_no_context_of_a_long_episode_grows_with_its_length(window: int) -> None:
    count = [0]

    def script(context: str, sampling: SamplingParams) -> str:
        count[0] += 1
        return f"Plan {count[0]}: {'on and on ' * 40}\n###" if context.endswith("### Strategy\n") else "go to shelf 2"

    agent = StrategyAgent(window=window, earlier=4, earlier_chars=50)
    lengths = []
    for horizon in (12, 120):
        trajectory = agent.play(Shelves(horizon=horizon), ScriptedPolicy(script), seed=1)
        assert len(trajectory.turns) == horizon
        assert len(trajectory.contexts) == horizon - window
        lengths.append(max(len(context.tokens) for context in trajectory.contexts))
    assert lengths[1] <= lengths[0] + 20  # numbers have become longer, nothing else
    text = bytes(trajectory.contexts[-1].tokens).decode()
    assert text.count(" ...\n") == 4


def test_admissible_actions_are_listed_up_to_a_bound() -> None:
    info = {"admissible_actions": ("look", "wait", "go to shelf 1")}
    spec = EpisodeSpec(task())
    assert "look" not in StrategyAgent().strategy_prompt(History(spec, "A room.", info))
    shown = StrategyAgent(actions_shown=2).strategy_prompt(History(spec, "A room.", info))
    assert "Possible actions:\n- look\n- wait\n- ... and 1 more\n\n" in shown
    assert "Possible" not in StrategyAgent(actions_shown=2).strategy_prompt(History(spec, "A room."))


def test_a_subclass_changes_prompt_and_parsing_at_three_methods() -> None:
    class Loud(StrategyAgent):
        def strategy_prompt(self, history: History) -> str:
            return f"STRATEGY? {history.observation}"

        def action_prompt(self, history: History, strategy: str) -> str:
            return f"ACTION FOR {strategy}?"

        def parse_action(self, text: str, info: Mapping[str, Any]) -> str:
            return text.strip().lower()

    context, trajectory = played(Loud(), ["Near.\n###", "GO TO SHELF 1"], EpisodeSpec(task()))
    assert context.endswith(
        "STRATEGY? You are in a room.\n### Strategy\nNear.\n###\nACTION FOR Near.?\n### Action\nGO TO SHELF 1"
    )
    assert trajectory.success


def test_playing_one_episode_equals_the_same_episode_in_a_rollout() -> None:
    agent, spec = StrategyAgent(prompts=COMPACT), replace(specs(1)[0], seed=5, task=task(5, env="Shelves"))
    alone = agent.play(Shelves(), ScriptedPolicy(compact_script), seed=5)
    [rolled] = play([spec], agent, ScriptedPolicy(compact_script), LocalPool({"Shelves": Shelves}))
    assert alone == rolled


def test_an_environment_without_a_horizon_is_cut() -> None:
    trajectory = StrategyAgent().play(Shelves(horizon=100), ScriptedPolicy(always("x", "y")), max_turns=4)
    assert len(trajectory.turns) == 4
    assert trajectory.turns[-1].truncated


def test_what_an_environment_raises_reaches_the_one_who_plays_alone() -> None:
    class Broken(Shelves):
        def step(self, action: str, /) -> tuple[str, float, bool, bool, dict[str, Any]]:
            raise RuntimeError("the engine died")

    with pytest.raises(RuntimeError, match="the engine died"):
        StrategyAgent().play(Broken(), ScriptedPolicy(always("x", "y")))


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="positive number of turns"):
        StrategyAgent(when=0)
    with pytest.raises(ValueError, match="window"):
        StrategyAgent(window=-1)
