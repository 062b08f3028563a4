"""1,000 episodes of 250 seeds: one after the other, in threads, in one running loop, and in other processes."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sge_envs.alfworld.episodes import digest, play

SEEDS = range(250)


@pytest.fixture(scope="module")
def alone() -> list[str]:
    return [digest(seed) for seed in SEEDS]


def test_different_seeds_are_different_episodes(alone: list[str]) -> None:
    assert len(set(alone)) == len(SEEDS)


def test_episodes_in_threads_equal_those_played_alone(alone: list[str]) -> None:
    order = random.Random(0).sample(SEEDS, len(SEEDS))
    with ThreadPoolExecutor(8) as threads:
        found = dict(zip(order, threads.map(digest, order)))
    assert [found[seed] for seed in SEEDS] == alone


def test_episodes_that_take_turns_in_a_running_loop_equal_those_played_alone(alone: list[str]) -> None:
    async def one(seed: int) -> str:
        seen = [""]
        for item in play(seed):
            seen.append(item)
            await asyncio.sleep(0)  # every other episode makes a step now
        return seen[-1]

    async def together() -> list[str]:
        return await asyncio.gather(*(one(seed) for seed in SEEDS))

    assert asyncio.run(together()) == alone


def test_episodes_in_other_processes_and_hash_seeds_equal_those_played_alone(alone: list[str]) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.sge_envs.alfworld.episodes", str(first), str(first + 125)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": str(first)},
        )
        for first in (0, 125)
    ]
    assert [digest for worker in workers for digest in json.loads(worker.communicate()[0])] == alone
