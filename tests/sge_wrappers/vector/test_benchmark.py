"""The benchmark runs and prints its tables."""

from __future__ import annotations

import sys

import pytest

from benchmarks import vector


def test_the_benchmark_prints_a_line_for_each_kind(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["vector", "--envs", "2", "--latency", "5", "--turns", "2"])
    vector.main()
    printed = capsys.readouterr().out
    for name in ("SyncVectorEnv", "AsyncVectorEnv", "ReadyVectorEnv, threads", "ReadyVectorEnv, processes"):
        assert f", {name} | " in printed
    assert printed.count("send and receive") == 2
