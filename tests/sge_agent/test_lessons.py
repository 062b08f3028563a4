"""What a lesson promises, whatever is drawn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.lessons import draw_lesson

REPERTOIRE = ("look", "ask", "wait", "push", "pull")
USUAL = ("look", "wait")


@given(st.integers(0, 2**32))
def test_a_lesson_never_repeats_what_failed_and_repeats_what_worked(seed: int) -> None:
    lesson = draw_lesson(REPERTOIRE, USUAL, np.random.default_rng(seed))
    assert lesson.strategy in REPERTOIRE
    shown = {line.partition(":")[0]: line.partition(":")[2] for line in lesson.hint.splitlines()}
    if "Worked" in shown:
        assert shown["Worked"] == f" {lesson.strategy};"
    assert f" {lesson.strategy};" not in shown.get("Failed", "")
    if "Failed" in shown and "Worked" not in shown and any(one not in shown["Failed"] for one in USUAL):
        assert lesson.strategy in USUAL


@given(st.integers(0, 2**32))
def test_without_a_hint_only_usual_strategies_are_learned(seed: int) -> None:
    lesson = draw_lesson(REPERTOIRE, USUAL, np.random.default_rng(seed))
    if not lesson.hint and lesson.learn:
        assert lesson.strategy in USUAL
        assert set(lesson.avoid) == set(REPERTOIRE) - set(USUAL)
    else:
        assert not lesson.avoid
