"""The site builds without a warning and without a network, and a browser that opens it asks nobody else for anything."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.sge_envs.ui.site import needs_browser

pytest.importorskip("zensical", reason="the extra docs is not installed")
pytest.importorskip("mkdocstrings", reason="the extra docs is not installed")

NOWHERE = "http://127.0.0.1:9"  # a proxy that answers nobody


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built in a folder of its own."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "docs", folder / "docs")
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    paths = f"paths: [{ROOT}, {ROOT / 'wrappers'}]"
    assert "paths: [., wrappers]" in settings
    (folder / "mkdocs.yml").write_text(settings.replace("paths: [., wrappers]", paths), encoding="utf-8")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", "mkdocs.yml"]
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"), NOWHERE)
    done = subprocess.run(command, cwd=folder, env={**proxies, "NO_COLOR": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    return folder / "site"


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what a page asked for is no output of a test."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_public_classes_have_their_reference(site: Path) -> None:
    for page, names in (
        ("environments", ("TextEnv", "ALFWorldEnv", "ToolAPIEnv", "CodeSandboxEnv", "MiniWoBEnv", "check_text_env")),
        ("agent", ("StrategyAgent", "Exploration", "Trajectory", "TransformersPolicy", "TrainConfig")),
        ("wrappers", ("ChatHistory", "ReadyVectorEnv", "StrategyRollouts")),
    ):
        text = (site / "api" / f"{page}.html").read_text(encoding="utf-8")
        assert all(f".{name}" in text for name in names), page


@needs_browser
def test_a_browser_loads_nothing_from_elsewhere_and_no_page_is_wider_than_a_phone(site: Path, address: str) -> None:
    from playwright.sync_api import sync_playwright

    from sge_envs.ui.chromium import find_browser

    asked: list[str] = []
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser()), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        for path in sorted(site.rglob("*.html")):
            page.goto(f"{address}/{path.relative_to(site).as_posix()}")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, f"{path.name} is {wide} pixels wide"
        browser.close()
    assert {url for url in asked if not url.startswith((address, "data:", "blob:"))} == set()
    assert said == []


@needs_browser
def test_a_page_that_is_opened_from_the_disk_can_be_searched(site: Path) -> None:
    from playwright.sync_api import sync_playwright

    from sge_envs.ui.chromium import find_browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser()), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto((site / "index.html").as_uri())
        page.wait_for_load_state("load")
        page.keyboard.press("Control+k")
        page.get_by_placeholder("Search").last.fill("snapshot")
        page.locator("a[href*='.html'][href*='snapshot']").first.wait_for(timeout=60_000)
        browser.close()
