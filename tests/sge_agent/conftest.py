"""What several tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium; the test is skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="needs the extra ui (Playwright)")
    from sge_envs.ui.chromium import NoBrowser, find_browser, may_sandbox

    try:
        path = find_browser()
    except NoBrowser as error:
        pytest.skip(str(error))
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), chromium_sandbox=may_sandbox())
        yield browser
        browser.close()
