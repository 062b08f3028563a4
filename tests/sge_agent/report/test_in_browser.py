"""The report in a real Chromium: read, filtered, searched and walked through by keyboard."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sge_agent.jsonlines import write_json_atomically
from sge_agent.report import write_report
from sge_agent.types import Group, Source, TaskRef
from tests.sge_agent.pages import opened, poor_contrasts, too_wide
from tests.sge_agent.runs import episode, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VIEWS = ("results", "strategies", "episodes", "settings")
EVIL = '</script><img src=x onerror="window.hacked=1"><!--<script>\u2028\u2029window.hacked=1;//${alert(1)}\ud800'
SHOWN_EVIL = '</script><img src=x onerror="window.hacked=1">'


def groups(extra: int = 0) -> list[Group]:
    """Four updates on two tasks; the third episode reflects on the first and wins."""
    source = Source(1, 11, False, "lost", ("look up",))
    unkept = Source(1, 99, False, "lost", ("sit still",))
    hinted = episode(strategy="look down", hint="Failed: look up;", sources=(source, unkept), success=True, seed=13)
    return [
        Group(TaskRef("toy", 0), (episode(seed=11), episode(strategy="jump", seed=12))),
        Group(TaskRef("toy", 1), (episode(task=1, strategy="wait here", seed=21),)),
        Group(TaskRef("toy", 0), (hinted, episode(strategy="climb", seed=14))),
        Group(TaskRef("toy", 0), tuple(episode(success=i % 2 == 0, seed=100 + i) for i in range(2 + extra))),
    ]


def report(folder: Path, *, most_in_one_file: int = 5000, found: Sequence[Group] | None = None) -> str:
    run = write_run(folder / "run", groups=groups() if found is None else found)
    return write_report([run], folder / "report.html", most_in_one_file=most_in_one_file).as_uri()


def listed(page: Page) -> int:
    """How many episodes the list has, as it says."""
    return int(page.locator(".side [role=status]").inner_text().split()[0].replace(",", ""))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_view_fits_the_screen_and_is_readable(tmp_path: Path, browser: Browser, width: int, dark: bool) -> None:
    url = report(tmp_path)
    with opened(browser, url, width=width, dark=dark) as page:
        for view in VIEWS:
            page.evaluate(f"location.hash = '{view}'")
            page.locator(f"nav [aria-current=page][data-tab={view}]").wait_for()
            if view == "strategies":
                page.locator("[data-first]").click()
            if view == "episodes":
                page.locator(".rows .row").nth(3).click()
                page.locator(".turns").wait_for()
            assert too_wide(page) == []
            assert poor_contrasts(page) == []


def test_the_whole_page_is_used_by_keyboard_alone(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, report(tmp_path)) as page:
        keys = page.keyboard
        keys.press("3")
        page.locator(".turns").wait_for()
        assert page.url.endswith("#episodes/run/0")
        keys.press("j")
        keys.press("ArrowDown")
        keys.press("j")
        page.locator(".hint").wait_for()
        assert page.url.endswith("#episodes/run/3")
        assert "Failed: look up;" in page.locator(".hint").inner_text()
        assert page.locator(".row.here").inner_text().count("first success") == 1
        keys.press("r")  # to the attempt that the hint was made from
        page.get_by_text("Reflected on by").wait_for()
        assert page.url.endswith("#episodes/run/0")
        keys.press("/")
        keys.type("wait here")
        keys.press("Enter")
        page.get_by_text("1 of 7 episodes").wait_for()
        assert page.url.endswith("#episodes/run/2?q=wait+here")
        assert "wait here" in page.locator(".row.here").inner_text()
        keys.press("m")
        page.locator(".mark").first.wait_for()
        keys.press("[")
        keys.press("]")
        keys.press("?")
        assert page.locator("dialog[open]").is_visible()
        keys.press("Escape")
        keys.press("1")
        page.locator(".plot svg").first.wait_for()
        page.locator(".chart").first.focus()
        keys.press("ArrowRight")
        assert page.locator(".chart .cross").count() == 1
        assert "update 1: plain episodes 0" in page.locator(".chart [aria-live]").first.text_content()  # type: ignore[operator]


def test_the_focus_is_always_visible(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, report(tmp_path)) as page:
        for view in VIEWS:
            page.evaluate(f"location.hash = '{view}'")
            for _ in range(8):
                page.keyboard.press("Tab")
                seen = page.evaluate(
                    "() => { const e = document.activeElement; const s = getComputedStyle(e);"
                    " return e === document.body || s.outlineStyle !== 'none' || e.matches('.mark') }"
                )
                assert seen, page.evaluate("document.activeElement.outerHTML")


def test_filters_narrow_the_list_and_stand_in_the_address(tmp_path: Path, browser: Browser) -> None:
    url = report(tmp_path)
    with opened(browser, f"{url}#episodes") as page:
        page.locator(".turns").wait_for()
        assert listed(page) == 7
        for label, value, count in (
            ("Result", "success", 2),
            ("Result", "first", 1),
            ("Task", "toy#1", 0),
            ("Result", "", 1),
            ("Task", "", 7),
            ("Outcome", "won", 2),
            ("Outcome", "", 7),
            ("Hint", "1", 1),
            ("Hint", "0", 6),
            ("Phase", "train", 6),
        ):
            page.get_by_label(label, exact=True).select_option(value)
            assert listed(page) == count, (label, value)
        page.get_by_label("Update from").fill("3")
        page.get_by_label("to", exact=True).fill("3")
        assert listed(page) == 1
        shared = page.url
    assert "from=3" in shared
    with opened(browser, shared) as page:
        page.locator(".turns").wait_for()
        assert listed(page) == 1
        page.get_by_role("button", name="Clear").click()
        assert listed(page) == 7


def test_a_link_opens_its_episode_with_shading_and_feedback(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, f"{report(tmp_path)}#episodes/run/4") as page:
        page.locator(".turns").wait_for()
        said = page.locator(".said.strategy")
        assert "climb" in said.inner_text()
        assert "temperature 1.2" in said.inner_text()
        assert said.locator(".s4").get_attribute("title") == "0.7 % probable"
        assert "temperature 0.7" in page.locator(".said.action").inner_text()
        assert "Too <dark>." in page.locator(".end").inner_text()
        page.keyboard.press("s")
        colour = said.locator(".s4").evaluate("e => getComputedStyle(e).backgroundColor")
        assert colour == "rgba(0, 0, 0, 0)"


def test_the_map_marks_the_first_success_and_links_it_to_what_it_reflects_on(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, f"{report(tmp_path)}#strategies/run/toy%230") as page:
        assert page.locator(".mark").count() == 7  # six places of recorded attempts, one that a hint alone tells of
        assert page.locator(".ghost").count() == 1 + 1  # and its sample in the legend
        assert page.locator(".map .link").count() == 2
        assert [text.split(" · ")[0] for text in page.locator("text.outcome").all_text_contents()] == [
            "✓ won",
            "✗ lost",
        ]
        facts = page.locator("main p.small").first.inner_text()
        assert "6 recorded attempts and 1 known from hints alone, 5 strategies, 2 outcomes" in facts
        first = page.locator("[data-first]")
        assert "update 3: success, won, look down" in (first.get_attribute("aria-label") or "")
        first.focus()
        page.keyboard.press("Enter")
        assert page.locator(".map .link.lit").count() == 2
        assert "Reflects on\nupdate 1, lost: look up\nupdate 1, lost: sit still" in page.locator(".panel").inner_text()
        page.keyboard.press("ArrowLeft")
        assert "update 1" in page.locator(".panel").inner_text()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.locator(".hint").wait_for()
        assert "#episodes/run/3" in page.url


def test_curves_are_drawn_against_updates_turns_tokens_and_time(tmp_path: Path, browser: Browser) -> None:
    with opened(browser, report(tmp_path)) as page:
        chart = page.locator(".chart").first
        for button, label in (("Turns", "turns played"), ("Tokens", "tokens sampled"), ("Time", "time of training")):
            page.get_by_role("button", name=button, exact=True).click()
            assert f"by {label}" in (chart.get_attribute("aria-label") or "")
        assert page.locator(".band").count() == 0  # four updates: each by itself
        page.get_by_role("button", name="5", exact=True).click()
        assert page.locator(".band").count() > 1
        titles = page.locator(".chart:visible figcaption b").all_inner_texts()
        for title in (
            "pass@k, training tasks",
            "Distinct outcomes per task",
            "Entropy of strategy and action",
            "Tokens per second",
        ):
            assert title in titles
        assert page.locator(".stack i").count() == 3


@pytest.mark.parametrize(("updates", "mean"), [(2, "1"), (19, "1"), (20, "5"), (60, "9")])
def test_a_short_run_is_shown_update_by_update_at_whole_numbers(
    tmp_path: Path, browser: Browser, updates: int, mean: str
) -> None:
    run = write_run(tmp_path / "run", success=[0.5] * updates, groups=groups()[:2] if updates == 2 else groups())
    with opened(browser, write_report([run], tmp_path / "r.html").as_uri(), width=1000) as page:
        assert page.locator("[aria-label='Mean of'] [aria-pressed=true]").get_attribute("data-value") == mean
        across = page.locator(".chart").first.locator(".tick[y='211']").all_text_contents()
        assert 1 < len(across) < 12
        assert all(text.isdecimal() for text in across), across
        page.keyboard.press("2")
        marks = page.locator(".map text.tick")
        marks.first.wait_for()
        assert all(text.rpartition(" ")[2].isdecimal() for text in marks.all_text_contents() if "e" not in text[:1])
        boxes = sorted((box["x"], box["x"] + box["width"]) for mark in marks.all() if (box := mark.bounding_box()))
        assert all(left < right for (_, left), (right, _) in itertools.pairwise(boxes)), boxes


def test_tables_of_arms_fit_a_screen_of_1100_pixels(tmp_path: Path, browser: Browser) -> None:
    runs = [
        write_run(
            tmp_path / f"{split}-{seed}", groups=groups(), split=split, seed=seed, epochs=epochs, clip=epochs / 10
        )
        for split, epochs in (("easy", 1), ("hard", 2))
        for seed in (0, 1)
    ]
    url = write_report(runs, tmp_path / "all.html").as_uri()
    with opened(browser, url, width=1100) as page:
        for table in page.locator(".scroll").all():
            assert table.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
        assert "sge, split easy, epochs 1, clip 0.1" in page.locator("table").first.inner_text()


def test_runs_are_compared_by_arm_with_intervals_over_seeds(tmp_path: Path, browser: Browser) -> None:
    curves = {("sge", 0): (0.0, 0.2, 0.4), ("sge", 1): (0.0, 0.4, 0.8), ("grpo", 0): (0.0, 0.0, 0.1)}
    runs = [
        write_run(tmp_path / f"{a}-{s}", success=y, groups=groups(), explore=a, seed=s) for (a, s), y in curves.items()
    ]
    url = write_report(runs, tmp_path / "all.html").as_uri()
    with opened(browser, url) as page:
        page.get_by_role("button", name="1", exact=True).click()
        chart = page.locator(".chart").first
        legend = chart.locator(".legend").inner_text()
        half = 12.706 * np.std([0.4, 0.8], ddof=1) / np.sqrt(2)
        assert "sge (2 seeds) 0.6" in legend.replace("\n", " ")
        assert f"0–{0.6 + half:.3g}" in legend
        assert chart.locator("polyline").count() == 2
        page.get_by_role("button", name="every run").click()
        assert chart.locator("polyline").count() == 3
        assert page.locator("table").first.locator("tbody tr").count() == 2
        page.evaluate("location.hash = 'settings'")
        assert page.locator("table.settings tbody tr").count() == 2  # explore and seed
        page.evaluate("location.hash = 'episodes'")
        page.get_by_label("Run", exact=True).select_option("grpo-0")
        assert listed(page) == 7


def test_a_large_report_reads_its_texts_from_the_folder_beside_it(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sge_agent.report.pages.PAGE_CHARS", 2500)
    url = report(tmp_path, most_in_one_file=3, found=groups(extra=40))
    assert len(list((tmp_path / "report_data").iterdir())) > 3
    with opened(browser, f"{url}#episodes") as page:
        page.locator(".turns").wait_for()
        page.keyboard.press("End")
        page.locator(".row.here").wait_for()
        assert page.url.endswith("/46")
        page.get_by_label("Search all text").fill("TOO <dark>")  # stands in the texts alone
        page.locator(".side [role=status]").filter(has_text="25 of 47 episodes").wait_for()
        page.get_by_label("Search all text").fill("no such words")
        page.locator(".side [role=status]").filter(has_text="0 of 47 episodes").wait_for()


def test_a_missing_data_file_is_said_in_place_of_the_episode(tmp_path: Path, browser: Browser) -> None:
    url = report(tmp_path, most_in_one_file=1)
    (tmp_path / "report_data" / "0-0.js").unlink()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}#episodes")
    page.get_by_text("it belongs beside this page").wait_for()
    context.close()


@pytest.mark.parametrize("most_in_one_file", [5000, 0], ids=["one file", "folder"])
def test_no_text_of_a_model_or_an_environment_becomes_markup_or_code(
    tmp_path: Path, browser: Browser, most_in_one_file: int
) -> None:
    source = Source(1, 1, False, EVIL, (EVIL,))
    evil = episode(
        strategy=EVIL.encode("utf-8", "replace").decode(), hint=EVIL, seed=2, sources=(source,), success=True
    )
    first = {**evil.first_info, "goal": EVIL}
    info = {**evil.turns[0].info, "outcome": EVIL, "feedback": EVIL, "action_error": EVIL}
    object.__setattr__(evil, "first_info", first)
    object.__setattr__(evil, "final_observation", EVIL)
    object.__setattr__(evil.turns[0], "info", info)
    object.__setattr__(evil.turns[0], "observation", EVIL)
    object.__setattr__(evil.turns[0], "action", EVIL)
    run = write_run(tmp_path / "<img src=x onerror=hacked=1>", groups=[Group(evil.task, (evil,))], env=EVIL, note=EVIL)
    write_json_atomically(run / "status.json", {"status": "failed", "error": EVIL})
    url = write_report([run], tmp_path / "r.html", most_in_one_file=most_in_one_file).as_uri()
    with opened(browser, url) as page:
        for view in VIEWS:
            page.evaluate(f"location.hash = '{view}'")
            page.locator(f"nav [aria-current=page][data-tab={view}]").wait_for()
            if view == "strategies":
                page.locator("[data-first]").click()
            if view == "episodes":
                page.locator(".turns").wait_for()
            assert SHOWN_EVIL in page.locator("main").inner_text()
            assert page.locator("img").count() == 0
            assert page.evaluate("window.hacked") is None
        assert page.evaluate("document.scripts.length") == (3 if most_in_one_file else 2)


def test_a_run_without_transcripts_or_updates_has_a_page_that_says_so(tmp_path: Path, browser: Browser) -> None:
    run = write_run(tmp_path / "run", success=(), final=None, status="running")
    with opened(browser, write_report([run], tmp_path / "r.html").as_uri()) as page:
        told = page.locator(".warning").inner_text()
        assert "No update is finished yet" in told
        assert "There is no transcripts.jsonl" in told
        for view in VIEWS:
            page.evaluate(f"location.hash = '{view}'")
            page.locator(f"nav [aria-current=page][data-tab={view}]").wait_for()


def test_the_script_never_parses_text_as_markup() -> None:
    static = Path(__file__).parents[3] / "sge_agent" / "report" / "static"
    sources = {path.name: path.read_text(encoding="utf-8") for path in static.glob("*.js")}
    assert len(sources) > 5
    for name, source in sources.items():
        for forbidden in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "new Function"):
            assert forbidden not in source, name


def test_the_statistics_of_the_page_are_those_of_numpy(tmp_path: Path, browser: Browser) -> None:
    values = [0.0, 0.25, 0.5, 1.0]
    with opened(browser, report(tmp_path)) as page:
        page.get_by_role("button", name="9", exact=True).click()
        label = page.locator(".chart").first.get_attribute("aria-label") or ""
        legend = page.locator(".chart .legend").first.inner_text()
    mean, half = np.mean(values), 3.182 * np.std(values, ddof=1) / 2
    assert f"plain episodes ends at {float(f'{mean:.3g}'):g}" in label
    assert f"{max(0, float(mean - half)):.3g}–{mean + half:.3g}" in legend
    assert json.dumps(values)
