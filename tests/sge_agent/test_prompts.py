import pytest

from sge_agent.prompts import COMPACT, MARKDOWN, PLAIN, TAGS, THINK, UI, Attempt, Prompts

TRIED = [Attempt(("look in the safe 1",)), Attempt(("look in the drawer 2",))]
WORKED = [Attempt(("look in the shelf 3",))]


def test_the_compact_hint_is_one_line_per_outcome() -> None:
    render = COMPACT.reflection.render
    assert render(failures=TRIED) == "Failed: look in the safe 1; look in the drawer 2;\n"
    assert render(successes=WORKED) == "Worked: look in the shelf 3;\n"
    assert render(failures=TRIED, successes=WORKED) == (
        "Failed: look in the safe 1; look in the drawer 2;\nWorked: look in the shelf 3;\n"
    )


def test_the_compact_hint_shows_no_feedback_and_joins_the_strategies_of_one_episode() -> None:
    attempt = Attempt(("look in the safe 1", "open it"), feedback="You failed.")
    assert COMPACT.reflection.render(failures=[attempt]) == "Failed: look in the safe 1 then open it;\n"


def test_the_hint_in_words_shows_every_strategy_and_the_feedback() -> None:
    attempt = Attempt(("sort the list", "use\na heap"), feedback="Test 3 failed.\nexpected 1, got 2\n")
    assert MARKDOWN.reflection.render(failures=[attempt], successes=WORKED) == (
        "You have tried this task before and failed. These were your strategies, in the order of the turns:\n"
        "- sort the list\n"
        "  then: use a heap\n"
        "  Feedback: Test 3 failed.\nexpected 1, got 2\n"
        "Work out what was wrong with them, and write a strategy that does better.\n\n"
        "You have solved this task before. These were your strategies, in the order of the turns:\n"
        "- look in the shelf 3\n"
        "Write a new strategy that is inspired by them.\n\n"
    )


def test_the_ui_prompts_ask_only_for_something_different_after_a_failure() -> None:
    hint = UI.reflection.render(failures=TRIED)
    assert "different" in hint
    assert "wrong" not in hint
    assert UI.reflection.render(successes=WORKED) == TAGS.reflection.render(successes=WORKED)


def test_nothing_tried_gives_no_hint() -> None:
    assert MARKDOWN.reflection.render() == ""


@pytest.mark.parametrize("prompts", [MARKDOWN, TAGS, UI, THINK, PLAIN, COMPACT])
def test_text_with_braces_is_shown_as_it_is(prompts: Prompts) -> None:
    hint = prompts.reflection.render(failures=[Attempt(("use a {dict}",), feedback="{0} {}")])
    assert "use a {dict}" in hint
    assert "{brace}" in prompts.first.format(
        goal="", observation=prompts.observation.format(observation="{brace}"), hint="", actions="", ask=""
    )


def test_a_header_is_completed_where_the_model_has_begun_it() -> None:
    assert MARKDOWN.action.rest("look there\n###") == " Action\n"
    assert PLAIN.action.rest("look there\nAction:") == ""
    assert TAGS.action.rest("look there</strategy>") is None
