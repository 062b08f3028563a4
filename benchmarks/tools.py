"""The tool environment: how fast it is, and whether its tasks can be solved by their solution and by nothing cheap.

    python -m benchmarks.tools [--instances 20] [--fuzz 100000]

Speeds are medians, CPU time of one thread. For every scenario it says how many instances the solution solves, and for every cheat
how many of all it does.
"""

from __future__ import annotations

import argparse
import json
import random
import string
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any

from benchmarks.rows import Benchmark, Row, at_least, at_most, show
from benchmarks.timing import cpu_seconds
from sge_envs.tools.cheats import CHEATS, Cheat
from sge_envs.tools.env import ToolAPIEnv
from sge_envs.tools.tasks import SPLITS, all_scenarios
from sge_envs.tools.toolbox import all_operations

TYPICAL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("mail.search", {"folder": "inbox", "page_size": 5}),
    ("contacts.search", {"query": "a", "page_size": 5}),
    ("mail.list_folders", {}),
    ("contacts.list_groups", {}),
    ("docs.show", {"name": "mail.send"}),
    ("mail.create_label", {"name": "Label {}"}),
    ("contacts.create_group", {"name": "Group {}"}),
    ("mail.star", {"message_ids": [1]}),
)
"""Reads, a documentation page, writes, a refusal: what an agent does in a turn."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=20, help="instances of every scenario")
    parser.add_argument("--fuzz", type=int, default=100_000, help="calls made of nonsense")
    args = parser.parse_args(argv)
    return show(rows(instances=args.instances, fuzzed=args.fuzz))


def run(quick: bool) -> Iterator[Row]:
    return rows(instances=1, fuzzed=5_000) if quick else rows(instances=20, fuzzed=100_000)


def rows(*, instances: int, fuzzed: int) -> Iterator[Row]:
    for measure in (calls_per_second, new_reset, seen_reset, snapshot):
        yield measure()
    yield fuzz(fuzzed)
    yield from panel(instances)


def calls_per_second() -> Row:
    rates = []
    for run in range(7):
        env = ToolAPIEnv(max_turns=None)
        env.reset(seed=run)
        texts = [
            json.dumps(
                {
                    "name": name,
                    "arguments": {k: v.format(i) if isinstance(v, str) else v for k, v in given.items()},
                }
            )
            for i in range(125)
            for name, given in TYPICAL
        ]
        rates.append(len(texts) / cpu_seconds(lambda env=env, texts=texts: [env.step(text) for text in texts]))  # type: ignore[misc]
        env.close()
    return Row("calls per second through env.step", median(rates), "calls/s", at_least(5_000))


def new_reset() -> Row:
    env = ToolAPIEnv()
    env.reset(seed=10_000)
    times = [cpu_seconds(lambda seed=seed: env.reset(seed=seed)) for seed in range(100)]  # type: ignore[misc]
    return Row("reset, new seed", median(times) * 1e3, "ms", at_most(25))


def seen_reset() -> Row:
    env = ToolAPIEnv()
    for seed in range(20):
        env.reset(seed=seed)
    times = [cpu_seconds(lambda seed=seed: env.reset(seed=seed)) for _ in range(5) for seed in range(20)]  # type: ignore[misc]
    return Row("reset, seed seen before", median(times) * 1e3, "ms", at_most(5))


def snapshot() -> Row:
    env = ToolAPIEnv()
    env.reset(seed=0)
    env.step(env.oracle())
    times = [cpu_seconds(lambda: env.reset(options={"snapshot": env.snapshot()})) for _ in range(100)]
    return Row("snapshot and restore", median(times) * 1e3, "ms", at_most(3))


def fuzz(number: int) -> Row:
    """Calls of real tools with nonsense for arguments, and texts that are no calls."""
    rng = random.Random(0)
    operations = list(all_operations().values())
    env = ToolAPIEnv(max_turns=None)
    raised = 0
    for i in range(number):
        if i % 2_000 == 0:
            env.reset(seed=i)
        operation = rng.choice(operations)
        names = [one.name for one in operation.parameters]
        arguments = {name: nonsense(rng) for name in names if rng.random() < 0.8}
        text = json.dumps({"name": operation.name, "arguments": arguments})
        if rng.random() < 0.1:
            place = rng.randrange(len(text))
            text = text[:place] + rng.choice(string.printable) + text[place + 1 :]
        try:
            if env.step(text)[2]:
                env.reset(seed=i)
        except Exception as error:
            raised += 1
            print(f"raised {error!r} for {text[:200]}", file=sys.stderr)
            env.reset(seed=i)
    return Row(f"exceptions in {number:,} fuzzed calls", raised, bar=at_most(0))


def nonsense(rng: random.Random) -> Any:
    return rng.choice(
        (
            lambda: rng.randint(-5, 1_200),
            lambda: rng.randint(100, 900),
            lambda: "".join(rng.choices(string.printable, k=rng.randint(0, 30))),
            lambda: f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
            lambda: [rng.randint(100, 900) for _ in range(rng.randint(0, 3))],
            lambda: ["somebody@example.com"],
            lambda: rng.choice((True, False, None)),
            lambda: rng.random() * 1e4,
            lambda: "x" * 20_000,
            lambda: {"a": [1]},
        )
    )()


def play(env: ToolAPIEnv, task_id: str, next_action: Callable[[ToolAPIEnv], str]) -> bool:
    env.reset(seed=0, options={"task_id": task_id})
    while True:
        _, reward, terminated, truncated, info = env.step(next_action(env))
        if terminated or truncated:
            return bool(reward == 1.0 and info["success"])


def cheated(env: ToolAPIEnv, task_id: str, cheat: Cheat) -> bool:
    _, info = env.reset(seed=0, options={"task_id": task_id})
    for action in cheat(env, info["goal"]):
        _, reward, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            return bool(reward > 0)
    return False


def panel(instances: int) -> Iterator[Row]:
    """Every scenario: solved by its solution always, by no cheat ever."""
    env = ToolAPIEnv(max_turns=60)
    fooled: Counter[str] = Counter()
    scenarios = sorted(all_scenarios(), key=lambda one: (SPLITS.index(one.split), one.name))
    for one in scenarios:
        ids = [f"{one.split}/{one.name}/{number}" for number in range(instances)]
        solved = sum(play(env, task_id, ToolAPIEnv.oracle) for task_id in ids)
        calls = median(len(env.tasks.find_task(task_id).data.calls) + 1 for task_id in ids)
        for name, cheat in CHEATS.items():
            fooled[name] += sum(cheated(env, task_id, cheat) for task_id in ids)
        detail = f"{one.difficulty}, {calls:g} calls"
        yield Row(
            f"{one.split}/{one.name} solved by its solution", solved, f"of {instances}", at_least(instances), detail
        )
    for name in CHEATS:
        yield Row(f"tasks credited to the cheat {name!r}", fooled[name], f"of {len(scenarios) * instances}", at_most(0))


BENCHMARK = Benchmark("the tool environment: calls, resets, snapshots, fuzzing; its scenarios beside cheats", run)

if __name__ == "__main__":
    sys.exit(main())
