import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.policies.scripted import ScriptedPolicy
from sge_agent.policy import Job, Sample, generate
from sge_agent.types import Request, SamplingParams

PLAIN = SamplingParams()


def write(policy: ScriptedPolicy, context: str, sampling: SamplingParams = PLAIN) -> Sample:
    return generate(policy, [Job("context", list(context.encode()), sampling)])[0]


@given(text=st.text())
def test_any_text_round_trips(text: str) -> None:
    policy = ScriptedPolicy([])
    assert policy.decode(policy.encode([], Request("action", PLAIN, prefill=text))) == text


def test_a_function_sees_the_whole_context_and_the_sampling_settings() -> None:
    policy = ScriptedPolicy(lambda context, sampling: f"{context}|{sampling.temperature}")
    assert write(policy, "Grüße", SamplingParams(0.3)).text == "Grüße|0.3"


def test_texts_are_used_up_in_the_order_of_the_requests() -> None:
    policy = ScriptedPolicy(["one", "two"])
    jobs = [Job(name, [65], PLAIN) for name in ("a", "b")]
    assert [sample.text for sample in generate(policy, jobs)] == ["one", "two"]
    with pytest.raises(ValueError, match="has 2 texts and one more was asked for, after: 'Room'"):
        write(policy, "Room")


def test_a_text_is_cut_behind_the_first_stop_mark() -> None:
    policy = ScriptedPolicy(lambda context, sampling: "go north\nAction: go south\n")
    sample = write(policy, "", SamplingParams(stop=("Action:", "\n")))
    assert (sample.text, sample.finish) == ("go north\n", "stop")


def test_a_text_is_cut_at_the_token_limit_even_inside_a_letter() -> None:
    sample = write(ScriptedPolicy(["aé"]), "", SamplingParams(max_tokens=2))
    assert sample.tokens == (97, 0xC3)
    assert sample.finish == "length"
    assert write(ScriptedPolicy(["aé"]), "", SamplingParams(max_tokens=3)).finish == "stop"


def test_every_token_has_a_log_prob_and_the_temperature() -> None:
    sample = write(ScriptedPolicy(["go"]), "", SamplingParams(temperature=0.7))
    assert sample.tokens == (103, 111)
    assert sample.logprobs == (0.0, 0.0)
    assert sample.temperatures == (0.7, 0.7)
    assert write(ScriptedPolicy([""]), "").tokens == ()


def test_every_message_begins_on_a_line_of_its_own() -> None:
    policy = ScriptedPolicy([])
    tokens = policy.encode([], Request("strategy", PLAIN, prompt="A room.", prefill="Strategy:", system="Be brief."))
    tokens += b" look"
    tokens += policy.encode(tokens, Request("action", PLAIN, prefill="\nAction:"))
    tokens += b" go"
    tokens += policy.encode(tokens, Request("action", PLAIN, prompt="A hall.\n", prefill="Action:", system="Be brief."))
    assert policy.decode(tokens) == "Be brief.\n\nA room.\nStrategy: look\nAction: go\nA hall.\nAction:"


def test_what_was_asked_is_kept_for_tests_to_look_at() -> None:
    policy = ScriptedPolicy(lambda context, sampling: "x")
    write(policy, "one")
    write(policy, "two")
    assert policy.requests == ["one", "two"]
