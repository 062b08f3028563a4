"""The page of the board in a real Chromium: sorted, filtered, drawn and read by pointer and by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.board.page import write_page
from benchmarks.board.summary import summary
from tests.benchmarks.made_board import FEW, made_base, made_results
from tests.sge_agent.pages import opened, poor_contrasts, too_wide

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SLICES = ("household_hard", "tools")
HARD = "#slice=household_hard&arms=rnd"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a board of nine arms on two slices."""
    out: Path = tmp_path_factory.mktemp("board") / "board.html"
    write_page(summary(made_results(slices=SLICES), made_base((*SLICES, "household_easy"))), out)
    return out.as_uri()


def listed(page: Page) -> list[str]:
    return [row.get_attribute("data-arm") or "" for row in page.locator(".board tr[data-arm]").all()]


def drawn(page: Page) -> str:
    return page.locator(".chart:not(.scatter):visible .legend").first.inner_text()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_every_view_fits_the_screen_and_is_readable(url: str, browser: Browser, width: int, dark: bool) -> None:
    for fragment in ("", HARD):
        with opened(browser, url + fragment, width=width, dark=dark) as page:
            for summary_of in page.locator("summary:visible").all():
                summary_of.click()
            page.locator("[data-arm=dapo] input").check()
            assert too_wide(page) == []
            assert poor_contrasts(page) == []
            if width == 1400:
                assert page.locator(".board").evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_the_table_is_sorted_by_click_and_by_keyboard(url: str, browser: Browser) -> None:
    with opened(browser, url + HARD) as page:
        head = page.get_by_role("columnheader", name="CPU seconds")
        assert page.locator("[aria-sort]").inner_text().startswith("rank")
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        cheap_first = listed(page)
        assert sorted(cheap_first) == sorted(FEW)
        page.keyboard.press("Enter")  # the button has kept the focus
        assert head.get_attribute("aria-sort") == "descending"
        assert listed(page) == cheap_first[::-1]
        name = page.get_by_role("columnheader", name="method").get_by_role("button")
        name.focus()
        page.keyboard.press("Space")
        assert listed(page) == sorted(FEW, key=lambda arm: arm.replace("+", " ").replace("_", " "))
        assert page.locator("[aria-sort]").count() == 1
        page.get_by_role("columnheader", name="first success").get_by_role("button").click()
        cells = [row.locator("td").nth(8).inner_text() for row in page.locator("tr[data-arm]").all()]
        assert cells.index("–") == len(cells) - cells.count("–")  # those without one stand last


def test_the_table_is_narrowed_by_words_and_by_kind(url: str, browser: Browser) -> None:
    with opened(browser, url) as page:
        status = page.locator("[role=status]")
        assert "9 methods of 9" in status.inner_text()
        page.get_by_label("Find a method").fill("gigpo")
        assert sorted(listed(page)) == ["gigpo", "sge+gigpo"]
        page.get_by_label("Show").select_option("on SGE")
        assert listed(page) == ["sge+gigpo"]
        page.get_by_label("Find a method").fill("")
        page.get_by_label("Show").select_option("composition")
        assert listed(page) == ["dapo"]
        page.get_by_label("Find a method").fill("no such words")
        assert "0 methods of 9" in status.inner_text()


def test_a_chosen_arm_is_drawn_beside_the_references_and_stands_in_the_address(url: str, browser: Browser) -> None:
    with opened(browser, url + HARD) as page:
        assert all(name in drawn(page) for name in ("sge", "grpo", "rnd", "untrained"))
        lines = page.locator(".chart:not(.scatter):visible polyline")
        assert lines.count() == 4
        page.locator("[data-arm='sge+gigpo'] .about").click()
        assert lines.count() == 5
        assert page.locator(".band").count() > 2
        page.locator("[data-arm=gigpo] input").focus()
        page.keyboard.press("Space")
        assert "gigpo" in drawn(page)
        assert page.evaluate("document.activeElement.dataset.key") == "arm gigpo"  # the focus stays
        shared = page.url
        page.get_by_role("button", name="Tokens", exact=True).first.click()
        assert "by generated tokens" in (page.locator(".chart:visible").first.get_attribute("aria-label") or "")
    with opened(browser, shared) as page:
        assert page.locator(".chart:not(.scatter):visible polyline").count() == 6
        page.get_by_role("button", name="Choose none").click()
        assert page.locator(".chart:not(.scatter):visible polyline").count() == 3


def test_cost_and_gain_are_read_by_keyboard_by_pointer_and_as_a_table(url: str, browser: Browser) -> None:
    with opened(browser, url + HARD) as page:
        cloud = page.locator(".scatter:visible:has(.plot)").first
        cloud.focus()
        page.keyboard.press("ArrowRight")
        cheapest = cloud.locator(".reading").inner_text()
        assert "CPU seconds, gain" in cheapest
        page.keyboard.press("ArrowRight")
        assert cloud.locator(".reading").inner_text() != cheapest
        cloud.locator("[data-arm=dapo]").hover()
        assert cloud.locator(".reading").inner_text().startswith("dapo: ")
        cloud.locator("[data-arm=dapo]").click()
        assert "dapo" in drawn(page)
        cloud.get_by_text("As a table").click()
        cloud.locator("tbody tr").nth(len(FEW) - 1).wait_for()
        assert cloud.locator("tbody tr").count() == len(FEW)
        page.get_by_role("button", name="Tokens", exact=True).last.click()
        assert "generated tokens" in cloud.locator("thead").inner_text()


def test_a_slice_is_chosen_by_its_tab_with_its_numbers_and_claims(url: str, browser: Browser) -> None:
    with opened(browser, url) as page:
        assert page.locator(".chart:not(.scatter):visible").count() == 2
        assert page.get_by_role("columnheader", name="tools").count() > 0
        page.get_by_role("link", name="tools").focus()
        page.keyboard.press("Enter")
        assert page.locator("nav [aria-current=page]").inner_text() == "tools"
        assert page.locator(".chart:not(.scatter):visible").count() == 1
        assert "slice=tools" in page.url
        assert page.locator("tr.base td").all_inner_texts().count("–") == 10
        assert page.get_by_role("columnheader", name="forgotten").count() == 0  # nothing was known before
        claims = page.locator(".claims").inner_text()
        for question in ("Does training pass", "Does entropy predict", "reach outcomes that strategies do not"):
            assert question in claims
        page.evaluate("location.hash = 'slice=household_hard'")
        page.get_by_role("columnheader", name="forgotten").wait_for()


def test_the_focus_is_always_visible(url: str, browser: Browser) -> None:
    with opened(browser, url) as page:
        for _ in range(12):
            page.keyboard.press("Tab")
            seen = "() => getComputedStyle(document.activeElement).outlineStyle !== 'none'"
            assert page.evaluate(seen), page.evaluate("document.activeElement.outerHTML")
