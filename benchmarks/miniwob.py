"""SGE-MiniWoB-v0 beside MiniWoB++'s own Selenium environment, in one run: times, memory, and how well it holds up.

    python -m benchmarks.miniwob                        # everything, about half an hour on 2 cores
    python -m benchmarks.miniwob times memory --quick   # some parts, with smaller numbers

The Selenium environment needs ``chromedriver`` and ``chromium`` on the PATH (Debian: ``apt-get install chromium-driver``);
without them its columns stay empty. By default it takes a picture at every step, so it is measured with and without.
Both play the same tasks in turns, so that both see the same load of the machine.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium

from benchmarks.rows import Benchmark, Row, Skip, at_least, at_most, show
from benchmarks.timing import descendants, wall_seconds
from sge_envs.ui.calls import USAGE
from sge_envs.ui.chromium import NoBrowser
from sge_envs.ui.host import shutdown
from sge_envs.ui.miniwob.env import MiniWoBEnv
from sge_envs.ui.miniwob.solvers import SOLVERS
from sge_envs.ui.miniwob.tasks import NAMES

TIMED = ("click-checkboxes", "email-inbox", "click-tab-2", "choose-date", "social-media", "use-autocomplete")
POINT = (152, 202)
"""A place at the edge where nothing reacts: clicking there costs what any click costs, and does not end the task."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer tasks, seeds and actions")
    arguments = parser.parse_args(argv)
    return show(rows(arguments.parts or PARTS, quick=arguments.quick))


def run(quick: bool) -> Iterator[Row]:
    return rows(PARTS, quick=quick)


def rows(parts: Iterable[str], *, quick: bool) -> Iterator[Row]:
    try:
        for part in parts:
            yield from PARTS[part](quick)
    except NoBrowser as error:
        raise Skip(str(error)) from error
    finally:
        shutdown()


def compare_times(quick: bool) -> Iterator[Row]:
    """Milliseconds until a new environment is ready, of a reset, and of a step (a click, then the observation)."""
    rounds, steps = (2, 5) if quick else (6, 12)
    kinds: dict[str, Callable[[str], Any]] = {
        "ours, text": lambda name: MiniWoBEnv(task=name),
        "ours, text and picture": lambda name: MiniWoBEnv(task=name, screenshots=True),
    }
    if shutil.which("chromedriver"):
        kinds["Selenium, DOM and picture"] = lambda name: make_selenium(name, picture=True)
        kinds["Selenium, DOM alone"] = lambda name: make_selenium(name, picture=False)
    first: dict[str, list[float]] = {kind: [] for kind in kinds}
    resets: dict[str, list[float]] = {kind: [] for kind in kinds}
    clicks: dict[str, list[float]] = {kind: [] for kind in kinds}
    for name in TIMED:
        envs = {}
        for kind, make in kinds.items():
            start = time.perf_counter()
            envs[kind] = make(name)
            envs[kind].reset(seed=0)
            first[kind].append(time.perf_counter() - start)
        for number in range(rounds):
            for kind, env in envs.items():
                resets[kind].append(wall_seconds(lambda env=env, seed=number: env.reset(seed=seed)))  # type: ignore[misc]
                act = f"click({POINT[0]}, {POINT[1]})" if kind.startswith("ours") else selenium_click(env)
                clicks[kind] += [wall_seconds(lambda env=env, act=act: env.step(act)) for _ in range(steps)]  # type: ignore[misc]
        for env in envs.values():
            env.close()
    for kind in kinds:
        if kind != "Selenium, DOM alone":  # it is the same until it was made
            yield Row(f"ready, {kind}", 1000 * statistics.median(first[kind]), "ms")
        for what, spent in (("reset", resets[kind]), ("step", clicks[kind])):
            yield Row(
                f"{what}, {kind}",
                1000 * statistics.median(spent),
                "ms",
                detail=f"median, best {1000 * low(spent):.1f} ms",
            )
    for what, times, bar in (("step", clicks, 3), ("reset", resets, 1)):
        title = f"how many times as fast as Selenium with picture, {what}"
        if len(kinds) < 4:
            yield Row(title, None, bar=at_least(bar), detail="there is no chromedriver on the PATH")
            continue
        slow, fast = times["Selenium, DOM and picture"], times["ours, text"]
        detail = f"of the medians, {low(slow) / low(fast):.1f} of the best"
        yield Row(title, statistics.median(slow) / statistics.median(fast), bar=at_least(bar), detail=detail)


