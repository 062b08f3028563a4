import json

import numpy as np
import pytest

from sge_agent.exploration.novelty import NoveltyCounts
from tests.sge_agent.exploration.made import context, episode, group


def paid(method: NoveltyCounts, *episodes: object) -> list[list[float]]:
    found = method.bonus([group(*episodes)], context())  # type: ignore[arg-type]
    assert found is not None
    return [own.tolist() for own in found[0]]


def test_the_second_visit_in_an_episode_pays_nothing_and_neither_does_an_unknown_state() -> None:
    method = NoveltyCounts(scale=0.5)
    assert paid(method, episode([0, 0, 0, 0], states=["s", "a", "b", "a", "s"])) == [[0.5, 0.5, 0.0, 0.0]]
    assert paid(method, episode([0, 0])) == [[0.0, 0.0]]


def test_the_fourth_visit_of_the_run_pays_half_and_order_within_an_update_does_not_matter() -> None:
    method = NoveltyCounts(scale=1.0)
    past = [group(*(episode([0], states=["s", "a"]) for _ in range(3)))]
    method.observe(past, {}, context())
    one, other = episode([0, 0], states=["s", "a", "b"]), episode([0, 0], states=["s", "b", "a"])
    assert paid(method, one, other) == [[0.5, 1.0], [1.0, 0.5]]
    assert paid(method, other, one) == [[1.0, 0.5], [0.5, 1.0]]


def test_counts_are_of_the_environment_and_not_of_the_task() -> None:
    method = NoveltyCounts(scale=1.0)
    method.observe([group(episode([0], states=["s", "a"], task="x"))], {}, context())
    assert paid(method, episode([0], states=["s", "a"], task="y")) == [[1.0]]
    assert paid(method, episode([0], states=["s", "a"], task="x"))[0] == pytest.approx([2**-0.5])


def test_the_metrics_say_how_many_states_are_known_and_new() -> None:
    method = NoveltyCounts()
    metrics: dict[str, float] = {}
    method.observe([group(episode([0], states=["s", "a"]), episode([0], states=["s", "b"]))], metrics, context())
    assert metrics == {"novelty/states": 3.0, "novelty/new_states": 3.0}


def test_the_counts_go_through_json() -> None:
    method, copy = NoveltyCounts(), NoveltyCounts()
    method.observe([group(episode([0, 0], states=["s", "a", "s"]))], {}, context())
    copy.load_state_dict(json.loads(json.dumps(method.state_dict())))
    probe = episode([0, 0, 0], states=["t", "s", "a", "b"])
    assert paid(copy, probe) == paid(method, probe)
    assert np.ravel(paid(copy, probe)) == pytest.approx([0.1 * 3**-0.5, 0.1 * 2**-0.5, 0.1])
    with pytest.raises(ValueError, match="scale must be 0 or more"):
        NoveltyCounts(-1)
