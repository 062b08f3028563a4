import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.heads import ActionHead, StrategyHead, coding, household, langr, tools, ui
from sge_agent.prompts import COMPACT, MARKDOWN, PLAIN, TAGS, THINK, UI, Prompts

ALL = pytest.mark.parametrize("prompts", [MARKDOWN, TAGS, UI, THINK, PLAIN, COMPACT])


@ALL
@given(text=st.text(), forced=st.booleans(), multiline=st.booleans())
def test_any_text_is_read_without_an_error_and_without_marks(
    prompts: Prompts, text: str, forced: bool, multiline: bool
) -> None:
    strategy = StrategyHead(prompts.strategy, forced=forced).parse(text)
    action = ActionHead(prompts.action, forced=forced, multiline=multiline).parse(text)
    assert strategy == strategy.strip()
    assert action == action.strip()
    assert prompts.strategy.header.strip() not in strategy
    assert prompts.action.header.strip() not in action
    assert multiline or len(action.splitlines()) <= 1


@ALL
@given(text=st.text(alphabet="ab <>/#\nStrategyAction:think"))
def test_what_was_read_once_reads_the_same_again(prompts: Prompts, text: str) -> None:
    head = StrategyHead(prompts.strategy)
    assert head.parse(head.parse(text)) == head.parse(text)


@ALL
def test_a_span_that_never_closes_is_read_to_its_end(prompts: Prompts) -> None:
    assert StrategyHead(prompts.strategy).parse(" look in the safe") == "look in the safe"
    assert ActionHead(prompts.action).parse(" go to safe 1") == "go to safe 1"


@ALL
def test_an_empty_span_gives_an_empty_text(prompts: Prompts) -> None:
    for text in ("", "\n", "   \n ", prompts.strategy.stop[0]):
        assert StrategyHead(prompts.strategy).parse(text) == ""
    for text in ("", "\n", "   \n ", prompts.action.stop[0]):
        assert ActionHead(prompts.action).parse(text) == ""


@ALL
def test_a_repeated_header_is_not_part_of_the_text(prompts: Prompts) -> None:
    strategy, action = prompts.strategy.header.strip(), prompts.action.header.strip()
    assert StrategyHead(prompts.strategy).parse(f"{strategy} {strategy} be quick") == "be quick"
    assert ActionHead(prompts.action).parse(f"{action} wait") == "wait"


@pytest.mark.parametrize(
    ("prompts", "text"),
    [
        (MARKDOWN, "open drawer 1\n### Observation\nIt is open.\n### Action\ntake key"),
        (TAGS, "open drawer 1</action>\nIt is open. <action>take key</action>"),
        (TAGS, "open drawer 1 <action>take key</action>"),
        (PLAIN, " open drawer 1\nAction: take key\n"),
        (COMPACT, " open drawer 1\nIt is open.\nAction: take key\n"),
    ],
)
def test_text_that_runs_on_past_the_action_is_left_out(prompts: Prompts, text: str) -> None:
    assert ActionHead(prompts.action, multiline=True).parse(text) == "open drawer 1"


def test_an_action_of_several_lines_is_kept_whole_where_the_head_says_so() -> None:
    program = "def f(x):\n    return x\n\nprint(f(1))"
    assert ActionHead(MARKDOWN.action, multiline=True).parse(program + "\n### Notes") == program
    assert ActionHead(MARKDOWN.action).parse(program) == "def f(x):"


def test_a_header_that_is_not_forced_is_searched_for_and_its_lack_takes_the_whole_text() -> None:
    head = ActionHead(TAGS.action, forced=False)
    assert head.parse("The key is in the drawer. <action>open drawer 1</action>") == "open drawer 1"
    assert head.parse("open drawer 1") == "open drawer 1"


@ALL
def test_sampling_stops_at_the_marks(prompts: Prompts) -> None:
    sampling = StrategyHead(prompts.strategy, temperature=1.5, max_tokens=9, top_p=0.9).sampling
    assert (sampling.temperature, sampling.max_tokens, sampling.top_p) == (1.5, 9, 0.9)
    assert sampling.stop == prompts.strategy.stop


def test_the_families_have_the_values_of_the_paper() -> None:
    table = {coding: (1.2, 0.7, 2048), ui: (1.2, 0.7, 564), langr: (1.0, 0.6, 520), tools: (1.2, 0.7, 768)}
    for family, (hot, cold, tokens) in table.items():
        strategy, action = family()
        assert (strategy.temperature, action.temperature) == (hot, cold)
        assert strategy.max_tokens + action.max_tokens == tokens
    assert coding().action.multiline
    assert household().strategy.marks == COMPACT.strategy
