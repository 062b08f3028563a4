import json
from dataclasses import replace

import numpy as np
import pytest

from sge_agent.exploration.spear import SelfImitation
from sge_agent.types import Group, Trajectory
from tests.sge_agent.exploration.made import context, episode, group


def at(update: int, *groups: Group, method: SelfImitation | None = None, **settings: object) -> SelfImitation:
    method = method or SelfImitation(**settings)  # type: ignore[arg-type]
    method.observe(groups, {}, context(update))
    return method


def mixed(wins: int, start: int = 0, size: int = 4) -> Group:
    return group(*(episode([0, float(i < wins)], start=start + 10 * i) for i in range(size)))


def test_the_bonus_falls_and_the_weight_grows_on_half_a_cosine() -> None:
    method = SelfImitation()
    assert [method.early(u) for u in (0, 100, 200, 999)] == pytest.approx([1.0, 0.5, 0.0, 0.0])
    g = group(episode([0, 0]), episode([0] * 30))
    for update, share in ((0, 1.0), (50, 0.5 * (1 + np.cos(np.pi / 4)))):
        paid = method.bonus([g], context(update))
        assert paid is not None
        assert [own.sum() for own in paid[0]] == pytest.approx([0.2 * share, share])
        assert paid[0][1][:-1].tolist() == [0.0] * 29
    assert method.bonus([g], context(200)) is None


def test_successes_are_scored_against_the_median_of_the_groups_means() -> None:
    method = at(200, mixed(1), mixed(2, start=50), mixed(0, start=100), per_update=9)
    scored = method.replay(context(201))
    assert len(scored) == 3
    assert {float(s.advantages[0]) for s in scored} == {0.75}
    assert all((s.advantages == s.advantages[0]).all() for s in scored)
    half = at(100, mixed(1), mixed(2, start=50), mixed(0, start=100), per_update=2)
    assert [float(s.advantages[0]) for s in half.replay(context(100))] == pytest.approx([0.375, 0.375])
    assert at(0, mixed(1)).replay(context(0)) == ()


def test_nothing_with_a_negative_or_no_advantage_and_nothing_old_is_replayed() -> None:
    assert list(at(200, mixed(4), mixed(4, start=50)).replay(context(201))) == []
    method = at(200, mixed(1), mixed(0), mixed(0))
    assert len(method.replay(context(205))) == 1
    assert list(method.replay(context(206))) == []
    at(206, mixed(0), method=method)
    assert not method._kept


def test_a_few_tokens_of_high_covariance_count_nothing() -> None:
    def wrote(reward: float, first: float) -> Trajectory:
        made = episode([reward], tokens=200)
        a, b = made.turns[0].segments
        low = replace(b, logprobs=(first,) * 100 + (-1.0,) * 99)
        return replace(made, turns=(replace(made.turns[0], segments=(a, low)),))

    method = at(200, group(wrote(1.0, -30.0)), group(wrote(9.0, -0.1)), group(*(episode([0]) for _ in range(4))))
    method._means.append(0.0)
    scored = method.replay(context(200))
    everything = np.concatenate([s.advantages for s in scored])
    assert (everything == 0).sum() == int(0.02 * 400)
    assert (everything >= 0).all()


def test_the_buffer_goes_through_json_and_the_draws_are_the_same() -> None:
    method = at(200, mixed(1), mixed(2, start=50), mixed(0), per_update=2)
    copy = SelfImitation(per_update=2)
    copy.load_state_dict(json.loads(json.dumps(method.state_dict())))
    assert copy.state_dict() == method.state_dict()
    for seed in range(4):
        a, b = method.replay(context(200 + seed)), copy.replay(context(200 + seed))
        assert [s.trajectory for s in a] == [s.trajectory for s in b]
    with pytest.raises(ValueError, match="warmup, age and size at least 1"):
        SelfImitation(warmup=0)
