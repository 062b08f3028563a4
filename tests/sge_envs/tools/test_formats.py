import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_envs.tools.formats import MAX_SIZE, Broken, read_json, read_text, write_call
from sge_envs.tools.scenario import Call
from sge_envs.tools.toolbox import all_operations

SHOW = Call("mail.show", {"message_id": 17})
SEARCH = Call("mail.search", {"query": "a (b", "unread": True})
OPERATIONS = all_operations()


def calls(read: Any) -> list[Call]:
    assert not isinstance(read, Broken), read
    return list(read)


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "mail.show", "arguments": {"message_id": 17}}',
        'I will look.\n{"name": "mail.show", "arguments": {"message_id": 17}} and then {see}',
        '```json\n{"name": "mail.show", "arguments": {"message_id": 17}}\n```',
        '<tool_call>\n{"name": "mail.show", "arguments": {"message_id": 17}}\n</tool_call>',
        '<tool_call>{"name": "mail.show", "parameters": {"message_id": 17}}',  # never closed
        '{"tool_calls": [{"id": "1", "function": {"name": "mail.show", "arguments": "{\\"message_id\\": 17}"}}]}',
        '[{"name": "mail.show", "arguments": {"message_id": 17}}]',
        '{"strategy": "look {first}"} {"name": "mail.show", "arguments": {"message_id": 17}}',
    ],
)
def test_a_call_in_json_is_found_wherever_models_put_it(text: str) -> None:
    assert calls(read_json(text)) == [SHOW]


@pytest.mark.parametrize(
    "text",
    [
        "mail.show(message_id=17)",
        "mail.show(17)",
        "mail__show(17)",
        "First I look at it (the mail).\nmail.show(17)\nThen I go on.",
        "```python\nmail.show(\n    message_id=17,\n)\n```",
        "I see:\n- mail.show(\n    17\n)",
    ],
)
def test_a_call_in_text_is_found_wherever_models_put_it(text: str) -> None:
    assert calls(read_text(text, OPERATIONS)) == [SHOW]


def test_several_calls_come_in_their_order() -> None:
    both = [SEARCH, SHOW]
    lines = "\n".join(write_call(one, "text") for one in both)
    objects = "\n".join(write_call(one, "json") for one in both)
    assert calls(read_text(lines, OPERATIONS)) == both
    assert calls(read_text(f"```\n{lines}\n```", OPERATIONS)) == both
    assert calls(read_json(objects)) == both
    assert calls(read_json(f"[{', '.join(write_call(one, 'json') for one in both)}]")) == both
    assert calls(read_json("".join(f"<tool_call>{write_call(one, 'json')}</tool_call>" for one in both))) == both


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hello", "no JSON object"),
        ('{"name": "mail.show", "arguments": {"message_id": 17}', "cannot be read (expecting ',' delimiter in line 1"),
        ('{"arguments": {}}', "holds no call: each one needs 'name'"),
        ('{"name": 5}', "got an object with 1 keys"),
        ('{"name": "a", "arguments": [1]}', "must be an object, got a list of 1"),
        ('{"name": "a", "arguments": "{"}', "are no JSON"),
        ('{"name": "a", "arguments": {"x": NaN}}', "NaN is no JSON number"),
        ("[]", "no call in the list"),
        ("[" * 100_000, "cannot be read"),
        ('{"name": "a", "arguments": {"x": ' + '{"x": ' * 60 + "1" + "}" * 62, "nested too deeply"),
        ("{" * (MAX_SIZE + 1), "at most 100000 are read"),
    ],
)
def test_broken_json_is_answered_with_what_is_wrong(text: str, complaint: str) -> None:
    read = read_json(text)
    assert isinstance(read, Broken)
    assert complaint in read.message or "nested too deeply" in read.message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hello", "no call in the message"),
        ("mail.show(17", "no readable call"),
        ("mail.show(1, 2)", "mail.show takes at most 1 arguments, got 2"),
        ("mail.show(message_id=x)", "'message_id' must be a plain value"),
        ("mail.show(message_id=__import__('os'))", "'message_id' must be a plain value"),
        ("mail.show(message_id=b'x')", "'message_id' must be a plain value"),
        ("mail.show(17, message_id=17)", "given twice"),
        ("mail.show(**{})", "by its name instead of **"),
        ("```\nx = 1\n```", "no call of a tool"),
        ("mail.show(" + "(" * 5_000, "no readable call"),
    ],
)
def test_broken_text_is_answered_with_what_is_wrong(text: str, complaint: str) -> None:
    read = read_text(text, OPERATIONS)
    assert isinstance(read, Broken)
    assert complaint in read.message


def test_what_stands_inside_a_call_that_breaks_off_is_not_carried_out() -> None:
    for text in (
        '{"name": "todo.create_list", "arguments": {"name": "mail.empty_trash"}',
        '{"arguments": {"name": "mail.empty_trash"}, "name":',
    ):
        assert isinstance(read_json(text), Broken)


def test_no_text_takes_long_or_overflows_the_stack() -> None:
    assert isinstance(read_json("[" * 400 + "]" * 400), Broken)
    assert isinstance(read_json('{"name": "a"}' + "{}" * 8_000), tuple)
    assert isinstance(read_json('{"name": "a"}' * 1_000), Broken)
    assert isinstance(read_text("```\n" + "x\n" * 8_000 + "```", OPERATIONS), Broken)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(str.isidentifier), json_values, max_size=4))
def test_what_is_written_is_read_back(arguments: dict[str, Any]) -> None:
    call = Call("mail.send", arguments)
    assert calls(read_json(write_call(call, "json"))) == [call]


@given(st.text(alphabet=st.sampled_from(list("{}[]\"':,.()`#<>/\\ \n\tabcnamersgut_0123tool_call=*")), max_size=300))
def test_no_text_raises(text: str) -> None:
    read_json(text)
    read_text(text, OPERATIONS)


@given(st.text(max_size=200))
def test_no_text_of_any_alphabet_raises(text: str) -> None:
    for one in (text, f"```\n{text}\n```", f"<tool_call>{text}", f"mail.show({text})", json.dumps({"name": text})):
        read_json(one)
        read_text(one, OPERATIONS)
