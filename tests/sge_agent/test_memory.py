import json

import numpy as np
import pytest

from sge_agent.memory import Entry, ReflectionMemory


def entry(number: int, *, success: bool = False) -> Entry:
    return Entry((f"strategy {number}",), success, "missed", "No mug there.", policy_version=2, update=number)


def test_each_task_and_outcome_keeps_its_last_entries_in_order() -> None:
    memory = ReflectionMemory(size=3)
    for number in range(5):
        memory.add("a", entry(number))
    memory.add("a", entry(9, success=True))
    memory.add("b", entry(7))
    assert [e.update for e in memory.failures("a")] == [2, 3, 4]
    assert [e.update for e in memory.successes("a")] == [9]
    assert [e.update for e in memory.failures("b")] == [7]
    assert memory.failures("c") == memory.successes("b") == ()
    assert len(memory) == 5


def test_the_paper_keeps_32_of_each() -> None:
    memory = ReflectionMemory()
    for number in range(40):
        memory.add("a", entry(number))
    assert len(memory.failures("a")) == 32


def test_the_state_goes_through_json_and_back() -> None:
    memory = ReflectionMemory(size=2)
    for number in range(3):
        memory.add("a", entry(number))
        memory.add("b", entry(number, success=True))
    copy = ReflectionMemory(size=2)
    copy.load_state_dict(json.loads(json.dumps(memory.state_dict())))
    assert copy.state_dict() == memory.state_dict()
    assert copy.failures("a") == memory.failures("a")
    copy.add("a", entry(8))
    assert [e.update for e in copy.failures("a")] == [2, 8]


def test_a_state_of_another_size_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match="size=2"):
        ReflectionMemory(size=3).load_state_dict(ReflectionMemory(size=2).state_dict())


def test_one_draw_gives_failure_with_its_probability_else_success_with_its_own() -> None:
    memory = ReflectionMemory()
    memory.add("a", entry(0))
    memory.add("a", entry(1, success=True))
    rng = np.random.default_rng(0)
    draws = [memory.draw("a", rng, p_failure=0.25, p_success=0.1) for _ in range(20_000)]
    assert draws.count("failure") / len(draws) == pytest.approx(0.25, abs=0.015)
    assert draws.count("success") / len(draws) == pytest.approx(0.1, abs=0.01)


def test_an_empty_buffer_gives_nothing_and_not_the_other_one() -> None:
    memory = ReflectionMemory()
    memory.add("a", entry(0))
    rng = np.random.default_rng(0)
    assert {memory.draw("a", rng, p_failure=0.0, p_success=1.0) for _ in range(50)} == {None}
    assert {memory.draw("b", rng, p_failure=0.5, p_success=0.5) for _ in range(50)} == {None}


def test_a_draw_uses_the_random_stream_equally_whatever_the_memory_holds() -> None:
    full, empty = ReflectionMemory(), ReflectionMemory()
    full.add("a", entry(0))
    streams = np.random.default_rng(3), np.random.default_rng(3)
    for memory, rng in zip((full, empty), streams):
        memory.draw("a", rng, p_failure=0.5, p_success=0.5)
    assert streams[0].random() == streams[1].random()