def low(times: Sequence[float]) -> float:
    """The tenth percentile: what it takes when nothing else runs."""
    return sorted(times)[len(times) // 10]


def make_selenium(name: str, *, picture: bool) -> Any:
    import miniwob  # noqa: F401  # registers its ids

    for variable, program in (("MINIWOB_CHROME_BINARY", "chromium"), ("MINIWOB_CHROMEDRIVER", "chromedriver")):
        os.environ[variable] = str(shutil.which(program))
    env: Any = gymnasium.make(f"miniwob/{name}-v1", disable_env_checker=True).unwrapped
    if not picture:
        env.reset(seed=0)  # there is nothing to tell it before
        env.instance.record_screenshots = False
    return env


def selenium_click(env: Any) -> Any:
    from miniwob.action import ActionTypes

    return env.create_action(ActionTypes.CLICK_COORDS, coords=list(POINT))


def measure_memory(quick: bool) -> Iterator[Row]:
    """MiB that one more environment takes (its share of what processes have in common counts once)."""
    number = 4 if quick else 8
    envs: list[MiniWoBEnv] = []
    totals = []
    for _ in range(number):
        envs.append(MiniWoBEnv(task="email-inbox"))
        envs[-1].reset(seed=0)
        envs[-1].step("hover(1)")
        time.sleep(1.0)  # the browser gives start-up memory back
        totals.append(proportional_set_size())
    for env in envs:
        env.close()
    yield Row("memory of the first environment", totals[0], "MiB", detail="with browser, driver and Python")
    each = (totals[-1] - totals[0]) / (number - 1)
    yield Row("memory of each further environment", each, "MiB", at_most(30), f"mean of {number - 1}")


def proportional_set_size() -> float:
    """MiB of this process and all below it, what is shared counted in proportion."""
    total = 0
    for pid in (os.getpid(), *descendants()):
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024


def start_and_end(quick: bool) -> Iterator[Row]:
    """Every task starts, takes actions and ends; with the network cut."""
    names = NAMES[::8] if quick else NAMES
    env = MiniWoBEnv()
    ends, ended = Counter[str](), 0
    for name in names:
        env.reset(seed=0, options={"task_id": f"{name}/train/0"})
        terminated = False
        for action in ("hover(80, 130)", "click(80, 130)", "wait(2000)", "done()"):
            _, _, terminated, truncated, info = env.step(action)
            if terminated or truncated:
                break
        ends[info["outcome"].partition("=")[0] if terminated else f"{name} goes on"] += 1
        ended += terminated
    env.close()
    told = ", ".join(f"{number} {end}" for end, number in sorted(ends.items()))
    yield Row("tasks that start, take actions and end", ended, f"of {len(names)}", at_least(len(names)), told)


def solve_tasks(quick: bool) -> Iterator[Row]:
    """Scripted solutions, through the player's own observations and actions: raw reward 1 on 10 of 10 instances."""
    names = sorted(SOLVERS)[::8] if quick else sorted(SOLVERS)
    env = MiniWoBEnv()
    turns, imperfect = 0, list[str]()
    for name in names:
        solved = 0
        for number in range(10):
            env.reset(seed=0, options={"task_id": f"{name}/train/{number}"})
            terminated = truncated = False
            while not (terminated or truncated):
                _, _, terminated, truncated, info = env.step(env.oracle())
                turns += 1
            solved += info["success"]
        imperfect += [f"{name} {solved} of 10"] if solved < 10 else []
    env.close()
    detail = ", ".join([f"{turns / len(names) / 10:.1f} turns each", *imperfect])
    bar = at_least(len(names) if quick else 40)
    yield Row(
        "tasks solved by their script on 10 of 10 instances",
        len(names) - len(imperfect),
        f"of {len(names)}",
        bar,
        detail,
    )


def compare_texts(quick: bool) -> Iterator[Row]:
    """The same instance twice, in two browsers: equal observations through four actions."""
    names = NAMES[::8] if quick else NAMES
    walks: list[dict[str, list[str]]] = []
    for _ in range(2):
        env = MiniWoBEnv()
        walks.append({name: walk(env, name) for name in names})
        env.close()
        shutdown()
    differing = [name for name in names if walks[0][name] != walks[1][name]]
    yield Row(
        "tasks whose texts differ in a second browser",
        len(differing),
        f"of {len(names)}",
        at_most(0),
        ", ".join(differing),
    )


def walk(env: MiniWoBEnv, name: str) -> list[str]:
    texts = [env.reset(seed=0, options={"task_id": f"{name}/train/3"})[0]]
    for action in ("hover(60, 120)", "wait(700)", "click(100, 150)", 'press("Tab")'):
        step = env.step(action)
        texts.append(step[0])
        if step[2]:
            break
    return texts


def fuzz_actions(quick: bool) -> Iterator[Row]:
    """Actions at random, right and wrong ones, on all tasks: exceptions."""
    number = 500 if quick else 5000
    rng = random.Random(0)
    env = MiniWoBEnv()
    refused, done, raised, over = 0, 0, 0, True
    for count in range(number):
        if over:
            env.reset(seed=0, options={"task_id": f"{rng.choice(NAMES)}/train/{count}"})
        text = anything(rng)
        try:
            _, _, terminated, truncated, info = env.step(text)
        except Exception as error:  # to be counted
            print(f"raised {error!r} for {text[:200]}", file=sys.stderr)
            raised, over = raised + 1, True
            continue
        over = terminated or truncated
        refused += "action_error" in info
        done += over
        raised += "aborted" in info
    env.close()
    detail = f"{refused:,} refused with a sentence, {done:,} episodes ended"
    yield Row(f"exceptions and aborted episodes in {number:,} fuzzed actions", raised, bar=at_most(0), detail=detail)


TARGETS = ("1", "2", "3", "5", "9", "40, 90", "80, 130", "120, 180", '"Submit"', '"x"', "500, 1", "-3", "true")
TEXTS = ('"abc"', '"12"', '"Enter"', '"Control+A"', '"down"', '"/miniwob/click-test.html"', '""', '"' + "y" * 300 + '"')


def anything(rng: random.Random) -> str:
    """Mostly calls as they are written, with targets that may be there; some calls with anything in them, some noise."""
    kind = rng.random()
    if kind < 0.05:
        return "".join(rng.choices('click("1),;\\ \n☃\x00', k=rng.randrange(30)))
    if kind < 0.2:
        values = rng.choices([*TARGETS, *TEXTS], k=rng.randrange(5))
        return f"{rng.choice(sorted(USAGE))}({', '.join(values)})"
    return "; ".join(_call(rng) for _ in range(rng.randint(1, 3)))


def _call(rng: random.Random) -> str:
    name = rng.choice([*USAGE, "click", "click", "click", "fill", "type"])
    target, text = rng.choice(TARGETS), rng.choice(TEXTS)
    if name in ("click", "double_click", "hover", "check"):
        return f"{name}({target})"
    if name in ("fill", "type", "press", "select"):
        return f"{name}({target}, {text})"
    if name == "drag":
        return f"drag({target}, {rng.choice(TARGETS)})"
    if name in ("goto", "tab_new", "answer"):
        return f"{name}({text})"
    if name == "scroll":
        where = rng.choice(["", f"{target}, "])
        return f'scroll({where}"{rng.choice(["down", "up"])}")'
    return f"{name}({rng.choice(['', '2', '300'])})"


def kill_browsers(quick: bool) -> Iterator[Row]:
    """The browser is killed in the middle of episodes: each ends with a result, no exception reaches the caller."""
    episodes, kills = (40, 4) if quick else (200, 20)
    rng = random.Random(0)
    env = MiniWoBEnv(task=["click-checkboxes", "click-tab-2", "enter-text"])
    doomed = set(rng.sample(range(episodes), kills))
    ends: Counter[str] = Counter()
    for number in range(episodes):
        env.reset(seed=number)
        fatal = rng.randrange(2)
        terminated = truncated = False
        turn = 0
        while not (terminated or truncated):
            if number in doomed and turn == fatal:
                kill_main_process()
            action = env.oracle() if turn else "hover(1)"
            _, _, terminated, truncated, info = env.step(action)
            turn += 1
        ends["aborted" if "aborted" in info else "solved" if info["success"] else "failed"] += 1
    env.close()
    detail = ", ".join(f"{number} {end}" for end, number in sorted(ends.items()))
    title = f"episodes that end with a result, {kills} browsers killed"
    yield Row(title, ends.total(), f"of {episodes}", at_least(episodes), detail)


def kill_main_process() -> None:
    for pid in descendants():
        try:
            name = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
        except OSError:
            continue
        if "--remote-debugging-pipe" in name and "--type=" not in name:
            os.kill(pid, signal.SIGKILL)


PARTS: Mapping[str, Callable[[bool], Iterator[Row]]] = {
    "times": compare_times,
    "memory": measure_memory,
    "tasks": start_and_end,
    "solutions": solve_tasks,
    "texts": compare_texts,
    "fuzz": fuzz_actions,
    "kills": kill_browsers,
}

BENCHMARK = Benchmark(
    "MiniWoB++ in a browser beside its Selenium environment: times, memory, how well it holds up", run
)

if __name__ == "__main__":
    sys.exit(main())
