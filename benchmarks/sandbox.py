"""The sandbox: how fast fresh ones come, how fast they answer, what attacks get, and what hostile programs leave behind.

    python -m benchmarks.sandbox             # about three minutes on 2 cores
    python -m benchmarks.sandbox --quick     # fewer of everything

The best tier is the first that this machine has. Latencies are medians of wall time; the two that are compared were
measured in turn, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from sge_envs.code.sandbox import Call, Limits, NoSandbox, Sandbox
from sge_envs.code.sandbox.tiers import KINDS, open_tier
from tests.sge_envs.code.sandbox.attacks import ATTACKS, LIMITS, Attack, was_contained
from tests.sge_envs.code.sandbox.forgeries import FORGERIES, HONEST, REQUESTS, deserves_credit
from tests.sge_envs.code.sandbox.outside import Outside, outside

PROGRAM = "def f(x):\n    return x + 1\n"
PATIENT = Limits(wall_seconds=60.0, total_seconds=600.0)
SLOW_GROUPS = {"time", "disk"}
"""Attacks of these groups take their whole time; of the many hostile programs, every hundredth is one of them."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    scale = 10 if parser.parse_args(argv).quick else 1
    print(f"Python {platform.python_version()}, Linux {platform.release()}, {os.cpu_count()} cores, ", end="")
    print(f"{'root' if os.getuid() == 0 else 'an ordinary user'}, load {os.getloadavg()[0]:.1f} at the start\n")
    tiers = open_tiers()
    best = tiers[next(iter(tiers))]
    print("| what | measured | bar | verdict |\n|---|---|---|---|")
    passed = [
        print_rate(best.tier, 2000 // scale),
        print_latency(tiers, 200 // scale),
        print_cases(best, 40 // scale),
        print_session(best, 100 // scale),
        *(print_attacks(sandbox) for sandbox in tiers.values()),
        *(print_forgeries(sandbox) for sandbox in tiers.values()),
        print_leftovers(best, 10_000 // scale),
    ]
    for sandbox in tiers.values():
        sandbox.close()
    return 0 if all(passed) else 1


def open_tiers() -> dict[str, Sandbox]:
    """The tiers that this machine has, best first; says why others are left out."""
    found = {}
    for kind in KINDS:
        try:
            found[kind.name] = open_tier(kind.name)
        except NoSandbox as error:
            print(f"without the tier {kind.name}: {error}")
    if not found:
        sys.exit("No tier of the sandbox works here.")
    return found


def print_rate(tier: str, count: int) -> bool:
    """In ten batches: their median, and the best, which other work on the machine disturbed least. And the CPU time."""
    sandbox, before, rates = open_tier(tier), cpu_seconds(), []
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            took = timed(lambda: list(pool.map(lambda _: run_one(sandbox), range(count // 10))))
            rates.append(count / 10 / took)
    sandbox.close()
    median, cpu = statistics.median(rates), (cpu_seconds() - before) / count
    row(
        f"CPU time of a fresh sandbox with one answer, {tier}", f"{milliseconds(cpu)}, so {2 / cpu:,.0f}/s fill 2 cores"
    )
    measured = f"median {median:,.0f}/s, best {max(rates):,.0f}/s"
    return row(f"fresh sandboxes with one answer, {tier}, 4 threads", measured, "at least 150/s", median >= 150)


def cpu_seconds() -> float:
    """CPU time of this process and of all that ended below it."""
    mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def print_latency(tiers: dict[str, Sandbox], count: int) -> bool:
    """Every tier in turn, so that all of them meet the same load."""
    times: dict[str, list[float]] = {name: [] for name in tiers}
    for _ in range(count):
        for name, sandbox in tiers.items():
            times[name].append(timed(lambda sandbox=sandbox: run_one(sandbox)))  # type: ignore[misc]
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, median in medians.items():
        row(
            f"a fresh sandbox with one answer, {name}",
            f"median {milliseconds(median)}, best {milliseconds(min(times[name]))}",
        )
    if "bubblewrap" not in medians or len(medians) < 2:
        return row("a cold bubblewrap beside the best tier", "bubblewrap is not here", "factor 5")
    factor = medians["bubblewrap"] / medians[next(iter(medians))]
    return row("a cold bubblewrap beside the best tier", f"factor {factor:.1f}", "at least 5", factor >= 5)


def print_cases(sandbox: Sandbox, count: int) -> bool:
    requests = [Call("f", (number,)) for number in range(1000)]
    found = [timed(lambda: sandbox.run(PROGRAM, requests=requests, limits=PATIENT)) for _ in range(count)]
    median = statistics.median(found)
    measured = f"median {milliseconds(median)}, best {milliseconds(min(found))}"
    return row("1,000 cases in one sandbox, its start included", measured, "under 100 ms", median < 0.1)


def print_session(sandbox: Sandbox, count: int) -> bool:
    found = [timed(lambda: open_session(sandbox)) for _ in range(count)]
    row("a live session, start, one cell and end", f"median {milliseconds(statistics.median(found))}")
    with sandbox.session(limits=PATIENT) as session:
        cells = [timed(lambda: session.run_cell("1 + 1")) for _ in range(count * 10)]
    return row("a cell of a live session", f"median {milliseconds(statistics.median(cells))}")


def open_session(sandbox: Sandbox) -> None:
    with sandbox.session(limits=PATIENT) as session:
        session.run_cell("1")


def print_attacks(sandbox: Sandbox) -> bool:
    with outside() as around:
        contained = sum(is_contained(sandbox, attack, around) for attack in ATTACKS)
    return row(
        f"attacks contained, {sandbox.tier}", f"{contained} of {len(ATTACKS)}", "all, 45", contained == len(ATTACKS)
    )


def is_contained(sandbox: Sandbox, attack: Attack, around: Outside) -> bool:
    limits = replace(LIMITS, wall_seconds=attack.seconds)
    answer = sandbox.run(attack.program(around.head()), requests=[Call("attack")], limits=limits).answers[0]
    return was_contained(attack, answer) and not around.notice()


def print_forgeries(sandbox: Sandbox) -> bool:
    limits = replace(LIMITS, wall_seconds=5.0)
    credited = [
        name
        for name, program in {**FORGERIES, "honest": HONEST}.items()
        if deserves_credit(sandbox.run(program, requests=REQUESTS, limits=limits).answers)
    ]
    measured = f"{len(FORGERIES) + 1 - len(credited)} of {len(FORGERIES)}, the honest program is credited"
    return row(f"forgeries without credit, {sandbox.tier}", measured, "all, 16", credited == ["honest"])


def print_leftovers(sandbox: Sandbox, count: int) -> bool:
    slow = [attack for attack in ATTACKS if attack.group in SLOW_GROUPS]
    fast = [attack for attack in ATTACKS if attack.group not in SLOW_GROUPS]
    before = leftovers()
    with outside() as around, ThreadPoolExecutor(4) as pool:
        head = around.head()
        chosen = [
            slow[number // 100 % len(slow)] if number % 100 == 0 else fast[number % len(fast)]
            for number in range(count)
        ]
        start = time.perf_counter()
        list(pool.map(lambda attack: run_hostile(sandbox, attack, head), chosen))
        took = time.perf_counter() - start
        touched = around.notice()
    left = {name: after - before[name] for name, after in leftovers().items()}
    measured = ", ".join(f"{number} {name}" for name, number in left.items()) + f" ({took:.0f} s)"
    clean = not any(left.values()) and not touched
    return row(f"left behind by {count:,} hostile programs, {sandbox.tier}", measured, "nothing", clean)


def run_hostile(sandbox: Sandbox, attack: Attack, head: str) -> None:
    sandbox.run(attack.program(head), requests=[Call("attack")], limits=replace(LIMITS, wall_seconds=attack.seconds))


def leftovers() -> dict[str, int]:
    """What could be left: processes below this one (zombies too), files of their keepers, mounts, descriptors."""
    ours = descendants()
    folders = Path(tempfile.gettempdir()).glob("sge-*")
    return {
        "processes": len(ours),
        "files": sum(path.name.split("-")[2:3] in [[str(pid)] for pid in ours] for path in folders),
        "mounts": len(Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def descendants() -> list[int]:
    """Processes below this one."""
    found, waiting = list[int](), [os.getpid()]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            children = [int(word) for word in task.read_text(encoding="ascii").split()]
            found += children
            waiting += children
    return found


def run_one(sandbox: Sandbox) -> None:
    answer = sandbox.run(PROGRAM, requests=[Call("f", (1,))], limits=PATIENT).answers[0]
    assert answer.value == 2, answer


def timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"


def row(what: str, measured: str, bar: str = "", holds: bool | None = None) -> bool:
    """Print one line; whether the bar was reached, where there is one."""
    verdict = "" if holds is None else "PASS" if holds else "FAIL"
    print(f"| {what} | {measured} | {bar} | {verdict} |", flush=True)
    return holds is not False


if __name__ == "__main__":
    sys.exit(main())
