"""What a benchmark is: rows of a number, its unit and the bar that it should reach; and how they are printed."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

HEAD = "| what | measured | bar | verdict |\n|---|---|---|---|"


class Skip(Exception):
    """A benchmark cannot run here; the message says what it needs."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit that a value should keep."""

    kind: Literal["at least", "at most"]
    limit: float

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.kind == "at least" else value <= self.limit

    def __str__(self) -> str:
        return f"{self.kind} {number_text(self.limit)}"


def at_least(limit: float) -> Bar:
    return Bar("at least", limit)


def at_most(limit: float) -> Bar:
    return Bar("at most", limit)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured. ``value`` is None where it could not be; ``detail`` says why, or what else was seen."""

    name: str
    value: float | None
    unit: str = ""
    bar: Bar | None = None
    detail: str = ""

    @property
    def holds(self) -> bool | None:
        """Is the bar reached? None without a bar or a value."""
        return None if self.bar is None or self.value is None else self.bar.holds(self.value)

    def __str__(self) -> str:
        measured = "" if self.value is None else f"{number_text(self.value)} {self.unit}".strip()
        told = ", ".join(text for text in (measured, self.detail) if text)
        verdict = {True: "PASS", False: "FAIL", None: ""}[self.holds]
        return f"| {self.name} | {told} | {self.bar or ''} | {verdict} |"

    def to_json(self) -> dict[str, Any]:
        bar = None if self.bar is None else {"kind": self.bar.kind, "limit": self.bar.limit}
        found = {"name": self.name, "value": self.value, "unit": self.unit}
        return {**found, "bar": bar, "holds": self.holds, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """``measures`` is one line; ``run(quick)`` yields rows. ``learning``: it trains models for a long time, and is played
    only when it is named."""

    measures: str
    run: Callable[[bool], Iterator[Row]]
    learning: bool = False


def printed(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, after a line on the hardware, each printed as it comes."""
    print(hardware_line(), flush=True)
    for number, row in enumerate(rows):
        if number == 0:
            print(f"\n{HEAD}")
        print(row, flush=True)
        yield row


def show(rows: Iterable[Row]) -> int:
    """Print the rows as they come; the exit status: 1 when a bar is missed, or the benchmark cannot run here."""
    try:
        return int(any([row.holds is False for row in printed(rows)]))  # noqa: C419  (all of them, not up to the first)
    except Skip as why:
        print(f"skipped: {why}", file=sys.stderr)
        return 1


def main_of(benchmark: Benchmark) -> Callable[[], int]:
    """A ``main`` for a benchmark whose one option is ``--quick``; its exit status."""

    def main(argv: Sequence[str] | None = None) -> int:
        parser = argparse.ArgumentParser(description=benchmark.measures)
        parser.add_argument("--quick", action="store_true", help="smaller numbers of everything")
        return show(benchmark.run(parser.parse_args(argv).quick))

    return main


def hardware() -> Mapping[str, Any]:
    """What the numbers were measured on. ``load`` is that of the last minute, before."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "load": round(os.getloadavg()[0], 1),
    }


def hardware_line() -> str:
    """The same in one line."""
    known = hardware()
    return (
        f"Python {known['python']}, {known['system']}, {known['cores']} cores of {known['processor']}, "
        f"{known['memory_gb']} GB, load {known['load']} before"
    )


def number_text(number: float) -> str:
    """A number as people read it: whole ones whole, others with three figures that count."""
    if isinstance(number, bool):
        return "yes" if number else "no"
    if float(number).is_integer() or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next((name for name in names if name), platform.machine())
