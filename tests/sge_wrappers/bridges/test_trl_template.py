import pytest

from sge_agent.build import model_path

transformers = pytest.importorskip("transformers")


def load() -> "transformers.PreTrainedTokenizerBase":
    return transformers.AutoTokenizer.from_pretrained(model_path("embedded:household"))


def test_a_line_is_a_call_and_a_call_is_a_line() -> None:
    from sge_wrappers.bridges.trl_template import line_template

    tokenizer = line_template(load())
    call = {"type": "function", "function": {"name": "act", "arguments": {"action": "go to box 1"}}}
    messages = [
        {"role": "user", "content": "You see a box 1."},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "name": "act", "content": "It is empty."},
    ]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert text == "You see a box 1.\nAction: go to box 1\nIt is empty.\nAction:"
    prompt = tokenizer.apply_chat_template(messages[:1], tokenize=True, add_generation_prompt=True, return_dict=False)
    written = tokenizer.encode(" go to box 1\n", add_special_tokens=False)
    assert tokenizer.parse_response(written, prefix=prompt)["tool_calls"] == [call]
    assert tokenizer.eos_token_id == written[-1]


def test_other_tools_are_written_out_in_full() -> None:
    from sge_wrappers.bridges.trl_template import line_template

    call = {"type": "function", "function": {"name": "open", "arguments": {"door": "left"}}}
    messages = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    text = line_template(load()).apply_chat_template(messages, tokenize=False)
    assert text == 'x\nAction: open {"door": "left"}\n'


def test_a_tokenizer_with_a_template_of_its_own_is_left_alone() -> None:
    from sge_wrappers.bridges.trl_template import line_template

    tokenizer = line_template(load())
    with pytest.raises(ValueError, match="has a chat template of its own"):
        line_template(tokenizer)
