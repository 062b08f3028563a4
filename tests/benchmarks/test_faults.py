"""How the faults benchmark counts, and when its faults strike."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.faults import rows_of_whole_groups
from benchmarks.injection import VARIABLE, Every, Once, from_environment, variables


def test_only_whole_groups_whose_returns_differ_are_to_be_trained() -> None:
    whole = [("a", "", 1.0), ("a", "", 0.0), ("a", "", 0.0), ("a", "", 0.0), ("a", "broke, and was tried again", 0.0)]
    equal = [("b", "", 1.0)] * 4
    without_one = [("c", "", 1.0), ("c", "", 0.0), ("c", "", 0.0), ("c", "broke", 0.0)]
    assert rows_of_whole_groups([*whole, *equal, *without_one]) == 4
    assert rows_of_whole_groups([]) == 0


def test_each_so_many_th_step_of_all_processes_is_a_fault(tmp_path: Path) -> None:
    one, other = (Every(str(tmp_path / "steps"), every=3, kinds=("raise",)) for _ in range(2))
    for _ in range(2):
        one.strike()
        other.strike()
        with pytest.raises(RuntimeError, match="a hiccup"):
            one.strike()


@pytest.fixture
def caught() -> Iterator[list[int]]:
    found: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: found.append(number))
    yield found
    signal.signal(signal.SIGUSR1, before)


def test_what_happens_once_happens_once_and_to_the_process_that_is_meant(
    tmp_path: Path, caught: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "mark"
    for rank, expected in (("1", 0), ("", 1), ("", 1)):  # not in this process; now; it has happened
        fault = Once(str(mark), signal.SIGUSR1, at=2, rank=rank)
        fault.strike()
        assert len(caught) == expected - (rank == "" and not mark.exists())
        fault.strike()
        assert len(caught) == expected
        fault.strike()
    assert len(caught) == 1


@pytest.mark.parametrize("fault", [None, Every("steps", every=7), Once("mark", 9, 3, rank="1")])
def test_a_fault_reaches_the_process_that_has_it(fault: Every | Once | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    for name, value in variables(fault).items():
        monkeypatch.setenv(name, value)
    assert from_environment() == fault
