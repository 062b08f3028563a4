"""The apps as web pages: how long resets and steps take, memory, whether every task can be solved, actions at random.

    python -m benchmarks.textui [times memory solutions fuzz] [--quick] [--fuzz 5000]

Times are wall-clock medians, so they grow with whatever else the machine does; the best tenth and the processor time say
what is left without that.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.miniwob import low, proportional_set_size
from benchmarks.rows import Benchmark, Row, Skip, at_least, at_most, show
from benchmarks.timing import descendants, wall_seconds
from sge_envs.tools.tasks import all_scenarios, task_of
from sge_envs.ui.calls import USAGE
from sge_envs.ui.chromium import NoBrowser
from sge_envs.ui.host import shutdown
from sge_envs.ui.textui import ScreenName, TextUIEnv

FUZZED = 5000
WAYS = ("/", "/todo", "/mail/search?page=2", "/bank/list_transactions", "/shop/checkout", "/calendar", "/nothing")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer tasks and actions")
    parser.add_argument("--fuzz", type=int, default=0, metavar="N", help=f"actions at random (default: {FUZZED})")
    arguments = parser.parse_args(argv)
    return show(rows(arguments.parts or PARTS, quick=arguments.quick, fuzzed=arguments.fuzz))


def run(quick: bool) -> Iterator[Row]:
    return rows(PARTS, quick=quick)


def rows(parts: Iterable[str], *, quick: bool, fuzzed: int = 0) -> Iterator[Row]:
    try:
        for part in parts:
            yield from PARTS[part](fuzzed or (200 if quick else FUZZED)) if part == "fuzz" else PARTS[part](quick)
    except NoBrowser as error:
        raise Skip(str(error)) from error
    finally:
        shutdown()


def measure_times(quick: bool) -> Iterator[Row]:
    """Milliseconds of a reset, of a step on a page, and of one that opens a page."""
    rounds, steps = (5, 10) if quick else (25, 60)
    env = TextUIEnv(max_turns=None)
    tasks = [task_of(one, 0).id for one in all_scenarios()[:rounds]]
    for task in tasks:  # worlds are made once; what is measured is the pages
        env.reset(options={"task_id": task})
    resets = [wall_seconds(lambda task=task: env.reset(options={"task_id": task})) for task in tasks]  # type: ignore[misc]
    kinds: dict[str, Callable[[int], str]] = {
        "fill a field": lambda number: f'fill("Title", "text {number}")',
        "press what opens a page": lambda number: 'click("Lists")' if number % 2 else 'click("Tags")',
        "go to a page": lambda number: 'goto("/todo/search")' if number % 2 else 'goto("/mail/search")',
    }
    yield Row("reset", 1000 * statistics.median(resets), "ms", at_most(150), told(resets))
    env.step('goto("/todo/add_task")')
    for kind, action in kinds.items():
        spent = [wall_seconds(lambda number=number, act=action: env.step(act(number))) for number in range(steps)]  # type: ignore[misc]
        yield Row(f"step: {kind}", 1000 * statistics.median(spent), "ms", at_most(25), told(spent))
        before = processor_seconds()
        for number in range(steps):
            env.step(action(number))
        each = 1000 * (processor_seconds() - before) / steps
        yield Row(f"processor time of it: {kind}", each, "ms", detail=f"mean of {steps}, of Python, driver and browser")
    env.close()


def told(times: Sequence[float]) -> str:
    return f"median of {len(times)}, best tenth {1000 * low(times):.1f} ms"


def processor_seconds() -> float:
    """Processor time that this process and all below it have used, in ticks of the system's clock."""
    total = 0
    for pid in (os.getpid(), *descendants()):
        try:
            words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        total += int(words[11]) + int(words[12])
    return total / os.sysconf("SC_CLK_TCK")


def measure_memory(quick: bool) -> Iterator[Row]:
    """MiB that one more environment takes (its share of what processes have in common counts once)."""
    number = 3 if quick else 8
    envs, totals = [], []
    task = task_of(all_scenarios()[0], 0).id  # one for all: a task that was made is kept, whatever plays it
    for _ in range(number):
        envs.append(TextUIEnv())
        envs[-1].reset(options={"task_id": task})
        envs[-1].step('goto("/mail/search")')
        time.sleep(1.0)  # the browser gives start-up memory back
        totals.append(proportional_set_size())
    for env in envs:
        env.close()
    yield Row("memory of the first environment", totals[0], "MiB", detail="with browser, driver and Python")
    each = (totals[-1] - totals[0]) / (number - 1)
    yield Row("memory of each further environment", each, "MiB", at_most(30), f"mean of {number - 1}")


