"""The formulas of what an update costs, and their fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.cost_model import GPUS, Layout, Workload, best, fit, learned, played, predict, predicted
from benchmarks.shapes import QWEN3, Shape

SHAPE = Shape(layers=2, width=32, inner=48, heads=4, kv_heads=2, head_dim=8, vocabulary=97)
LOAD = Workload("", groups=3, members=4, turns=2, prompt=10, seen=5, written=6, env_seconds=0.0)
H200 = GPUS["H200"]


def test_the_counts_of_a_workload_are_those_of_its_contexts() -> None:
    assert LOAD.episodes == 12
    assert LOAD.length == 10 + 6 + 5 + 6
    assert LOAD.sampled == 12 * 12
    assert LOAD.tokens == 3 * 10 + 12 * 17
    own = sum(position + 1 for position in range(10, 27))
    assert LOAD.pairs == 3 * sum(range(1, 11)) + 12 * own


def test_rows_that_follow_each_other_take_passes_of_their_own() -> None:
    all_at_once = played(SHAPE, LOAD, rows=12, number_bytes=4)
    in_thirds = played(SHAPE, LOAD, rows=4, number_bytes=4)
    assert all_at_once.passes == played(SHAPE, LOAD, rows=100, number_bytes=4).passes == 12
    assert in_thirds.passes == 36
    assert in_thirds.flops == all_at_once.flops
    assert in_thirds.read - all_at_once.read == 4 * 24 * (SHAPE.body + SHAPE.head)


def test_constants_are_found_again_from_what_they_predict() -> None:
    loads = [replace(LOAD, groups=1 + n % 3, turns=1 + n % 4, written=4 + 3 * n) for n in range(9)]
    for counts, constants in (
        ([played(SHAPE, load, rows=5, number_bytes=4).counts for load in loads], [1e-3, 2e-9, 3e-11, 4e-4]),
        ([learned(replace(SHAPE, layers=1 + n), load).counts for n, load in enumerate(loads)], [1e-11, 2e-9, 3e-8]),
    ):
        seconds = [predicted(one, constants) for one in counts]
        assert fit(counts, seconds) == pytest.approx(constants, rel=1e-4)


def test_no_constant_is_negative_and_each_setting_counts_alike() -> None:
    rng = np.random.default_rng(0)
    counts = rng.uniform(1, 9, (12, 3))
    assert min(fit(counts.tolist(), (counts @ [3.0, -1.0, 2.0] + 9).tolist())) >= 0
    assert fit([[1.0], [100.0]], [2.0, 100.0]) == pytest.approx(
        [1.2]
    )  # 0.5 x and 1 x: the squares of both errors alike
    assert fit([[1.0, 0.0], [2.0, 0.0]], [3.0, 6.0]) == pytest.approx([3.0, 0.0])


def test_more_hardware_and_overlap_take_no_longer() -> None:
    shape, load = QWEN3["Qwen3-4B"], Workload("", 32, 16, 20, 1000, 50, 100, 0.04)
    times = []
    for gpus, nodes in ((1, 1), (8, 1), (32, 4)):
        found = best(H200, shape, load, gpus=gpus, nodes=nodes)
        assert found is not None
        layout = found.layout
        assert layout.ranks + layout.samplers * layout.width <= gpus
        assert found.overlapped <= found.sync
        assert found.rows * max(1, layout.samplers) <= load.episodes + layout.samplers
        times.append(found.overlapped)
    assert times == sorted(times, reverse=True)


def test_a_model_that_does_not_fit_is_not_predicted() -> None:
    load = Workload("", 64, 16, 1, 400, 0, 1000, 0.0)
    assert best(H200, QWEN3["Qwen3-32B"], load, gpus=1) is None
    assert predict(GPUS["H100"], QWEN3["Qwen3-4B"], load, Layout(1, 1)) is None
    assert predict(GPUS["H100"], QWEN3["Qwen3-4B"], load, Layout(2, 1)) is not None


def test_slow_environments_limit_playing_by_their_latency_or_by_their_processors() -> None:
    shape, layout = QWEN3["Qwen3-0.6B"], Layout(1, 7)
    load = Workload("", 1, 16, 20, 1000, 50, 100, 0.0)
    quick = predict(H200, shape, load, layout)
    slow = predict(H200, shape, replace(load, env_seconds=10.0), layout)
    many = predict(H200, shape, replace(load, groups=1000, env_seconds=10.0), layout)
    assert quick is not None
    assert slow is not None
    assert many is not None
    assert slow.playing_limit == "the environments' latency"
    assert 20 * 10 < slow.playing <= 20 * 10 + quick.playing
    assert many.playing == pytest.approx(16000 * 20 * 10 / (8 * H200.cores))
    assert many.playing_limit == "the environments' processors"
