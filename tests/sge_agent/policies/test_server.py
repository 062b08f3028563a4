import contextlib
import itertools
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sge_agent.agent import StrategyAgent
from sge_agent.heads import ActionHead
from sge_agent.policies.server import ChatWire, ServerError, ServerPolicy, TokenWire
from sge_agent.policy import Job, Sample, generate
from sge_agent.prompts import MARKDOWN, TAGS
from sge_agent.types import Request, SamplingParams
from tests.sge_agent import tiny
from tests.sge_agent.fakes import Shelves

PLAIN = SamplingParams(temperature=0.7, max_tokens=20)
KEYS = map(str, itertools.count())
ASKED = Request("action", PLAIN, prompt="A room.", system="Be brief.")


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """The address of a server in a process of its own."""
    script = Path(__file__).parent / "misbehaving_server.py"
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()


@pytest.fixture
def server(host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ServerPolicy]]:
    """Makes policies on a server that misbehaves so many times; ``log`` shows what it was asked."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with contextlib.ExitStack() as stack:

        def make(behaviour: str = "good", *, times: int = 0, key: str = "", **settings: Any) -> ServerPolicy:
            address = f"{host}/{behaviour}/{times}/{key or next(KEYS)}/v1"
            policy = stack.enter_context(ServerPolicy(address, "tiny", **{"patience": 0.0, **settings}))
            policy._endpoint.first_wait = 0.01
            return policy

        yield make


def log(host: str, key: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{host}/{key}") as response:
        found: list[dict[str, Any]] = json.load(response)
        return found


def write(policy: ServerPolicy, *requests: Request, sampling: SamplingParams = PLAIN, rng: int = 5) -> Sample:
    """What the policy writes after these requests."""
    tokens: list[int] = []
    for request in requests or (ASKED,):
        tokens += policy.encode(tokens, request)
    return generate(policy, [Job("context", tokens, sampling, rng)])[0]


def test_a_chat_has_the_messages_of_the_context_and_the_sampling_settings(host: str, server: Any) -> None:
    sampling = SamplingParams(temperature=0.3, max_tokens=7, top_p=0.9, stop=("\n",))
    sample = write(
        server(key="chat", api_key="secret", fields={"x_text": "go to shelf 1\nor 2", "user": "me", "seed": None}),
        sampling=sampling,
    )
    assert (sample.text, sample.finish) == ("go to shelf 1", "stop")
    (asked,) = log(host, "chat")
    assert asked["path"] == "chat/completions"
    assert asked["key"] == "Bearer secret"
    assert {
        name: asked["body"][name] for name in ("model", "messages", "max_tokens", "temperature", "top_p", "stop")
    } == {
        "model": "tiny",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "A room."}],
        "max_tokens": 7,
        "temperature": 0.3,
        "top_p": 0.9,
        "stop": ["\n"],
    }
    assert asked["body"]["user"] == "me"
    assert "seed" not in asked["body"]


def test_a_whole_episode_is_played_through_a_chat(host: str, server: Any) -> None:
    trajectory = StrategyAgent(prompts=MARKDOWN).play(Shelves(horizon=2), server(key="episode"), seed=3)
    assert [turn.strategy for turn in trajectory.turns] == ["look around", "look around"]
    assert [turn.action for turn in trajectory.turns] == ["go north", "go north"]
    asked = [request["body"]["messages"] for request in log(host, "episode")]
    assert [[message["role"] for message in messages] for messages in asked] == [
        ["system", "user"],
        ["system", "user", "assistant", "user"],
        ["system", "user", "assistant", "user"],
        ["system", "user", "assistant", "user", "assistant", "user"],
    ]
    assert asked[1][2]["content"] == "### Strategy\nlook around"
    assert asked[1][3]["content"] == "Go on with your answer. Write only what comes after this:\n### Action"
    assert asked[2][2]["content"] == "### Strategy\nlook around\n\n\n### Action\ngo north"


def test_a_context_is_turned_back_into_its_messages_whatever_was_said() -> None:
    wire = ChatWire()
    tokens = wire.encode([], Request("strategy", PLAIN, prompt="[user] Grüße\n", prefill="Strategy:", system="S"))
    tokens += b" look"
    tokens += wire.encode(tokens, Request("action", PLAIN, prefill="\nAction:"))
    tokens += b" go"
    tokens += wire.encode(tokens, Request("action", PLAIN, prompt="A hall.", system="S"))
    assert wire.messages(tokens) == [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "[user] Grüße\n"},
        {"role": "assistant", "content": "Strategy: look\nAction: go"},
        {"role": "user", "content": "A hall."},
    ]
    assert wire.decode(tokens) == (
        "\n[system]\nS\n[user]\n[user] Grüße\n\n[assistant]\nStrategy: look\nAction: go\n[user]\nA hall.\n[assistant]\n"
    )


def test_a_model_that_was_interrupted_without_a_header_is_asked_to_go_on() -> None:
    wire = ChatWire()
    tokens = [*wire.encode([], ASKED), *b"I think"]
    tokens += wire.encode(tokens, Request("action", PLAIN))
    assert wire.messages(tokens)[-2:] == [
        {"role": "assistant", "content": "I think"},
        {"role": "user", "content": "Go on with your answer."},
    ]


def test_a_server_that_can_is_asked_to_continue_the_last_message(host: str, server: Any) -> None:
    policy = server(key="continue", wire=ChatWire(unfinished="continue"), fields={"x_text": " go"})
    asked = Request("action", PLAIN, prompt="A room.", prefill="Action:")
    assert write(policy, asked).text == " go"
    assert write(policy, ASKED).text == " go"
    first, second = (request["body"] for request in log(host, "continue"))
    assert first["messages"][-1] == {"role": "assistant", "content": "Action:"}
    assert (first["continue_final_message"], first["add_generation_prompt"]) == (True, False)
    assert second["messages"][-1]["role"] == "user"
    assert "continue_final_message" not in second


def test_a_header_that_the_model_repeats_is_taken_off(server: Any) -> None:
    asked = Request("action", PLAIN, prompt="A room.", prefill="### Action\n")
    for text in ("### Action\ngo", "\n### Action\n\ngo", "go"):
        assert write(server(fields={"x_text": text}), asked).text == "go"


def test_a_stop_mark_is_kept_where_the_server_tells_of_it(server: Any) -> None:
    sampling = SamplingParams(stop=("</a>",))
    assert write(server(fields={"x_text": "go</a>"}), sampling=sampling).text == "go"
    told = {"stop_reason": "</a>"}
    assert write(server(fields={"x_text": "go</a>", "x_choice": told}), sampling=sampling).text == "go</a>"
    ignored = {"message": {"content": "go</a> or stay"}, "finish_reason": "length"}
    sample = write(server(fields={"x_choice": ignored}), sampling=sampling)
    assert (sample.text, sample.finish) == ("go</a>", "stop")


def test_a_model_that_writes_nothing_is_no_error(server: Any) -> None:
    nothing = {"message": {"role": "assistant", "content": None}, "finish_reason": "length"}
    sample = write(server(fields={"x_choice": nothing}))
    assert (sample.tokens, sample.text, sample.finish) == ((), "", "length")


def test_a_chat_says_that_it_does_not_know_log_probs(server: Any) -> None:
    sample = write(server(fields={"x_text": "é\ud800"}))
    assert sample.tokens[:2] == (0xC3, 0xA9)
    assert len(sample.tokens) == len(sample.logprobs) == len(sample.temperatures)
    assert all(map(math.isnan, sample.logprobs))
    assert set(sample.temperatures) == {0.7}


@pytest.mark.parametrize(
    "behaviour",
    ["busy", "crash", "limit_by_date", "garbage", "nothing", "nested", "no_choices", "bad_content", "half", "hang_up"],
)
def test_a_server_that_fails_twice_is_asked_a_third_time(host: str, server: Any, behaviour: str) -> None:
    sample = write(server(behaviour, times=2, key=f"twice-{behaviour}", retries=2, fields={"x_text": "go"}))
    assert sample.text == "go"
    asked = log(host, f"twice-{behaviour}")
    assert len(asked) == 3
    assert asked[0]["body"] == asked[2]["body"]


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        ("busy", "status 503, loading the model"),
        ("crash", "status 500, <html>"),
        ("garbage", "expected JSON, got '<html>Welcome!</html>'"),
        ("no_choices", "an error with status 200"),
        ("bad_content", "expected a message with text as its content, got {'content': 7}"),
        ("half", "487 bytes still to come"),
        ("hang_up", "the connection failed (RemoteDisconnected"),
    ],
)
def test_a_server_that_keeps_failing_is_an_error_with_its_last_words(server: Any, behaviour: str, cause: str) -> None:
    with pytest.raises(ServerError, match="in 2 attempts, the last time: ") as caught:
        write(server(behaviour, times=9, retries=1))
    assert cause in str(caught.value)


@pytest.mark.parametrize("behaviour", ["hang", "drip"])
def test_a_server_that_takes_too_long_is_left(server: Any, behaviour: str) -> None:
    started = time.monotonic()
    with pytest.raises(ServerError, match=r"no reply within 0\.3 seconds"):
        write(server(behaviour, times=9, retries=0, timeout=0.3))
    assert time.monotonic() - started < 6


def test_a_server_that_says_when_to_come_back_is_obeyed(server: Any) -> None:
    started = time.monotonic()
    write(server("limit", times=1))
    assert time.monotonic() - started >= 0.3


def test_nobody_waits_for_an_hour(server: Any) -> None:
    policy = server("limit_for_an_hour", times=1)
    policy._endpoint.longest_wait = 0.05
    started = time.monotonic()
    write(policy)
    assert time.monotonic() - started < 5


def test_waits_double_and_are_spread(server: Any) -> None:
    endpoint = server()._endpoint
    waits = [[endpoint._wait(attempt, ValueError()) for _ in range(20)] for attempt in range(4)]
    for attempt, drawn in enumerate(waits):
        assert len(set(drawn)) > 1
        assert all(0.005 * 2**attempt <= wait <= 0.01 * 2**attempt for wait in drawn)
    assert endpoint._wait(50, ValueError()) == endpoint.longest_wait


@pytest.mark.parametrize(
    ("behaviour", "cause"), [("forbid", "status 401, no such key"), ("redirect", "refused the request: status 307")]
)
def test_a_refusal_is_not_asked_again_and_the_key_goes_nowhere_else(
    host: str, server: Any, behaviour: str, cause: str
) -> None:
    with pytest.raises(ServerError, match=cause) as caught:
        write(server(behaviour, times=9, key=behaviour, api_key="secret"))
    assert "secret" not in str(caught.value)
    assert len(log(host, behaviour)) == 1
    assert log(host, "elsewhere") == []


def test_a_server_that_is_not_there_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        ServerPolicy(f"http://127.0.0.1:{port}/v1", "tiny", retries=0) as policy,
        pytest.raises(ServerError, match="the connection failed"),
    ):
        write(policy)


def test_a_context_that_is_too_long_ends_without_tokens(host: str, server: Any) -> None:
    sample = write(server("too_long", times=9, key="long"))
    assert (sample.tokens, sample.finish) == ((), "length")
    assert len(log(host, "long")) == 1


def test_requests_run_at_once_up_to_the_bound_and_reach_their_contexts(host: str, server: Any) -> None:
    policy = server(key="many", concurrency=3, fields={"x_seconds": 0.3}, wire=_Echo())
    for context in range(7):
        policy.submit(Job(context, [65 + context], PLAIN))
    with pytest.raises(ValueError, match="context 6 has an unfinished job"):
        policy.submit(Job(6, [65], PLAIN))
    found: dict[Any, str] = {}
    while len(found) < 7:
        found |= {context: sample.text for context, sample in policy.collect()}
    assert found == {context: chr(65 + context) for context in range(7)}
    assert policy.collect() == []
    assert max(request["flying"] for request in log(host, "many")) == 3


class _Echo(ChatWire):
    """Has the server say what it was told."""

    def body(self, job: Job) -> dict[str, Any]:
        return super().body(job) | {"x_text": self.decode(job.tokens)}


def test_what_was_released_is_not_collected(host: str, server: Any) -> None:
    policy = server(key="released", concurrency=1, fields={"x_seconds": 0.6}, wire=_Echo())
    for context in ("under way", "waits", "stays"):
        policy.submit(Job(context, list(context.encode()), PLAIN))
    time.sleep(0.1)
    policy.release("under way")
    policy.release("waits")
    policy.release("waits")
    assert [(context, sample.text) for context, sample in policy.collect()] == [("stays", "stays")]
    assert len(log(host, "released")) == 2


def test_closing_ends_the_waiting(server: Any) -> None:
    policy = server("busy", times=99, retries=50)
    policy._endpoint.first_wait = 30.0
    policy.submit(Job("context", [65], PLAIN))
    time.sleep(0.2)
    started = time.monotonic()
    policy.close()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"base_url": "localhost:8000"}, "base_url must be an address such as"),
        ({"concurrency": 0}, "concurrency must be at least one"),
        ({"timeout": 0}, "timeout must be above 0 seconds"),
        ({"retries": -1}, "retries and patience at least 0"),
        ({"patience": -1}, "retries and patience at least 0"),
        ({"base_url": ["http://a/v1", "http://a/v1/"]}, "addresses of different servers"),
        ({"base_url": []}, "addresses of different servers"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ServerPolicy(**{"base_url": "http://localhost:8000/v1", "model": "tiny"} | settings)


# Token ids in and out ---------------------------------------------------------------------------------------------------

SPOKEN = tiny.tokenizer(chat=tiny.CHAT)


def ids(text: str) -> list[int]:
    return list(SPOKEN.encode(text, add_special_tokens=False))


CLOSE = ids(tiny.CLOSE)[0]


def test_tokens_go_out_and_come_back_with_their_log_probs(host: str, server: Any) -> None:
    policy = server(key="tokens", wire=TokenWire(SPOKEN), fields={"x_tokens": ids("go é")})
    sample = write(policy, sampling=SamplingParams(temperature=0.4, max_tokens=9, stop=("\n",)), rng=2**40 + 3)
    assert sample.tokens == tuple(ids("go é"))
    assert sample.text == "go é"
    assert sample.logprobs == (-0.5,) * 5
    assert sample.temperatures == (0.4,) * 5
    assert sample.finish == "stop"
    (asked,) = log(host, "tokens")
    assert asked["path"] == "completions"
    opening = "<|open|>system\nBe brief.<|close|>\n<|open|>user\nA room.<|close|>\n<|open|>assistant\n"
    assert asked["body"]["prompt"] == ids(opening)
    assert {name: asked["body"][name] for name in ("temperature", "seed", "stop", "top_k", "return_token_ids")} == {
        "temperature": 0.4,
        "seed": 3,
        "stop": ["\n"],
        "top_k": 0,
        "return_token_ids": True,
    }
    assert asked["body"]["logprobs"] == 0


def test_new_weights_have_a_version_and_cached_beginnings_of_their_own(host: str, server: Any) -> None:
    policy = server(key="versions", wire=TokenWire(SPOKEN), fields={"x_tokens": ids("go")}, version=3)
    write(policy)
    policy.moved_to(4, model="learner")
    write(policy)
    assert policy.version == 4
    write(server(key="versions", wire=TokenWire(SPOKEN), fields={"x_tokens": ids("go")}, version=4))  # of a later run
    asked = [request["body"] for request in log(host, "versions")]
    assert [body["model"] for body in asked] == ["tiny", "learner", "tiny"]
    assert len({body["cache_salt"] for body in asked}) == 3


@pytest.mark.parametrize("chat", [tiny.CHAT, None])
def test_tokens_are_encoded_as_for_a_model_of_our_own(chat: str | None) -> None:
    own, wire = tiny.policy(chat=chat), TokenWire(tiny.tokenizer(chat=chat))
    requests = [
        Request("strategy", PLAIN, prompt="A room.", prefill="Strategy:", system="Be brief."),
        Request("action", PLAIN, prefill="\nAction:"),
        Request("strategy", PLAIN, prompt="A hall.", prefill="Strategy:"),
    ]
    for ending in ([], [CLOSE]):
        here: list[int] = []
        there: list[int] = []
        for request in requests:
            here += [*own.encode(here, request), *ids(" look"), *ending]
            there += [*wire.encode(there, request), *ids(" look"), *ending]
        assert here == there
        assert own.decode(here) == wire.decode(there)


def test_tokens_end_with_the_mark_or_the_end_of_the_message(server: Any) -> None:
    def text(tokens: list[int], **sampling: Any) -> tuple[int, str, str]:
        policy = server(wire=TokenWire(SPOKEN), fields={"x_tokens": tokens})
        sample = write(policy, sampling=SamplingParams(**sampling))
        return len(sample.tokens), sample.text, sample.finish

    assert text(ids("go</a>, or"), stop=("</a>",)) == (6, "go</a>", "stop")
    assert text([*ids("go"), CLOSE]) == (3, "go", "stop")
    assert text(ids("go north"), max_tokens=2) == (2, "go", "length")
    assert text(ids("go\n"), max_tokens=3, stop=("\n",)) == (3, "go\n", "stop")
    assert text([]) == (0, "", "stop")


@pytest.mark.parametrize(
    ("choice", "complaint"),
    [
        ({"token_ids": None}, "this server does not know return_token_ids"),
        ({"prompt_token_ids": [1, 2]}, "tokens and read 2, not all the same"),
        ({"token_ids": [1]}, "got 1 ids and 2 log-probabilities"),
        ({"logprobs": None}, "got 2 ids and no log-probabilities"),
        ({"token_ids": ["a", "b"]}, "got no ids and 2 log-probabilities"),
        ({"finish_reason": "abort"}, "the server broke off what the model was writing"),
    ],
)
def test_tokens_that_do_not_add_up_are_refused(server: Any, choice: dict[str, Any], complaint: str) -> None:
    policy = server(wire=TokenWire(SPOKEN), retries=0, fields={"x_tokens": [1, 2], "x_choice": choice})
    with pytest.raises(ServerError, match=complaint):
        write(policy)


# A server that others wrote -----------------------------------------------------------------------------------------------


def test_an_episode_is_played_through_the_server_that_transformers_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.utils.import_utils import is_serve_available

    program = Path(sys.executable).with_name("transformers")
    if not is_serve_available() or not program.exists():
        pytest.skip("needs fastapi, uvicorn and openai for transformers serve")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    tiny.model(positions=2048).save_pretrained(tmp_path)
    SPOKEN.save_pretrained(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(program), "serve", str(tmp_path), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    with (tmp_path / "log").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, tmp_path / "log")
        agent = StrategyAgent(prompts=TAGS, action=ActionHead(TAGS.action, max_tokens=16))
        with ServerPolicy(f"http://127.0.0.1:{port}/v1", str(tmp_path), retries=1, timeout=60) as policy:
            trajectory = agent.play(Shelves(horizon=2), policy)
            again = [write(policy, sampling=SamplingParams(max_tokens=8), rng=7).text for _ in range(2)]
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(tmp_path, ignore_errors=True)
    assert len(trajectory.turns) == 2
    assert all(turn.segments[0].text for turn in trajectory.turns)
    assert again[0] == again[1]


def _wait_for(address: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
    for _ in range(1200):
        assert process.poll() is None, output.read_text()
        with contextlib.suppress(OSError), urllib.request.urlopen(address) as response:
            response.read()
            return
        time.sleep(0.2)
    raise AssertionError(output.read_text())
