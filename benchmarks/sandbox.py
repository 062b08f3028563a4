"""The sandbox: how fast fresh ones come, how fast they answer, what attacks get, and what hostile programs leave behind.

    python -m benchmarks.sandbox             # about three minutes on 2 cores
    python -m benchmarks.sandbox --quick     # fewer of everything

The best tier is the first that this machine has. Latencies are medians of wall time; the two that are compared were
measured in turn, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import contextlib
import os
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from benchmarks.rows import Bar, Benchmark, Row, Skip, at_least, at_most, main_of, number_text
from benchmarks.timing import descendants, wall_seconds
from sge_envs.code.sandbox import Call, Limits, NoSandbox, Sandbox
from sge_envs.code.sandbox.tiers import KINDS, open_tier
from tests.sge_envs.code.sandbox.attacks import ATTACKS, LIMITS, Attack, was_contained
from tests.sge_envs.code.sandbox.forgeries import FORGERIES, HONEST, REQUESTS, deserves_credit
from tests.sge_envs.code.sandbox.outside import Outside, outside

PROGRAM = "def f(x):\n    return x + 1\n"
PATIENT = Limits(wall_seconds=60.0, total_seconds=600.0)
SLOW_GROUPS = {"time", "disk"}
"""Attacks of these groups take their whole time; of the many hostile programs, every hundredth is one of them."""


def run(quick: bool) -> Iterator[Row]:
    scale = 10 if quick else 1
    tiers = open_tiers()
    best = tiers[next(iter(tiers))]
    try:
        yield from absent_tiers(tiers)
        yield from rates(best.tier, 2000 // scale)
        yield from latencies(tiers, 200 // scale)
        yield cases(best, 40 // scale)
        yield from sessions(best, 100 // scale)
        for sandbox in tiers.values():
            yield attacks(sandbox)
            yield forgeries(sandbox)
        yield from leftovers(best, 10_000 // scale)
    finally:
        for sandbox in tiers.values():
            sandbox.close()


def open_tiers() -> dict[str, Sandbox]:
    """The tiers that this machine has, best first."""
    found = {}
    for kind in KINDS:
        with contextlib.suppress(NoSandbox):
            found[kind.name] = open_tier(kind.name)
    if not found:
        raise Skip("no tier of the sandbox works here: `sge-envs doctor` says why")
    return found


def absent_tiers(tiers: Mapping[str, Sandbox]) -> Iterator[Row]:
    for kind in KINDS:
        if kind.name not in tiers:
            yield Row(f"the tier {kind.name}", None, detail="not on this machine")


def rates(tier: str, count: int) -> Iterator[Row]:
    """In ten batches: their median, and the best, which other work on the machine disturbed least. And the CPU time."""
    sandbox, before, found = open_tier(tier), cpu_of_all(), []
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            took = wall_seconds(lambda: list(pool.map(lambda _: run_one(sandbox), range(count // 10))))
            found.append(count / 10 / took)
    sandbox.close()
    cpu = (cpu_of_all() - before) / count
    title = "with one answer"
    yield Row(
        f"CPU time of a fresh sandbox {title}, {tier}", 1000 * cpu, "ms", detail=f"so {2 / cpu:,.0f}/s fill 2 cores"
    )
    best = f"median, best {max(found):,.0f}/s"
    yield Row(f"fresh sandboxes {title}, {tier}, 4 threads", statistics.median(found), "per s", at_least(150), best)


def cpu_of_all() -> float:
    """CPU time of this process and of all that ended below it."""
    mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def latencies(tiers: Mapping[str, Sandbox], count: int) -> Iterator[Row]:
    """Every tier in turn, so that all of them meet the same load."""
    times: dict[str, list[float]] = {name: [] for name in tiers}
    for _ in range(count):
        for name, sandbox in tiers.items():
            times[name].append(wall_seconds(lambda sandbox=sandbox: run_one(sandbox)))  # type: ignore[misc]
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name in tiers:
        yield in_milliseconds(f"a fresh sandbox with one answer, {name}", times[name])
    factor = (
        medians["bubblewrap"] / medians[next(iter(medians))] if "bubblewrap" in medians and len(medians) > 1 else None
    )
    title = "how many times as slow a cold bubblewrap is as the best tier"
    yield Row(title, factor, bar=at_least(5), detail="bubblewrap is not here" if factor is None else "")


def cases(sandbox: Sandbox, count: int) -> Row:
    requests = [Call("f", (number,)) for number in range(1000)]
    found = [wall_seconds(lambda: sandbox.run(PROGRAM, requests=requests, limits=PATIENT)) for _ in range(count)]
    return in_milliseconds("1,000 cases in one sandbox, its start included", found, at_most(100))


def sessions(sandbox: Sandbox, count: int) -> Iterator[Row]:
    found = [wall_seconds(lambda: open_session(sandbox)) for _ in range(count)]
    yield in_milliseconds("a live session: start, one cell and end", found)
    with sandbox.session(limits=PATIENT) as session:
        cells = [wall_seconds(lambda: session.run_cell("1 + 1")) for _ in range(count * 10)]
    yield in_milliseconds("a cell of a live session", cells)


def in_milliseconds(name: str, seconds: Sequence[float], bar: Bar | None = None) -> Row:
    return Row(
        name, 1000 * statistics.median(seconds), "ms", bar, f"median, best {number_text(1000 * min(seconds))} ms"
    )


def open_session(sandbox: Sandbox) -> None:
    with sandbox.session(limits=PATIENT) as session:
        session.run_cell("1")


def attacks(sandbox: Sandbox) -> Row:
    number = len(ATTACKS)
    with outside() as around:
        contained = sum(is_contained(sandbox, attack, around) for attack in ATTACKS)
    return Row(f"attacks contained, {sandbox.tier}", contained, f"of {number}", at_least(number))


def is_contained(sandbox: Sandbox, attack: Attack, around: Outside) -> bool:
    limits = replace(LIMITS, wall_seconds=attack.seconds)
    answer = sandbox.run(attack.program(around.head()), requests=[Call("attack")], limits=limits).answers[0]
    return was_contained(attack, answer) and not around.notice()


def forgeries(sandbox: Sandbox) -> Row:
    """What earns credit without being right; the honest program must earn it."""
    limits = replace(LIMITS, wall_seconds=5.0)
    credited = {
        name
        for name, program in {**FORGERIES, "honest": HONEST}.items()
        if deserves_credit(sandbox.run(program, requests=REQUESTS, limits=limits).answers)
    }
    wrong = sorted(credited ^ {"honest"})
    detail = f"judged wrongly: {', '.join(wrong)}" if wrong else "and the honest program is credited"
    return Row(
        f"forged or honest results judged wrongly, {sandbox.tier}",
        len(wrong),
        f"of {len(FORGERIES) + 1}",
        at_most(0),
        detail,
    )


def leftovers(sandbox: Sandbox, count: int) -> Iterator[Row]:
    slow = [attack for attack in ATTACKS if attack.group in SLOW_GROUPS]
    fast = [attack for attack in ATTACKS if attack.group not in SLOW_GROUPS]
    before = left_behind()
    with outside() as around, ThreadPoolExecutor(4) as pool:
        head = around.head()
        chosen = [
            slow[number // 100 % len(slow)] if number % 100 == 0 else fast[number % len(fast)]
            for number in range(count)
        ]
        took = wall_seconds(lambda: list(pool.map(lambda attack: run_hostile(sandbox, attack, head), chosen)))
        touched = around.notice()
    title = f"{count:,} hostile programs, {sandbox.tier}"
    yield Row(title, took, "s")
    yield Row(f"things outside touched by {title}", len(touched), bar=at_most(0), detail=", ".join(touched))
    for name, after in left_behind().items():
        yield Row(f"{name} left behind by {title}", after - before[name], bar=at_most(0))


def run_hostile(sandbox: Sandbox, attack: Attack, head: str) -> None:
    sandbox.run(attack.program(head), requests=[Call("attack")], limits=replace(LIMITS, wall_seconds=attack.seconds))


def left_behind() -> dict[str, int]:
    """What could be left: processes below this one (zombies too), files of their keepers, mounts, descriptors."""
    ours = descendants()
    folders = Path(tempfile.gettempdir()).glob("sge-*")
    return {
        "processes": len(ours),
        "files": sum(path.name.split("-")[2:3] in [[str(pid)] for pid in ours] for path in folders),
        "mounts": len(Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def run_one(sandbox: Sandbox) -> None:
    answer = sandbox.run(PROGRAM, requests=[Call("f", (1,))], limits=PATIENT).answers[0]
    assert answer.value == 2, answer


BENCHMARK = Benchmark(
    "the sandbox of programs: fresh ones, answers, attacks, and what hostile programs leave behind", run
)
main = main_of(BENCHMARK)

if __name__ == "__main__":
    sys.exit(main())
