import json
from typing import Any

import gymnasium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sge_envs  # noqa: F401  # registers the ids
from sge_envs.checks import check_text_env
from sge_envs.errors import TaskNotFound, UnknownOption
from sge_envs.tools.env import ToolAPIEnv

BIRTHDAY = "train/mail.birthday/0"


def env(**arguments: Any) -> ToolAPIEnv:
    return ToolAPIEnv(**arguments)


def begin(task: str = BIRTHDAY, **arguments: Any) -> ToolAPIEnv:
    one = env(**arguments)
    one.reset(seed=0, options={"task_id": task})
    return one


def call(name: str, /, **arguments: Any) -> str:
    return json.dumps({"name": name, "arguments": arguments})


def solve(one: ToolAPIEnv, *, without_end: bool = False) -> tuple[Any, ...]:
    while True:
        action = one.oracle()
        if without_end and "task.finish" in action:
            return ()
        step = one.step(action)
        if step[2] or step[3]:
            return step


@pytest.mark.parametrize("arguments", [{}, {"format": "text", "tools": "relevant"}])
def test_it_keeps_the_contract(arguments: dict[str, Any]) -> None:
    check_text_env(gymnasium.make("SGE-ToolAPI-v0", **arguments))


def test_the_solution_earns_1_only_with_the_end() -> None:
    one = begin()
    solve(one, without_end=True)
    _, reward, terminated, _, info = one.step(call("task.finish"))
    assert (reward, terminated, info["success"], info["progress"], info["outcome"]) == (1.0, True, True, 1.0, "solved")
    one = begin(max_turns=2)
    one.step(one.oracle())
    _, reward, _, truncated, info = one.step(one.oracle())
    assert (reward, truncated, info["success"]) == (0.0, True, False)
    assert info["outcome"] == "unfinished"
    assert info["feedback"] == "task.finish was not called."
    assert 0 < info["progress"] < 1 or info["progress"] == 1.0


def test_what_nobody_asked_for_spoils_the_success() -> None:
    one = begin()
    solve(one, without_end=True)
    one.step(call("contacts.create_group", name="Spies"))
    _, reward, _, _, info = one.step(call("task.finish"))
    assert reward == 0.0
    assert info["outcome"] == "extra:contacts_groups"
    assert info["feedback"] == "Something changed that nobody asked for, by: contacts.create_group."


def test_a_detour_that_is_undone_does_not_count() -> None:
    one = begin()
    made = json.loads(one.step(call("contacts.create_group", name="Spies"))[0])
    one.step(call("contacts.delete_group", group_id=made["id"]))
    assert solve(one)[1] == 1.0


def test_doing_nothing_is_worth_nothing() -> None:
    one = begin()
    _, reward, _, _, info = one.step(call("task.finish", answer="done"))
    assert (reward, info["progress"]) == (0.0, 0.0)


def test_the_oracle_goes_on_from_where_the_player_is() -> None:
    one = begin()
    one.step(call("mail.list_folders"))
    one.step("no call at all")
    one.step(call("contacts.create_group", name="Spies"))  # cannot be solved any more, but must not raise
    while not (step := one.step(one.oracle()))[2]:
        pass
    assert step[1] == 0.0
    assert step[4]["outcome"] == "extra:contacts_groups"


def test_several_calls_of_one_turn_are_carried_out_in_order_up_to_a_bound() -> None:
    one = begin(max_calls=2)
    both = json.dumps([json.loads(call("mail.list_folders")), json.loads(call("mail.sned")), json.loads(call("x.y"))])
    text, _, _, _, info = one.step(both)
    lines = text.splitlines()
    assert lines[0].startswith('mail.list_folders: {"folders"')
    assert lines[1] == "mail.sned: Error: There is no operation 'mail.sned'. Did you mean 'mail.send'?"
    assert lines[2] == "1 more calls were not carried out: at most 2 in one action."
    assert info["action_error"] == "There is no operation 'mail.sned'. Did you mean 'mail.send'?"


def test_what_the_world_refuses_is_no_error_of_the_action() -> None:
    text, *_, info = begin().step(call("mail.show", message_id=1))
    assert text.startswith("Error: There is no ")
    assert "action_error" not in info


def test_the_documentation_is_found_by_words() -> None:
    one = begin()
    found = json.loads(one.step(call("docs.search", query="send an e-mail to somebody"))[0])["tools"]
    assert "mail.send" in [tool["name"] for tool in found[:3]]
    shown = json.loads(one.step(call("docs.show", name="mail.send"))[0])
    assert shown["signature"].startswith("mail.send(to: list")
    assert set(shown["arguments"]) >= {"to", "subject", "body", "cc"}
    assert "mail.send" in one.step(call("docs.show", name="mail"))[0]
    assert "Did you mean 'mail.send'?" in one.step(call("docs.show", name="mail.sent"))[0]


@pytest.mark.parametrize(("tools", "sees"), [("search", 4), ("relevant", 30), ("all", 150)])
def test_as_many_tools_are_listed_as_was_asked_for(tools: str, sees: int) -> None:
    one = env(tools=tools)
    text, _ = one.reset(options={"task_id": BIRTHDAY})
    schemas = one.tool_schemas
    assert len(schemas) >= sees
    assert all(schema["function"]["name"] in text for schema in schemas if tools != "search")
    assert all(set(schema["function"]["name"]) <= set("abcdefghijklmnopqrstuvwxyz_0123456789") for schema in schemas)


def test_a_player_who_knows_the_tools_is_told_the_task_alone() -> None:
    one = env(format="text", tools="none")
    text, info = one.reset(options={"task_id": BIRTHDAY})
    assert text == f"Task: {info['goal']}"
    assert len(one.tool_schemas) == 4
    assert solve(one)[1] == 1.0


def test_a_snapshot_keeps_the_state_the_documentation_and_the_turn() -> None:
    one = begin()
    one.step(one.oracle())
    saved = one.snapshot()
    first = solve(one)
    two = env()
    two.reset(options={"snapshot": saved})
    assert two.turn == 1
    assert solve(two) == first


def test_wrong_arguments_are_refused_with_the_nearest() -> None:
    for arguments, complaint in (
        ({"format": "jsn"}, "no format 'jsn'. Did you mean 'json'?"),
        ({"tools": "some"}, "no choice of tools 'some'"),
        ({"difficulty": "eas"}, "no difficulty 'eas'. Did you mean 'easy'?"),
        ({"scenarios": ["mail.birthdy"]}, "Did you mean 'mail.birthday'?"),
        ({"max_calls": 0}, "max_calls of at least 1"),
    ):
        with pytest.raises(UnknownOption, match=complaint.replace("?", r"\?")):
            env(**arguments)
    for task in ("train/mail.birthday/x", "test/mail.birthday/0", "train/mail.birthday/00", "nonsense"):
        with pytest.raises(TaskNotFound, match="an id is made of split, scenario and number"):
            env().reset(options={"task_id": task})


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    one = begin(max_turns=None)
    one.step(text)
    one.step(call(text, **{text[:5] or "x": text}))
    one.step(call("mail.search", query=text, page=10**30))
