"""Programming problems: is every solution credited and no cheat, and how fast are steps and resets.

python -m benchmarks.code
python -m benchmarks.code --source humaneval --path HumanEval.jsonl.gz
python -m benchmarks.code --instances 5 --quick        # fewer instances of each family, no cheats that take their time
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks.rows import Benchmark, Row, Skip, at_least, at_most, show
from sge_envs.code.cheats import CHEATS, SLOW
from sge_envs.code.env import CodeSandboxEnv
from sge_envs.code.problem import Problem
from sge_envs.code.sandbox import NoSandbox, get_sandbox
from sge_envs.tasks import Task, TaskSet

SHORT = 0.25
"""Seconds that a cheat gets which uses up any limit."""


def main(argv: Sequence[str] | None = None) -> int:
    arguments = read_arguments(argv)
    return show(
        rows(
            CodeSandboxEnv(source=arguments.source, path=arguments.path).tasks,
            instances=arguments.instances,
            workers=arguments.workers,
            seconds=arguments.seconds,
            slow=not arguments.quick,
        )
    )


def run(quick: bool) -> Iterator[Row]:
    tasks = CodeSandboxEnv(source="mixed").tasks
    if quick:
        return rows(tasks, instances=2, workers=2, seconds=1.0, slow=False, sample=12)
    return rows(tasks, instances=20, workers=2, seconds=5.0, slow=True)


def rows(
    tasks: TaskSet, *, instances: int, workers: int, seconds: float, slow: bool, sample: int | None = None
) -> Iterator[Row]:
    """``slow``: cheats that use up their limits, too. ``sample``: only so many of the problems, evenly spread."""
    try:
        tier = get_sandbox().tier
    except NoSandbox as error:
        raise Skip(str(error)) from error
    start = time.perf_counter()
    chosen = list(choose_tasks(tasks, instances))
    made = 1000 * (time.perf_counter() - start) / len(chosen)
    yield Row("making a problem", made, "ms", detail=f"mean of {len(chosen):,}; sandbox tier {tier}")
    chosen = chosen[:: max(1, len(chosen) // sample)] if sample else chosen
    yield solutions(chosen, workers)
    yield from cheats(chosen, workers, slow=slow)
    yield from speeds(chosen, seconds=seconds)


def read_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", default="mixed", help="as of SGE-CodeSandbox-v0 (default: mixed, all that is ours)")
    parser.add_argument("--path", help="the file of a data set")
    parser.add_argument("--instances", type=int, default=20, help="of the families together, in each split")
    parser.add_argument("--workers", type=int, default=2, help="threads that judge at once")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each speed is measured")
    parser.add_argument("--quick", action="store_true", help="leave out the cheats that use up their limits")
    return parser.parse_args(argv)


def choose_tasks(tasks: TaskSet, instances: int) -> Iterator[Task]:
    """All problems that can be counted, and ``instances`` of those that cannot, of every split."""
    for split in tasks.list_splits():
        number, index, endless = tasks.num_tasks(split), 0, 0
        while (index < number) if number is not None else (endless < instances):
            task = tasks.get_task(split, index)
            endless += "/" in task.id
            index += 1
            yield task


def solutions(chosen: list[Task], workers: int) -> Row:
    known = [task for task in chosen if task.data.reference]
    lost = credit(known, lambda problem: problem.reference, workers, wanted=False)
    solved = len(known) - len(lost)
    detail = f"not {', '.join(lost)}" if lost else ""
    return Row("problems solved by their solution", solved, f"of {len(known)}", at_least(len(known)), detail)


def cheats(chosen: list[Task], workers: int, *, slow: bool) -> Iterator[Row]:
    for name, cheat in CHEATS.items():
        if name in SLOW and not slow:
            continue
        start = time.perf_counter()
        passed = credit(chosen, cheat, workers, wanted=True, time_limit=SHORT if name in SLOW else None)
        detail = ", ".join([f"{time.perf_counter() - start:.1f} s", *passed])
        yield Row(f"problems credited to the cheat {name!r}", len(passed), f"of {len(chosen)}", at_most(0), detail)


def credit(
    chosen: list[Task],
    write: Callable[[Problem], str],
    workers: int,
    *,
    wanted: bool,
    time_limit: float | None = None,
) -> list[str]:
    """The ids of the problems on which the program is credited, or on which it is not, as ``wanted``."""

    def attempt(task: Task) -> bool:
        env = CodeSandboxEnv(problems=[task.data], max_turns=1, time_limit=time_limit)
        env.reset(seed=0)
        _, reward, _, _, info = env.step(f"~~~~~python\n{write(task.data)}\n~~~~~")
        if (reward == 1.0) != info["success"]:
            raise AssertionError(f"reward {reward} and success {info['success']} on {task.id}")
        return bool(info["success"])

    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(attempt, chosen))
    return [task.id for task, passed in zip(chosen, results, strict=True) if passed == wanted]


def speeds(chosen: list[Task], *, seconds: float) -> Iterator[Row]:
    known = [task for task in chosen if task.data.reference]
    for workers in (1, 2, 4):
        rate, busy = count_steps(known, workers, seconds)
        detail = f"{1000 * busy:.1f} ms of CPU per step outside the sandbox"
        yield Row(f"steps, all hidden tests of a solution, {workers} threads", rate, "per s", detail=detail)
    times = sorted(time_resets(known, seconds=min(seconds, 2.0)))
    detail = f"median, 95 % below {1000 * times[int(len(times) * 0.95)]:.2f} ms"
    yield Row("reset of a problem that was made", 1000 * statistics.median(times), "ms", detail=detail)


def count_steps(chosen: list[Task], workers: int, seconds: float) -> tuple[float, float]:
    """Steps per second of all threads together, each with an environment of its own; CPU seconds of a step in this
    process."""
    end = time.perf_counter() + seconds

    def run(worker: int) -> int:
        env = CodeSandboxEnv(problems=[task.data for task in chosen])
        steps = 0
        while time.perf_counter() < end:
            env.reset(seed=1000 * worker + steps)
            env.step(env.oracle())
            steps += 1
        return steps

    with ThreadPoolExecutor(workers) as pool:
        start, busy = time.perf_counter(), time.process_time()
        steps = sum(pool.map(run, range(workers)))
        return steps / (time.perf_counter() - start), (time.process_time() - busy) / steps


def time_resets(chosen: list[Task], *, seconds: float) -> list[float]:
    env = CodeSandboxEnv(problems=[task.data for task in chosen])
    end = time.perf_counter() + seconds
    times: list[float] = []
    while time.perf_counter() < end or len(times) < 20:
        start = time.perf_counter()
        env.reset(seed=len(times))
        times.append(time.perf_counter() - start)
    return times


BENCHMARK = Benchmark("programming problems: solutions and cheats through the judge, steps and resets", run)

if __name__ == "__main__":
    sys.exit(main())
