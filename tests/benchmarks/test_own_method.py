"""Our own method on fresh tasks: which they are, what is counted as repeated, met and taken in, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import own_method
from benchmarks.board.arms import GRPO, SLICES, settings
from benchmarks.board.results import Result, load
from benchmarks.board.stuck import Stuck, Watch
from benchmarks.leaderboard import DOCS
from sge_agent.measure import choose_tasks
from sge_agent.types import Trajectory
from tests.sge_agent.exploration.made import context, episode, group


def said(strategy: str, *, won: bool = False, hint: str = "", task: str = "a") -> Trajectory:
    made = episode([float(won)], hint=hint, task=task)
    return replace(made, turns=(replace(made.turns[0], strategy=strategy, info={"success": won}),))


def test_repeats_count_until_the_first_success_and_what_is_known_with_a_hint_alone_is_not_taken_in() -> None:
    watch = Watch()
    watch.observe([group(said("x"), said("x"), said("y"))], {}, context())
    assert (watch.episodes, watch.repeated) == (3, 0)
    watch.observe([group(said("x"), said("z", won=True, hint="Failed: x;"))], {}, context())
    assert (watch.episodes, watch.repeated) == (5, 1)
    watch.observe([group(said("x"), said("x")), group(said("x", task="b"))], {}, context())
    assert (watch.episodes, watch.repeated) == (6, 1)
    assert watch.stuck == Stuck(repeated=0.1667, met=1, not_taken_in=1)
    watch.observe([group(said("z", won=True), said("x"))], {}, context())
    watch.observe([group(said("z", hint="Worked: z;"))], {}, context())
    assert watch.stuck.not_taken_in == 0


@pytest.mark.parametrize("name", own_method.PLACES)
def test_fresh_tasks_are_as_many_and_none_of_the_boards(name: str) -> None:
    where = SLICES[name]
    other = own_method.fresh(where)
    chosen = [choose_tasks(settings(one, GRPO), one.maker()) for one in (where, other)]
    old, new = ([t.options["task_id"] for tasks in found.values() for t in tasks] for found in chosen)
    assert len(old) == len(set(new)) == 24
    assert not set(old) & set(new)
    env = other.maker()()
    for task in chosen[1]["held_out"][:3]:
        _, info = env.reset(seed=task.seed, options=dict(task.options))
        assert info["task_id"] == task.options["task_id"]
    env.close()


def result(arm: str, seed: int, passed: float, name: str, stuck: Stuck | None = None) -> Result:
    return Result(slice=name, arm=arm, seed=seed, passes={"held_out": {"1": passed}}, stuck=stuck)


def test_the_table_has_means_differences_and_where_tasks_got_stuck_of_what_was_played_on_all_slices() -> None:
    made = [
        result(arm, seed, passed, name, Stuck(0.5, 10, seed))
        for name in own_method.PLACES
        for arm, passed in (("seek", 0.75), ("sge", 0.5))
        for seed in (10, 11)
    ]
    lines = own_method.table([*made, result("grpo", 10, 1.0, "tools")]).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| seek", "| sge"]
    assert "| 0.75 [0.75, 0.75] | – |" in lines[2]
    assert "| 0.50 [0.50, 0.50] | 0.25 [0.25, 0.25] |" in lines[3]
    assert lines[3].endswith("| 0.50 | 10.0 | 10.5 | 2 |")
    assert Result.from_json(made[0].to_json()) == made[0]


def test_an_arm_that_the_board_does_not_have_is_refused_before_anything_is_played(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        own_method.main(["--arms", "seek,sek"])
    assert "the board has no arm 'sek'" in capsys.readouterr().err


def test_the_table_in_the_docs_is_what_the_kept_results_give() -> None:
    page = (DOCS / "leaderboard.md").read_text(encoding="utf-8")
    made = own_method.table(load(own_method.FOLDER))
    assert made in page, f"put this table into docs/leaderboard.md:\n{made}"
