"""Every performance table of the project: ``python -m benchmarks [--quick] [--only NAME] [--json FILE] [--list]``.

Each benchmark runs in a process of its own, so that none sees the memory, browsers or caches of another. Those that train
models take minutes to hours and are played only when they are named.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rows import Benchmark, Skip, hardware, printed
from sge_envs.errors import MissingExtra

ROOT = Path(__file__).resolve().parents[1]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument(
        "--quick", action="store_true", help="small settings: seconds instead of minutes, rougher numbers"
    )
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this one; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON, too")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and stop")
    args = parser.parse_args(argv)
    known = find()
    if args.list:
        print(overview(known))
        return 0
    for name in args.only:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            guess = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(known)}"
            parser.exit(2, f"{parser.prog}: error: there is no benchmark {name!r}; {guess}\n")
    if args.json is not None and not args.json.resolve().parent.is_dir():
        parser.error(f"--json: there is no folder {args.json.resolve().parent}")
    chosen = args.only or [name for name, entry in known.items() if not entry.learning]
    about = dict(hardware())
    if len(chosen) == 1:
        results = [play(known[chosen[0]], quick=args.quick)]
    else:
        results = [play_apart(known[name], quick=args.quick) for name in chosen]
    if args.json is not None:
        found = {"version": 1, "quick": args.quick, "hardware": about, "benchmarks": results}
        args.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(any(failed(result) for result in results))


@dataclass(frozen=True, slots=True)
class Entry:
    """A benchmark as its source describes it, so that naming all of them imports none."""

    name: str
    measures: str
    learning: bool

    def load(self) -> Benchmark:
        benchmark: Benchmark = vars(importlib.import_module(f"benchmarks.{self.name}"))["BENCHMARK"]
        return benchmark


def find() -> dict[str, Entry]:
    """All benchmarks of this folder, by the name of their module."""
    found: dict[str, Entry] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and "BENCHMARK" in map(ast.unparse, node.targets)
            ):
                learning = any(word.arg == "learning" and ast.literal_eval(word.value) for word in node.value.keywords)
                found[path.stem] = Entry(path.stem, str(ast.literal_eval(node.value.args[0])), learning)
    return found


def overview(known: Mapping[str, Entry]) -> str:
    """A line for each, those that train models apart."""
    width = max(map(len, known))
    lines = {name: f"  {name:{width}}  {entry.measures}" for name, entry in known.items()}
    parts = ["performance:", *(lines[name] for name, entry in known.items() if not entry.learning)]
    parts += ["learning, only when named (minutes to hours):"]
    return "\n".join([*parts, *(lines[name] for name, entry in known.items() if entry.learning)])


def play(entry: Entry, *, quick: bool) -> dict[str, Any]:
    """Run one here and print its table; what came of it."""
    started = time.perf_counter()
    result = blank(entry)
    print(f"\n{entry.name}: {entry.measures}", flush=True)
    try:
        for row in printed(entry.load().run(quick)):
            result["rows"].append(row.to_json())
    except (Skip, ModuleNotFoundError, MissingExtra) as why:
        print(f"{entry.name} is skipped: {why}", flush=True)
        result["skipped"] = str(why)
    except Exception as error:  # one that breaks must not hide the others
        print(f"{entry.name} broke, {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        result["error"] = f"{type(error).__name__}: {error}"
    return {**result, "seconds": round(time.perf_counter() - started, 1)}


def blank(entry: Entry) -> dict[str, Any]:
    """What stands in the JSON file for a benchmark of which nothing is known yet."""
    known = {"name": entry.name, "measures": entry.measures, "rows": list[Any]()}
    return {**known, "skipped": None, "error": None, "seconds": None}


def play_apart(entry: Entry, *, quick: bool) -> dict[str, Any]:
    """The same in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "rows.json"
        words = ["--only", entry.name, "--json", str(out), *(["--quick"] if quick else [])]
        paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        code = subprocess.run(
            [sys.executable, "-P", "-m", "benchmarks", *words], env={**os.environ, "PYTHONPATH": paths}, check=False
        ).returncode
        if not out.is_file():
            return {**blank(entry), "error": f"ended with exit status {code}"}
        result: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))["benchmarks"][0]
        return result


def failed(result: Mapping[str, Any]) -> bool:
    """Did it break, or miss a bar?"""
    return bool(result["error"]) or any(row["holds"] is False for row in result["rows"])


if __name__ == "__main__":
    sys.exit(main())
