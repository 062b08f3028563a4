"""Programming problems: is every solution credited and no cheat, and how fast are steps and resets.

python -m benchmarks.code
python -m benchmarks.code --source humaneval --path HumanEval.jsonl.gz
python -m benchmarks.code --instances 5 --quick        # fewer instances of each family, no cheats that take their time
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from sge_envs.code.cheats import CHEATS, SLOW
from sge_envs.code.env import CodeSandboxEnv
from sge_envs.code.problem import Problem
from sge_envs.code.sandbox import get_sandbox
from sge_envs.tasks import Task, TaskSet

SHORT = 0.25
"""Seconds that a cheat gets which uses up any limit."""


def main() -> None:
    arguments = read_arguments()
    tasks = CodeSandboxEnv(source=arguments.source, path=arguments.path).tasks
    start = time.perf_counter()
    chosen = list(choose_tasks(tasks, arguments.instances))
    made = time.perf_counter() - start
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, sandbox tier {get_sandbox().tier!r}")
    print(
        f"{len(chosen)} problems of source {arguments.source!r}, made in {made:.1f} s ({1000 * made / len(chosen):.1f} ms each)\n"
    )
    print_oracle(chosen, arguments.workers)
    print_cheats(chosen, arguments.workers, quick=arguments.quick)
    print_speed(chosen, seconds=arguments.seconds)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", default="mixed", help="as of SGE-CodeSandbox-v0 (default: mixed, all that is ours)")
    parser.add_argument("--path", help="the file of a data set")
    parser.add_argument("--instances", type=int, default=20, help="of the families together, in each split")
    parser.add_argument("--workers", type=int, default=2, help="threads that judge at once")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each speed is measured")
    parser.add_argument("--quick", action="store_true", help="leave out the cheats that use up their limits")
    return parser.parse_args()


def choose_tasks(tasks: TaskSet, instances: int) -> Iterator[Task]:
    """All problems that can be counted, and ``instances`` of those that cannot, of every split."""
    for split in tasks.list_splits():
        number, index, endless = tasks.num_tasks(split), 0, 0
        while (index < number) if number is not None else (endless < instances):
            task = tasks.get_task(split, index)
            endless += "/" in task.id
            index += 1
            yield task


def print_oracle(chosen: list[Task], workers: int) -> None:
    known = [task for task in chosen if task.data.reference]
    failed = credit(known, lambda problem: problem.reference, workers, wanted=False)
    print(f"oracle: {len(known) - len(failed)} of {len(known)} solved{': not ' + ', '.join(failed) if failed else ''}")


def print_cheats(chosen: list[Task], workers: int, *, quick: bool) -> None:
    print(f"\n{'cheat':24}{'credited':>12}{'seconds':>10}")
    for name, cheat in CHEATS.items():
        if quick and name in SLOW:
            continue
        start = time.perf_counter()
        passed = credit(chosen, cheat, workers, wanted=True, time_limit=SHORT if name in SLOW else None)
        told = f"  {', '.join(passed)}" if passed else ""
        print(f"{name:24}{f'{len(passed)} of {len(chosen)}':>12}{time.perf_counter() - start:>10.1f}{told}", flush=True)


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


def print_speed(chosen: list[Task], *, seconds: float) -> None:
    known = [task for task in chosen if task.data.reference]
    print("\na step runs all hidden tests of a solution")
    for workers in (1, 2, 4):
        rate, busy = count_steps(known, workers, seconds)
        print(f"{workers} threads: {rate:.0f} steps/s, {1000 * busy:.1f} ms of CPU per step outside the sandbox")
    times = sorted(time_resets(known, seconds=min(seconds, 2.0)))
    print(
        f"reset of a problem that was made: median {1000 * statistics.median(times):.2f} ms, "
        f"95 % below {1000 * times[int(len(times) * 0.95)]:.2f} ms"
    )


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


if __name__ == "__main__":
    main()
