"""The report of a large run: how long it takes to write, how large it is, and how soon it can be read in Chromium.

    python -m benchmarks.report                     # 100,000 episodes
    python -m benchmarks.report --episodes 5000     # as much as goes into one file

The episodes are made up: four turns each, a strategy of eight words and 44 sampled tokens, 500 tasks; one in eight was
shown a hint made from three earlier attempts. "Opened" is from the call for the page until it is drawn, median of five, each
in a fresh process of the browser; the processor time of that process tells what it is on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.rows import Benchmark, Row, Skip, at_most, show
from sge_agent.report import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

TASKS, MEMBERS, TURNS, TOKENS = 500, 8, 4, 10
WORDS = ("look", "first", "in", "the", "cold", "drawer", "then", "ask", "again", "with", "care", "for", "what", "is")
TRIES = 5
COUNT = ".side [role=status]"
SCREEN: ViewportSize = {"width": 1280, "height": 900}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--episodes", type=int, default=100_000)
    return show(rows(parser.parse_args(argv).episodes))


def run(quick: bool) -> Iterator[Row]:
    return rows(6_000 if quick else 100_000)


def rows(episodes: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        made = make_run(Path(folder) / "run", episodes)
        out = Path(folder) / "report.html"
        started = time.perf_counter()
        write_report([made], out)
        yield Row(f"report of {episodes:,} episodes written", time.perf_counter() - started, "s")
        yield Row("size of the page", out.stat().st_size / 1e6, "MB")
        pages = list(out.with_name("report_data").glob("*.js"))
        yield Row(
            "size of its data", sum(one.stat().st_size for one in pages) / 1e6, "MB", detail=f"{len(pages)} files"
        )
        for view, drawn in (("results", ".plot svg"), ("strategies", ".mark"), ("episodes", ".episode .turns")):
            tries = [opened(browser, f"{out.as_uri()}#{view}", drawn) for _ in range(TRIES)]
            wall, processor = (statistics.median(times) for times in zip(*tries))
            yield Row(f"opened: {view}", wall, "s", at_most(2), f"processor time {processor:.2f} s")
        page = browser.new_page(viewport=SCREEN)
        page.goto(f"{out.as_uri()}#episodes")
        page.locator(".turns").wait_for()
        yield Row("the last episode shown", last_episode(page, episodes), "s")
        yield Row("a filter applied", filtered(page), "s")
        yield Row("all texts searched", searched(page), "s")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Raises ``Skip`` where there is none."""
    try:
        from playwright.sync_api import sync_playwright

        from sge_envs.ui.chromium import find_browser, may_sandbox
    except ImportError as error:
        raise Skip("it needs the extra ui (Playwright)") from error
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser()), chromium_sandbox=may_sandbox())
        yield browser
        browser.close()


def opened(browser: Browser, url: str, drawn: str) -> tuple[float, float]:
    """Seconds until it is drawn, and of the processor."""
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(drawn)
    page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    wall = time.perf_counter() - started
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    return wall, metrics["ProcessTime"]


def last_episode(page: Page, episodes: int) -> float:
    started = time.perf_counter()
    page.keyboard.press("End")
    page.locator(".turns").filter(has_text=f"of episode {episodes - 1}.").wait_for()
    return time.perf_counter() - started


def filtered(page: Page) -> float:
    """Until the list shows the episodes of one result."""
    started = time.perf_counter()
    page.get_by_label("Result", exact=True).select_option("success")
    page.locator(COUNT).filter(has_text=" of ").wait_for()
    return time.perf_counter() - started


def searched(page: Page) -> float:
    """Until the texts of all episodes were looked through for words that stand in one observation alone."""
    page.get_by_label("Result", exact=True).select_option("")
    started = time.perf_counter()
    page.get_by_label("Search all text").fill("observation number 3 of episode 77.")
    page.locator(COUNT).filter(has_text=re.compile(r"^1 of [0-9,]+ episodes$")).wait_for(timeout=300_000)
    return time.perf_counter() - started


