"""The tool environment: how fast it is, and whether its tasks can be solved by their solution and by nothing cheap.

    python -m benchmarks.tools [--instances 20] [--fuzz 100000]

Prints two tables: speed (medians, CPU time of one thread), and for every scenario how many instances the solution
solves and how many each cheat does.
"""

from __future__ import annotations

import argparse
import json
import random
import string
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from sge_envs.tools.cheats import CHEATS, Cheat
from sge_envs.tools.env import ToolAPIEnv
from sge_envs.tools.tasks import SPLITS, all_scenarios
from sge_envs.tools.toolbox import all_operations

TYPICAL = (
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
    print("| what | measured | bar | verdict |\n|---|---|---|---|")
    passed = [row(*measure()) for measure in (calls_per_second, new_reset, seen_reset, snapshot)]
    passed.append(row(*fuzz(args.fuzz)))
    print()
    passed.append(panel(args.instances))
    return 0 if all(passed) else 1


def row(what: str, measured: float, unit: str, bar: float, more_is_better: bool = False) -> bool:
    holds = measured >= bar if more_is_better else measured <= bar
    word = "at least" if more_is_better else "at most"
    print(f"| {what} | {measured:,.6g} {unit} | {word} {bar:,g} | {'PASS' if holds else 'FAIL'} |", flush=True)
    return holds


def timed(action: Callable[[], object]) -> float:
    """CPU seconds of this process: what a core of one's own would take, whatever else the machine does."""
    start = time.process_time()
    action()
    return time.process_time() - start


def calls_per_second() -> tuple[Any, ...]:
    rates = []
    for run in range(7):
        env = ToolAPIEnv(max_turns=None)
        env.reset(seed=run)
        texts = [
            json.dumps(
                {"name": name, "arguments": {k: v.format(i) if isinstance(v, str) else v for k, v in given.items()}}
            )
            for i in range(125)
            for name, given in TYPICAL
        ]
        rates.append(len(texts) / timed(lambda env=env, texts=texts: [env.step(text) for text in texts]))  # type: ignore[misc]
        env.close()
    return "calls per second through env.step", median(rates), "calls/s", 5_000, True


def new_reset() -> tuple[Any, ...]:
    env = ToolAPIEnv()
    env.reset(seed=10_000)
    times = [timed(lambda seed=seed: env.reset(seed=seed)) for seed in range(100)]  # type: ignore[misc]
    return "reset, new seed", median(times) * 1e3, "ms", 25


def seen_reset() -> tuple[Any, ...]:
    env = ToolAPIEnv()
    for seed in range(20):
        env.reset(seed=seed)
    times = [timed(lambda seed=seed: env.reset(seed=seed)) for _ in range(5) for seed in range(20)]  # type: ignore[misc]
    return "reset, seed seen before", median(times) * 1e3, "ms", 5


def snapshot() -> tuple[Any, ...]:
    env = ToolAPIEnv()
    env.reset(seed=0)
    env.step(env.oracle())
    times = [timed(lambda: env.reset(options={"snapshot": env.snapshot()})) for _ in range(100)]
    return "snapshot and restore", median(times) * 1e3, "ms", 3


def fuzz(number: int) -> tuple[Any, ...]:
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
    return f"exceptions in {number:,} fuzzed calls", raised, "", 0


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


def panel(instances: int) -> bool:
    """Every scenario: solved by its solution always, by no cheat ever."""
    print(f"| split | scenario | difficulty | calls | solution | {' | '.join(CHEATS)} |")
    print(f"|---|---|---|---|---|{'---|' * len(CHEATS)}")
    env = ToolAPIEnv(max_turns=60)
    good = True
    for one in sorted(all_scenarios(), key=lambda one: (SPLITS.index(one.split), one.name)):
        ids = [f"{one.split}/{one.name}/{number}" for number in range(instances)]
        solved = sum(play(env, task_id, ToolAPIEnv.oracle) for task_id in ids)
        calls = median(len(env.tasks.find_task(task_id).data.calls) + 1 for task_id in ids)
        fooled = [sum(cheated(env, task_id, cheat) for task_id in ids) for cheat in CHEATS.values()]
        good &= solved == instances and not any(fooled)
        cells = " | ".join(f"{number}/{instances}" for number in (solved, *fooled))
        print(f"| {one.split} | {one.name} | {one.difficulty} | {calls:g} | {cells} |", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
