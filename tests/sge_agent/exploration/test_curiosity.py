import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sge_agent.exploration.curiosity import Curiosity, References
from sge_agent.types import Group, Trajectory
from tests.sge_agent.exploration.made import context, episode, group

A, B = np.array([[3.0, 0.0]]), np.array([[0.0, 2.0]])


def saying(text: str, **spec: Any) -> Trajectory:
    made = episode([0])
    return replace(made, spec=replace(made.spec, **spec), turns=tuple(replace(t, strategy=text) for t in made.turns))


def bleu(text: str, references: list[str], orders: tuple[int, ...] = (3, 4, 5)) -> float:
    return References(references, orders).bleu(text)


def paid(method: Curiosity, g: Group, *states: np.ndarray) -> list[float]:
    found = method.bonus([g], context(features={"hidden.mean": [list(states)]}))
    assert found is not None
    return [float(own[-1]) for own in found[0]]


def test_the_first_strategy_of_a_task_is_free_and_a_verbatim_repeat_costs_both_parts() -> None:
    method = Curiosity(scale=0.1)
    g = group(saying("look on the second shelf"), saying("go"))
    assert paid(method, g, A, B) == [0.0, 0.0]
    method.observe([group(g.trajectories[0])], {}, context(features={"hidden.mean": [[A]]}))
    assert paid(method, g, A, B) == pytest.approx([-0.2, -0.1 * bleu("go", ["look on the second shelf"])])
    method.observe([group(g.trajectories[1])], {}, context(features={"hidden.mean": [[B]]}))
    assert paid(method, g, A, A) == pytest.approx([-0.1 * (1 + 0.5), -0.1 * (1 + 0.5)])


def test_bleu_by_hand() -> None:
    # "a b c d" against "a b c x": precisions 3/4, 2/3, 1/2, and 0.1/1 for the order without a match
    three = (3 / 4 * 2 / 3 * 1 / 2) ** (1 / 3)
    four = (3 / 4 * 2 / 3 * 1 / 2 * 0.1) ** (1 / 4)
    assert bleu("a b c d", ["a b c x"]) == pytest.approx((three + four + four) / 3)
    assert bleu("a a a", ["a b c"], orders=(1,)) == pytest.approx(1 / 3)  # matches are clipped
    assert bleu("a b", ["a b c"], orders=(2,)) == pytest.approx(math.exp(1 - 3 / 2))
    assert bleu("a b c d e f", ["x y", "a b c d e f"]) == pytest.approx(1.0)
    assert bleu("go", ["go"]) == pytest.approx(1.0)
    assert [bleu("", []), bleu("", ["a"]), bleu("", ["a", ""])] == [0.0, 0.0, 1.0]


def test_nothing_is_gained_by_not_being_asked_for_a_strategy() -> None:
    method = Curiosity()
    method.observe([group(saying("look up"))], {}, context(features={"hidden.mean": [[A]]}))
    found = paid(method, group(saying("look up"), saying("", strategy=False), saying("x")), A, A, B)
    assert found[1] == pytest.approx((found[0] + found[2]) / 2)


def test_the_oldest_texts_are_forgotten_and_the_rest_survives_a_checkpoint() -> None:
    method = Curiosity(size=2)
    for text, state in (("one", A), ("two", B), ("three", B)):
        method.observe([group(saying(text))], {}, context(features={"hidden.mean": [[state]]}))
    copy = Curiosity(size=2)
    copy.load_state_dict(method.state_dict())
    for one in (method, copy):
        assert paid(one, group(saying("one"), saying("two")), A, B)[1] == pytest.approx(-0.2)
        assert paid(one, group(saying("one")), A) == pytest.approx([-0.1 * bleu("one", ["two", "three"])])
    with pytest.raises(ValueError, match="size at least 1"):
        Curiosity(size=0)