def make_run(path: Path, episodes: int) -> Path:
    """A run folder that looks as if so many episodes had been played."""
    path.mkdir()
    updates = max(1, episodes // (TASKS // 10 * MEMBERS))
    config = {"explore": "sge", "env": "made up", "seed": 0, "updates": updates, "tasks": TASKS}
    (path / "config.json").write_text(json.dumps(config))
    (path / "status.json").write_text('{"status": "finished", "error": ""}')
    with open(path / "metrics.jsonl", "w", encoding="utf-8") as file:
        for update in range(1, updates + 1):
            file.write(json.dumps(metrics_row(update, updates)) + "\n")
    with open(path / "transcripts.jsonl", "w", encoding="utf-8") as file:
        for number in range(episodes):
            file.write(json.dumps(episode(number, 1 + number * updates // episodes)) + "\n")
    return path


def metrics_row(update: int, updates: int) -> dict[str, float]:
    done = update / updates
    names = ("success", "success/hinted", "entropy/strategy", "entropy/action")
    counted = {"turns_total": 1600 * update, "tokens_total": 16_000 * update, "elapsed": 9.0 * update}
    return {"update": update, **dict.fromkeys(names, done), "distinct_outcomes": 2 + done, **counted}


def episode(number: int, update: int) -> dict[str, Any]:
    task = number // MEMBERS % TASKS
    strategy = " ".join(WORDS[(number * step) % len(WORDS)] for step in (1, 3, 5, 7, 11, 13, 17)) + f" {number % 9973}"
    success = number % 10 == 0 and number > 1000
    earlier = [max(0, number - step * MEMBERS * TASKS) for step in (1, 2, 3)] if number % 8 == 1 else []
    sources = [
        {"update": update, "episode": one, "success": False, "outcome": "lost:2", "strategies": ["look first"]}
        for one in earlier
    ]
    return {
        "version": 1,
        "phase": "train",
        "update": update,
        "group": task,
        "member": number % MEMBERS,
        "task": {"env": "made up", "seed": task, "options": {}},
        "success": success,
        "reward": float(success),
        "outcome": "won" if success else f"lost:{number % 7}",
        "tag": "reflect_failure" if earlier else "",
        "hint": "You have tried this before: look first" if earlier else "",
        "spec": {"seed": number, "sources": sources},
        "error": "",
        "first_info": {"goal": f"put thing {task} in its place"},
        "final_observation": "It is over.",
        "turns": [turn(number, place, strategy if place == 0 else "") for place in range(TURNS)],
    }


def turn(number: int, place: int, strategy: str) -> dict[str, Any]:
    said = [segment("strategy", strategy, 1.2)] if strategy else []
    seen = f"This is observation number {place} of episode {number}. You see a drawer 1, a drawer 2 and a shelf 3."
    action = "go to the drawer 2 and open it, then take thing 7"
    info = {"feedback": "The thing is not in its place.", "action_error": ""}
    segments = [*said, segment("action", action, 0.7)]
    return {"observation": seen, "strategy": strategy, "action": action, "reward": 0.0, "bonus": 0.0, "info": info} | {
        "segments": segments
    }


def segment(role: str, text: str, temperature: float) -> dict[str, Any]:
    size = -(-len(text) // TOKENS)
    texts = [text[i : i + size] for i in range(0, len(text), size)]
    logprobs = [-0.01 if i % 4 else -2.5 for i in range(len(texts))]
    told = {"logprobs": logprobs, "temperatures": [temperature] * len(texts), "texts": texts}
    return {"role": role, "start": 0, "end": len(texts), "text": text, "finish": "stop", **told}


BENCHMARK = Benchmark("the report of 100,000 episodes: writing, opening and searching it in Chromium", run)

if __name__ == "__main__":
    sys.exit(main())
