"""What is made of the results of the board: scores, ranks, claims, words and the files of the docs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.board.about import about
from benchmarks.board.arms import SLICES, arms
from benchmarks.board.page import data, page
from benchmarks.board.results import FOLDER, Point, Result, add, load
from benchmarks.board.scores import (
    MAIN,
    Leash,
    area,
    entropy_and_success,
    first_of,
    gain,
    leashes,
    lines,
    overall,
    rank_correlation,
    ranks,
    reaches,
)
from benchmarks.board.summary import MANY, Summary, curve, known_success, summary
from benchmarks.board.words import BEGIN, BEST, END, markdown, with_generated
from benchmarks.leaderboard import DOCS, write_docs
from sge_agent.settings import SettingError
from sge_agent.stats import Estimate
from tests.benchmarks.made_board import FEW, made_base, made_result, made_results

HARD = "household_hard"
SOME = (HARD, "one_liners")


@pytest.fixture(scope="module")
def found() -> Summary:
    return summary(sorted(made_results(seeds=2, slices=SOME), key=lambda result: result.key), made_base())


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def test_a_rank_counts_the_arms_that_lie_wholly_above() -> None:
    placed = ranks(
        {
            "best": Estimate(0.9, 0.8, 1.0),
            "close": Estimate(0.8, 0.7, 0.85),
            "touching": Estimate(0.7, 0.6, 0.8),
            "below": Estimate(0.5, 0.4, 0.55),
            "alike": Estimate(0.5, 0.4, 0.55),
        }
    )
    assert placed == {"best": 1, "close": 1, "touching": 1, "below": 4, "alike": 4}


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 0.5)), min_size=1, max_size=12))
def test_the_best_has_rank_one_and_an_interval_that_lies_higher_never_has_a_worse_rank(
    made: list[tuple[float, float, float]],
) -> None:
    estimates = {str(i): Estimate(mean, mean - down, mean + up) for i, (mean, down, up) in enumerate(made)}
    placed = ranks(estimates)
    assert min(placed.values()) == 1
    for one, own in estimates.items():
        assert all(placed[one] <= placed[other] for other, its in estimates.items() if own.high >= its.high)


def test_the_area_is_the_mean_height_of_the_curve_from_the_first_episode_on() -> None:
    points = (Point(100, 0, 0.2), Point(200, 0, 0.6), Point(200, 0, 0.4))  # the last word on 200 counts
    assert area(made_result(curve=points)) == pytest.approx((0.2 * 100 + 0.3 * 100) / 200)
    assert area(made_result(curve=(Point(0, 0, 0.5),))) == 0.5


def test_the_first_success_is_the_median_and_none_where_most_seeds_had_none() -> None:
    def runs(*firsts: int | None) -> list[Result]:
        return [made_result(seed=seed, first=first) for seed, first in enumerate(firsts)]

    assert first_of(runs(30, None, 10)) == 30
    assert first_of(runs(30, None, None)) is None
    assert first_of(runs(10, 20, 40, None)) == 30


def test_a_correlation_is_that_of_ranks_and_none_where_nothing_can_be_told() -> None:
    rising = rank_correlation([1, 2, 3, 4, 5, 6], [1, 10, 100, 1000, 10_000, 100_000])
    assert rising is not None
    assert rising.mean == pytest.approx(1)
    tied = rank_correlation([1, 1, 2, 3, 4], [4, 3, 2, 1, 1])
    assert tied is not None
    assert tied.mean == pytest.approx(-9 / 9.5)  # Pearson's of 1.5, 1.5, 3, 4, 5 and 5, 4, 3, 1.5, 1.5
    assert rank_correlation([1, 2, 3, 4], [1, 2, 3, 4]) is None
    assert rank_correlation([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]) is None


def test_entropy_is_compared_among_arms_on_sge_and_among_the_others() -> None:
    names = ("grpo", "aepo", "ear", "empg", "epo", "sge", *(f"sge+{name}" for name in ("epo", "rnd", "e3b", "gigpo")))
    made = [
        made_result(arm, success=place / 10, entropies={"action": (place if arm[:3] != "sge" else 20 - place, 0)})
        for place, arm in enumerate(names)
    ]
    alone, on_sge = (entropy_and_success(made, slice=HARD, role="action", on_sge=on) for on in (False, True))
    assert alone is not None
    assert on_sge is not None
    assert [alone.mean, on_sge.mean] == pytest.approx([1, -1])
    assert entropy_and_success(made, slice=HARD, role="reasoning", on_sge=False) is None


def test_a_leash_is_broken_or_narrowed_where_intervals_are_apart() -> None:
    leash = Leash(
        slice=HARD,
        arm="sge",
        once=Estimate(0.6, 0.5, 0.7),
        many=Estimate(0.7, 0.6, 0.8),
        base=Estimate(0.4, 0.3, 0.49),
        base_many=Estimate(0.9, 0.81, 1.0),
        k=256,
    )
    assert (leash.broken, leash.narrowed) == (True, True)
    touching = replace(leash, base=Estimate(0.4, 0.3, 0.5), base_many=Estimate(0.9, 0.8, 1.0))
    assert (touching.broken, touching.narrowed) == (False, False)


def test_the_leash_is_the_base_at_its_most_attempts_where_it_is_best() -> None:
    cold = {"1": [0.1] * 3, "8": [0.4] * 3, "256": [0.5] * 3}
    hot = {"1": [0.0] * 3, "8": [0.3] * 3, "256": [0.8] * 3}
    [leash] = leashes(lines([made_result(success=0.7)], slice=HARD, known=None), {"0.7": cold, "1.0": hot})
    assert (leash.k, leash.base.mean, leash.base_many.mean) == (256, 0.8, 0.3)
    assert leash.many.mean == pytest.approx(1 - 0.3 ** int(MANY.rpartition("@")[2]), abs=1e-4)


def test_reached_outcomes_are_those_of_all_seeds_beside_the_same_ones_of_sge() -> None:
    made = [
        made_result("sge", 0, reached=("a", "b")),
        made_result("sge", 1, reached=("c",)),
        made_result("aepo", 0, reached=("a", "x")),
        made_result("aepo", 1, reached=("y",)),
        made_result("epo", 0, reached=("a", "c")),  # what SGE came to with seed 1 does not count
        made_result("siren", 2, reached=("z",)),  # shares no seed
    ]
    both, one = reaches(made, slice=HARD)
    assert (both.arm, both.seeds, both.reached, both.alone, both.sge_alone) == ("aepo", 2, 3, 2, 2)
    assert (one.arm, one.seeds, one.reached, one.alone, one.sge_alone) == ("epo", 1, 2, 1, 1)


def test_all_slices_together_are_the_mean_over_slices_of_arms_that_were_played_on_all() -> None:
    made = [made_result("sge", seed, slice, success=s) for slice, s in ((HARD, 0.2), ("tools", 0.6)) for seed in (0, 1)]
    both = overall([*made, made_result("grpo", slice="tools", success=1.0)], [HARD, "tools"])
    assert list(both) == ["sge"]
    assert both["sge"][0].mean == pytest.approx(0.4)


def test_a_gain_is_the_difference_of_the_means() -> None:
    made = [made_result("grpo", success=0.2), made_result("sge", success=0.5)]
    difference = gain(made, slice=HARD, arm="sge", over="grpo")
    assert difference is not None
    assert difference.mean == pytest.approx(0.3)
    assert gain(made, slice="tools", arm="sge", over="grpo") is None


def test_results_come_back_from_their_files_as_they_were(tmp_path: Path) -> None:
    kept = made_results(("sge", "grpo"), seeds=2, slices=(HARD, "tools"))
    kept.append(made_result("rnd", error="the loss is nan", first=7, reached=("00ff",)))
    for result in reversed(kept):
        add(tmp_path, result)
    assert load(tmp_path) == sorted(kept, key=lambda result: result.key)
    assert {file.name for file in tmp_path.iterdir()} == {"household_hard.jsonl", "tools.jsonl"}


def test_what_was_known_before_is_measured_on_the_easy_games() -> None:
    base = made_base((HARD, "household_easy"), success=0.5)
    assert known_success(base, SLICES[HARD]) == 0.5
    assert known_success(base, SLICES["tools"]) is None
    assert known_success(made_base((HARD,)), SLICES[HARD]) is None
    [line] = lines([made_result(success=0.4)], slice=HARD, known=0.5)
    assert line.forgotten is not None
    assert line.forgotten.mean == pytest.approx(0.2)


def test_a_curve_is_the_mean_over_seeds_evaluation_by_evaluation_up_to_the_end_of_each() -> None:
    seeds = [
        made_result(seed=0, curve=(Point(100, 10, 0.0), Point(200, 20, 0.2), Point(300, 30, 0.4), Point(300, 30, 0.6))),
        made_result(seed=1, curve=(Point(100, 30, 0.2), Point(260, 50, 1.0))),  # its episodes were used up sooner
    ]
    heights = [(h.episodes, h.tokens, round(h.success.mean, 9)) for h in curve(seeds)]
    assert heights == [(100, 20, 0.1), (280, 40, 0.8)]


def test_every_arm_of_the_board_says_what_it_is() -> None:
    known = {one.name: one for one in about(arms())}
    assert all(one.text.endswith(".") and "`" not in one.text for one in known.values())
    assert known["gigpo"].papers == ("2505.10978",)
    assert (known["sge"].kind, known["sge+gigpo"].kind, known["dapo"].kind) == ("alone", "on SGE", "composition")
    assert known["grpo hot"].settings == "one_temperature 1.5"
    assert known["overlong"].settings == "overlong_limit 24, overlong_buffer 12"
    assert about(["sge+gigpo+rnd"])[0].kind == "composition"
    with pytest.raises(SettingError, match="there is no method"):
        about(["sge+nothing"])


def test_the_same_results_in_any_order_give_the_same_page_and_words(found: Summary, tmp_path: Path) -> None:
    for result in reversed(made_results(seeds=2, slices=SOME)):
        add(tmp_path, result)
    again = summary(load(tmp_path), made_base())
    assert page(again) == page(found)
    assert markdown(again) == markdown(found)


def test_the_page_is_one_file_that_loads_nothing(found: Summary) -> None:
    text = page(found)
    assert "default-src 'none'" in text
    assert text.count("<script") == 2
    assert " src=" not in text
    for parser in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval("):
        assert parser not in text
    shown = data(found)
    assert [one["name"] for one in shown["slices"]] == list(SOME)
    assert set(shown["slices"][0]["lines"]) == set(FEW)
    assert json.dumps(shown).count("-0.0,") == 0


def test_a_slice_that_nobody_played_is_left_out() -> None:
    found = summary([made_result("grpo"), made_result("sge")], made_base((HARD,)))
    assert [one.where.name for one in found.slices] == [HARD]
    assert "household easy" not in markdown(found)


def test_the_words_have_the_best_the_references_and_the_names_of_the_rest() -> None:
    names = ["grpo", "sge", *(arm for arm in arms() if arm.startswith("sge+"))]
    found = summary([made_result(arm, success=place / 40) for place, arm in enumerate(names)], made_base((HARD,)))
    table = markdown(found).partition("### household hard")[2].partition("### Does")[0]
    rows = [line.split(" | ")[1] for line in table.splitlines() if line.startswith("| ")][2:]
    assert rows[:BEST] == names[: -BEST - 1 : -1]
    assert rows[BEST:] == ["sge", "grpo", "untrained model"]
    assert f"Below them, best first: `{names[-BEST - 1]}`" in table
    none = markdown(summary([made_result("sge"), made_result("epo", success=0.0)], made_base((HARD,))))
    assert "Without any success on held-out tasks in any seed: `epo`." in none
    assert none.count("| 2 | epo") == 0


def test_a_table_marks_shared_ranks_and_has_as_many_cells_in_every_row(found: Summary) -> None:
    text = markdown(found)
    for table in text.split("\n\n"):
        cells = {line.count(" | ") for line in table.splitlines() if line.startswith("| ")}
        assert len(cells) <= 1, table
    for one in found.slices:
        for line in one.board:
            assert one.shares_rank(line) == ([other.rank for other in one.board].count(line.rank) > 1)
    assert any(f"| ={line.rank} | {line.arm} | {line.estimates[MAIN]} |" in text for line in found.slices[0].board)
    assert "-0.00" not in text


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert with_generated(text, "new\n") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert with_generated(with_generated(text, "x\n"), "new\n") == with_generated(text, "new\n")
    for wrong in ("", BEGIN, f"{END} {BEGIN}", text + text):
        with pytest.raises(ValueError, match="each once"):
            with_generated(wrong, "new\n")


def test_the_docs_are_written_from_a_folder_of_results(tmp_path: Path) -> None:
    for result in made_results(("grpo", "sge"), seeds=2, slices=(HARD,)):
        add(tmp_path / "results", result)
    (tmp_path / "results" / "base.json").write_text(json.dumps(made_base((HARD,))), encoding="utf-8")
    (tmp_path / "leaderboard.md").write_text(f"# Words\n{BEGIN}\n{END}\n", encoding="utf-8")
    write_docs(tmp_path / "results", docs=tmp_path)
    assert "### household hard" in text_of(tmp_path / "leaderboard.md")
    assert text_of(tmp_path / "board.html").startswith("<!doctype html>")


@pytest.mark.skipif(not FOLDER.is_dir(), reason="no results of the board are kept yet")
def test_the_docs_are_what_the_kept_results_give() -> None:
    kept = summary(load(FOLDER), json.loads(text_of(FOLDER / "base.json")))
    mend = "run: python -m benchmarks.leaderboard --page"
    words = text_of(DOCS / "leaderboard.md")
    assert words == with_generated(words, markdown(kept)), mend
    shown = text_of(DOCS / "board.html")
    assert shown == page(kept), mend
    assert len(shown) < 600_000


def test_a_slice_that_few_arms_were_played_on_does_not_count_in_the_mean_of_all(tmp_path: Path) -> None:
    base = json.loads((FOLDER / "base.json").read_text(encoding="utf-8"))
    made = [made_result(arm, 0, slice, success=0.5) for arm in ("grpo", "sge", "rnd") for slice in (HARD, "tools")]
    found = summary([*made, made_result("sge", 0, "household_easy", success=1.0)], base)
    assert found.shared == [HARD, "tools"]
    assert {arm: estimate.mean for arm, (estimate, _) in found.overall.items()} == {"grpo": 0.5, "sge": 0.5, "rnd": 0.5}
    assert "played on: household hard, tools." in markdown(found)