def solve_all(quick: bool) -> Iterator[Row]:
    """Every scenario is solved by its solution, played with mouse and keyboard; how many turns and what is shown."""
    screens: tuple[ScreenName, ...] = ("desktop", "phone")
    chosen = all_scenarios()[::12] if quick else all_scenarios()
    for screen in screens:
        env = TextUIEnv(max_turns=None, screen=screen)
        solved, turns, lengths, same = 0, [], [], 0
        for scenario in chosen:
            reward, count, shown = solve(env, task_of(scenario, 0).id)
            solved += reward == 1
            same += env._episode.world.key() == env._episode.made.keys[-1]
            turns.append(count)
            lengths += shown
        env.close()
        detail = f"of {len(chosen)} scenarios; turns: median {statistics.median(turns):.0f}, most {max(turns)}"
        yield Row(f"solved by the scripted solution, {screen}", solved, "", at_least(len(chosen)), detail)
        yield Row(f"end in the state of the tools, {screen}", same, "", at_least(len(chosen)))
        long = f"most {max(lengths):,}"
        yield Row(f"characters of an observation, {screen}", statistics.median(lengths), "", None, f"median, {long}")


def solve(env: TextUIEnv, task_id: str) -> tuple[float, int, list[int]]:
    """Reward, turns and lengths of the observations of one episode."""
    observation, _ = env.reset(options={"task_id": task_id})
    lengths = [len(observation)]
    while True:
        observation, reward, terminated, _, _ = env.step(env.oracle())
        lengths.append(len(observation))
        if terminated or len(lengths) > 300:
            return float(reward), len(lengths) - 1, lengths


def play_at_random(number: int) -> Iterator[Row]:
    """Actions at random raise nothing, and earn nothing."""
    rng = random.Random(0)
    env = TextUIEnv(max_turns=50)
    raised = earned = wrong = broken = 0
    over = True
    for at in range(number):
        try:
            if over:
                env.reset(seed=at)
            observation, reward, terminated, truncated, info = env.step(random_action(env, rng))
            broken += "A server error occurred" in observation
            over = terminated or truncated
            earned += reward != 0
            wrong += "action_error" in info
        except Exception as error:  # whatever it is, it is what is counted
            print(f"raised: {error!r}", file=sys.stderr)
            raised, over = raised + 1, True
    env.close()
    yield Row(f"exceptions in {number:,} actions at random", raised, "", at_most(0), f"{wrong:,} were refused")
    yield Row(f"pages that failed in {number:,} actions at random", broken, "", at_most(0))
    yield Row(f"rewards in {number:,} actions at random", earned, "", at_most(0))


def random_action(env: TextUIEnv, rng: random.Random) -> str:
    """Something that a player might write: mostly about what is on the page, sometimes nonsense."""
    ids = [node.id for node in env.view.nodes if node.id is not None] or [1]
    text = rng.choice(["1", "x", "2025-03-14", "true", "ada@example.com", "<b>", "", "Done"])
    kind = rng.random()
    if kind < 0.5:
        return f"click({rng.choice(ids)})"
    if kind < 0.75:
        return f'fill({rng.choice(ids)}, "{text}")'
    if kind < 0.85:
        return f'goto("{rng.choice(WAYS)}")'
    if kind < 0.95:
        name = rng.choice([one for one in USAGE if one not in ("answer", "done")])
        return f'{name}({rng.choice(ids)}, "{text}")'
    return "".join(chr(rng.randrange(32, 1000)) for _ in range(rng.randrange(30)))


PARTS: Mapping[str, Callable[[Any], Iterator[Row]]] = {
    "times": measure_times,
    "memory": measure_memory,
    "solutions": solve_all,
    "fuzz": play_at_random,
}
BENCHMARK = Benchmark("the apps as pages: times, memory, solutions, actions at random", run)

if __name__ == "__main__":
    sys.exit(main())
