from typing import Any

import numpy as np
import pytest

from sge_envs.checks import check_text_env
from sge_envs.errors import TaskNotFound, UnknownOption
from sge_envs.tools.own import OperationError, OwnTask, OwnTools
from sge_envs.world.errors import BadOperation


def put(shelf: dict[str, int], thing: str, number: int = 1) -> str:
    """Put things on the shelf.

    Args:
        thing: What.
        number: How many.
    """
    shelf[thing] = shelf.get(thing, 0) + number
    if number < 1:
        raise OperationError("invalid_argument", "At least one must be put there.")
    return f"{thing}: {shelf[thing]}"


def make_task(rng: np.random.Generator) -> OwnTask:
    number = int(rng.integers(1, 5))
    return OwnTask(
        state={"pears": number},
        goal=f"Put {number} apples on the shelf, and say how many things are there.",
        check=lambda shelf, answer: {"apples": shelf.get("apples") == number, "answer": answer == str(2 * number)},
        solution=[("app.put", {"thing": "apples", "number": number})],
        answer=str(2 * number),
    )


def env(**arguments: Any) -> OwnTools:
    return OwnTools([put], make_task, **arguments)


@pytest.mark.parametrize("format", ["json", "text"])
def test_it_keeps_the_contract(format: str) -> None:
    check_text_env(env(format=format))


def test_the_first_observation_documents_the_tools() -> None:
    text, info = env().reset(seed=0)
    assert info["goal"] in text
    assert "app__put(thing: str, number: int = 1): Put things on the shelf." in text
    assert [one["function"]["name"] for one in env().tool_schemas] == ["app__put", "app__finish"]


def test_success_needs_every_check_and_the_end() -> None:
    one = env()
    one.reset(seed=0)
    one.step(one.oracle())
    _, reward, terminated, _, info = one.step('{"name": "app.finish", "arguments": {"answer": "0"}}')
    assert (reward, terminated, info["success"], info["progress"]) == (0.0, True, False, 0.5)
    assert info["outcome"] == "answer"
    assert info["feedback"] == "Not as asked: answer."


def test_a_call_that_is_refused_leaves_nothing_behind() -> None:
    one = env()
    one.reset(seed=0)
    text, *_, info = one.step('{"name": "app.put", "arguments": {"thing": "apples", "number": 0}}')
    assert text == "Error: At least one must be put there."
    assert "apples" not in one._state
    text, *_, info = one.step('{"name": "app.putt"}')
    assert info["action_error"] == "There is no tool 'app.putt'. Did you mean 'app.put'?"


def test_episodes_do_not_share_a_state() -> None:
    one = env()
    for _ in range(2):
        one.reset(seed=0)
        text = one.step('{"name": "app.put", "arguments": {"thing": "apples"}}')[0]
        assert text == "apples: 1"


def test_what_cannot_be_a_tool_is_refused_with_the_reason() -> None:
    def silent(shelf: dict[str, int]) -> None: ...

    with pytest.raises(BadOperation, match="has no docstring"):
        OwnTools([silent], make_task)
    with pytest.raises(UnknownOption, match="same name"):
        OwnTools([put, put], make_task)
    with pytest.raises(UnknownOption, match="no format 'jso'"):
        env(format="jso")


def test_a_task_without_a_solution_has_no_oracle() -> None:
    one = OwnTools([put], lambda rng: OwnTask({}, "goal", lambda shelf, answer: {"done": True}))
    one.reset(seed=0)
    with pytest.raises(UnknownOption, match="give OwnTask a solution"):
        one.oracle()
    with pytest.raises(TaskNotFound, match="'train/0'"):
        one.tasks.find_task("train/x")
