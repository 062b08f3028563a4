from __future__ import annotations

import pytest

from sge_agent.policies.transformers import TransformersPolicy
from sge_agent.types import Request, SamplingParams
from tests.sge_agent import tiny

COLD = SamplingParams()


def ask(prompt: str = "", *, prefill: str = "", system: str = "") -> Request:
    return Request("action", COLD, prompt=prompt, prefill=prefill, system=system)


def talk(policy: TransformersPolicy, *turns: tuple[Request, str]) -> str:
    """The text of a context in which the model answered each request with the given words."""
    tokens: list[int] = []
    for request, answer in turns:
        tokens += policy.encode(tokens, request)
        tokens += policy.tokenizer.encode(answer, add_special_tokens=False)
    return policy.decode(tokens)


def test_without_a_template_everything_is_one_text_in_lines() -> None:
    policy = tiny.policy()
    text = talk(
        policy, (ask("A room.", prefill="> ", system="Play."), "go up\n"), (ask("A hall.\n", prefill="> "), "wait")
    )
    assert text == "Play.\n\nA room.\n> go up\nA hall.\n> wait"


def test_a_conversation_equals_what_the_template_renders_in_one_go() -> None:
    policy = tiny.policy(chat=tiny.CHAT)
    text = talk(policy, (ask("A room.", system="Play."), "go up"), (ask("A hall."), "wait"), (ask("Dark."), "sleep"))
    messages = [
        {"role": "system", "content": "Play."},
        {"role": "user", "content": "A room."},
        {"role": "assistant", "content": "go up"},
        {"role": "user", "content": "A hall."},
        {"role": "assistant", "content": "wait"},
        {"role": "user", "content": "Dark."},
        {"role": "assistant", "content": "sleep"},
    ]
    rendered = policy.tokenizer.apply_chat_template(messages, tokenize=False)
    assert text == str(rendered).removesuffix("<|close|>\n")


def test_a_message_that_the_model_closed_itself_is_not_closed_again() -> None:
    policy = tiny.policy(chat=tiny.CHAT)
    opened = talk(policy, (ask("A room."), "go up"), (ask("A hall."), ""))
    closed = talk(policy, (ask("A room."), "go up<|close|>"), (ask("A hall."), ""))
    assert opened == closed


def test_a_request_without_prompt_continues_the_same_message() -> None:
    policy = tiny.policy(chat=tiny.CHAT)
    text = talk(policy, (ask("A room.", prefill="Strategy: "), "up"), (ask(prefill="\nAction: "), "go up"))
    assert text == "<|open|>user\nA room.<|close|>\n<|open|>assistant\nStrategy: up\nAction: go up"


def test_a_template_without_system_role_gets_the_system_text_in_the_first_prompt() -> None:
    template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
        + tiny.CHAT[len("{% for m in messages %}") :]
    )
    policy = tiny.policy(chat=template)
    assert talk(policy, (ask("A room.", system="Play."), "")) == (
        "<|open|>user\nPlay.\n\nA room.<|close|>\n<|open|>assistant\n"
    )


def test_a_template_may_prefix_the_answer_and_drop_that_from_its_history() -> None:
    template = tiny.CHAT.replace("assistant\n{% endif %}", "assistant\n<think></think>{% endif %}")
    policy = tiny.policy(chat=template)
    text = talk(policy, (ask("A room."), "go up"), (ask("A hall."), ""))
    assert text.count("<think></think>") == 2  # what was written stays as it was


def test_a_template_that_changes_earlier_messages_is_refused() -> None:
    with pytest.raises(ValueError, match="chat=False"):
        tiny.policy(chat="{{ messages | length }}" + tiny.CHAT)


def test_a_template_can_be_left_unused() -> None:
    policy = TransformersPolicy(tiny.model(), tiny.tokenizer(chat=tiny.CHAT), chat=False)
    assert talk(policy, (ask("A room.\n"), "")) == "A room.\n"
