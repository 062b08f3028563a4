"""How a context travels to a server and what comes back: as token ids, or as the messages of a chat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sge_agent.policies.endpoint import MalformedReply, ServerError
from sge_agent.policies.stops import Stops
from sge_agent.policy import Job, Sample
from sge_agent.types import Request

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from sge_agent.policies.template import Format


class Wire(Protocol):
    """One way to have a context continued. Holds no state of a context: its tokens say everything."""

    path: str
    """Where requests go, below the server's base address."""
    salt: str
    """The field by which the server keeps cached beginnings of different weights apart; empty: it has none."""

    def encode(self, tokens: Sequence[int], request: Request) -> list[int]:
        """See :class:`sge_agent.policy.Policy`."""
        ...

    def decode(self, tokens: Sequence[int]) -> str: ...

    def body(self, job: Job) -> dict[str, Any]:
        """The request for ``job``, without the name of the model."""
        ...

    def read(self, reply: Any, job: Job) -> Sample:
        """What the model wrote. Raises ``MalformedReply``, or ``ServerError`` where asking again would not help."""
        ...


class TokenWire:
    """Token ids in, token ids out, with log-probabilities: ``/v1/completions`` as vLLM serves it.

    Nothing is tokenised twice, and the log-probabilities are those that training needs if the server reports them after
    dividing by the temperature: start vLLM with ``--logprobs-mode processed_logprobs``, and leave ``top_p`` at 1.

    * ``tokenizer``: the served model's own. ``chat``: True writes through its chat template, False as one plain text,
      None through the template where there is one. ``chat_options`` are variables of the template.
    """

    path = "completions"
    salt = "cache_salt"

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        *,
        chat: bool | None = None,
        chat_options: Mapping[str, Any] | None = None,
    ) -> None:
        from sge_agent.policies.template import ChatFormat, PlainFormat

        chat = tokenizer.chat_template is not None if chat is None else chat
        self._tokenizer = tokenizer
        self._format: Format = ChatFormat(tokenizer, options=chat_options) if chat else PlainFormat()
        self._tokenize = lru_cache(maxsize=8192)(self._tokenize_text)
        self._start = () if chat else _first_tokens(tokenizer)
        self._end_of_turn = self._tokenize(self._format.end_of_turn)
        self._ends = {*self._end_of_turn[-1:], tokenizer.eos_token_id}

    def encode(self, tokens: Sequence[int], request: Request) -> list[int]:
        if not tokens:
            opening = self._format.opening(request.system, request.prompt)
            return [*self._start, *self._tokenize(opening + request.prefill)]
        if not request.prompt:
            return list(self._tokenize(request.prefill))
        increment = self._tokenize(self._format.continuation(request.prompt) + request.prefill)
        closed = self._end_of_turn and tokens[-1] == self._end_of_turn[-1]  # by the model itself
        return list(increment[len(self._end_of_turn) :] if closed else increment)

    def decode(self, tokens: Sequence[int]) -> str:
        text = self._tokenizer.decode(list(tokens), skip_special_tokens=False, clean_up_tokenization_spaces=False)
        assert isinstance(text, str)
        return text

    def body(self, job: Job) -> dict[str, Any]:
        sampling = job.sampling
        return {
            "prompt": list(job.tokens),
            "add_special_tokens": False,
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": 0,  # a model's own defaults would cut the vocabulary
            "min_p": 0.0,
            "repetition_penalty": 1.0,
            "seed": _seed(job),
            "stop": list(sampling.stop),
            "include_stop_str_in_output": True,
            "skip_special_tokens": False,
            "logprobs": 0,
            "return_token_ids": True,
        }

    def read(self, reply: Any, job: Job) -> Sample:
        choice = _choice(reply)
        tokens = choice.get("token_ids")
        if tokens is None:
            raise ServerError(
                "expected token ids in the reply, got text alone: this server does not know return_token_ids; "
                "use vLLM, or ChatWire() where the samples are not trained on"
            )
        read = choice.get("prompt_token_ids", reply.get("prompt_token_ids"))
        if isinstance(read, list) and read != list(job.tokens):
            raise ServerError(
                f"the server was sent {len(job.tokens)} tokens and read {len(read)}, not all the same: it must take "
                "token ids as they are"
            )
        logprobs = choice.get("logprobs")
        values = logprobs.get("token_logprobs") if isinstance(logprobs, dict) else None
        ids, values = _numbers(tokens, int), _numbers(values, int, float)
        if ids is None or values is None or len(ids) != len(values):
            raise MalformedReply(
                f"expected one log-probability per token id, got {'no' if ids is None else len(ids)} ids and "
                f"{'no' if values is None else len(values)} log-probabilities"
            )
        count, stopped = self._end(ids, job.sampling.stop)
        kept = tuple(ids[:count])
        return Sample(
            tokens=kept,
            logprobs=tuple(map(float, values[:count])),
            temperatures=(job.sampling.temperature,) * count,
            text=self.decode(kept[:-1] if kept and kept[-1] in self._ends else kept),
            finish="stop" if stopped or choice.get("finish_reason") != "length" else "length",
        )

    def _end(self, tokens: Sequence[int], marks: tuple[str, ...]) -> tuple[int, bool]:
        """How many tokens belong to the span, and whether a mark or an end token ended it.

        A server that writes several tokens at a time may return some beyond the mark.
        """
        stops = Stops(marks, self.decode)
        for count, token in enumerate(tokens, start=1):
            if token in self._ends or stops.ended(tokens[:count]):
                return count, True
        return len(tokens), False

    def _tokenize_text(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False)) if text else ()


_SYSTEM, _USER, _ASSISTANT, _GIVEN = 256, 257, 258, 259  # the tokens that are no bytes
_ROLES = {_SYSTEM: "system", _USER: "user", _ASSISTANT: "assistant"}


class ChatWire:
    """Messages in, text out: ``/v1/chat/completions`` of any server.

    A token is a byte of UTF-8, and four more tokens say where a message begins and where a header is put into the
    model's mouth, so that a context can always be turned back into its messages. Log-probabilities are unknown (NaN):
    what is played this way can be evaluated, looked at and shown as a hint, but not trained on. ``max_tokens`` counts
    the server's tokens, and the stop mark that ended a span is in its text only where the server returns it.

    ``unfinished`` says what to do when the model is to go on in the middle of its own message:

    * "ask" (any server): its words so far are a message, and ``go_on`` asks it for the rest; ``go_on_after`` does where
      a header was put into its mouth (``{given}``). Where the message holds a header alone, it is left out. A header
      that the model then writes itself is taken off.
    * "continue": the server is asked to continue the last message (vLLM, SGLang, llama.cpp, and whoever continues a
      closing message of the assistant).
    """

    path = "chat/completions"
    salt = ""

    def __init__(
        self,
        *,
        unfinished: Literal["ask", "continue"] = "ask",
        go_on: str = "Go on with your answer.",
        go_on_after: str = "Go on with your answer. Write only what comes after this:\n{given}",
    ) -> None:
        self.unfinished = unfinished
        self.go_on = go_on
        self.go_on_after = go_on_after

    def encode(self, tokens: Sequence[int], request: Request) -> list[int]:
        if tokens and not request.prompt:
            return [_GIVEN, *_bytes(request.prefill)]
        system = [_SYSTEM, *_bytes(request.system)] if request.system and not tokens else []
        return [*system, _USER, *_bytes(request.prompt), _ASSISTANT, *_bytes(request.prefill)]

    def decode(self, tokens: Sequence[int]) -> str:
        """The text, with the role in brackets before each message."""
        return "".join(f"\n[{_ROLES[mark]}]\n{text}" if mark in _ROLES else text for mark, text in _pieces(tokens))

    def body(self, job: Job) -> dict[str, Any]:
        sampling = job.sampling
        body: dict[str, Any] = {
            "messages": self.messages(job.tokens),
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": _seed(job),
        }
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if body["messages"][-1]["role"] == "assistant":
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        return body

    def messages(self, tokens: Sequence[int]) -> list[dict[str, str]]:
        """The messages of a context that the model is to continue."""
        messages = _messages(tokens)
        if messages[-1]["role"] != "assistant":
            return messages
        last, given = messages.pop(), _given(tokens)
        said = last["content"].removesuffix(given)
        if self.unfinished == "continue":
            return [*messages, last] if last["content"] else messages
        if not said.strip():
            return messages
        ask = self.go_on_after.format(given=given.strip()) if given.strip() else self.go_on
        return [*messages, {"role": "assistant", "content": said.rstrip()}, {"role": "user", "content": ask}]

    def read(self, reply: Any, job: Job) -> Sample:
        choice = _choice(reply)
        message = choice.get("message")
        text = message.get("content") if isinstance(message, dict) else message
        if not isinstance(message, dict) or not isinstance(text, str | None):
            raise MalformedReply(f"expected a message with text as its content, got {message!r:.200}")
        text = text or ""
        if self.unfinished == "ask":
            text = _without_header(text, _given(job.tokens))
        mark = choice.get("stop_reason")  # vLLM says which mark it took off
        if mark in job.sampling.stop and not text.endswith(mark):
            text += mark
        ends = [at + len(stop) for stop in job.sampling.stop if stop and (at := text.find(stop)) >= 0]
        written = _bytes(text[: min(ends, default=len(text))])
        return Sample(
            tokens=tuple(written),
            logprobs=(math.nan,) * len(written),
            temperatures=(job.sampling.temperature,) * len(written),
            text=self.decode(written),
            finish="length" if choice.get("finish_reason") == "length" and not ends else "stop",
        )


def _pieces(tokens: Sequence[int]) -> list[tuple[int | None, str]]:
    """The context cut where a token is no byte: that token (None at the start) and the text after it."""
    starts = [i for i, token in enumerate(tokens) if token > 255]
    pieces: list[tuple[int | None, str]] = [(None, _text(tokens[: starts[0] if starts else len(tokens)]))]
    for start, end in zip(starts, [*starts[1:], len(tokens)]):
        pieces.append((tokens[start], _text(tokens[start + 1 : end])))
    return pieces if pieces[0][1] or not starts else pieces[1:]


def _messages(tokens: Sequence[int]) -> list[dict[str, str]]:
    messages: list[dict[str, str]] = []
    for mark, text in _pieces(tokens):
        if mark == _GIVEN and messages:
            messages[-1]["content"] += text
        else:
            messages.append({"role": _ROLES.get(mark or _USER, "user"), "content": text})
    return messages


def _given(tokens: Sequence[int]) -> str:
    """What was put into the model's mouth just now: nothing has been sampled after it yet."""
    mark, text = _pieces(tokens)[-1]
    return text if mark in (_ASSISTANT, _GIVEN) else ""


def _without_header(text: str, given: str) -> str:
    header = given.strip()
    body = text.lstrip()
    return body.removeprefix(header).lstrip("\n") if header and body.startswith(header) else text


def _choice(reply: Any) -> Mapping[str, Any]:
    """The first choice of a reply."""
    choices = reply.get("choices") if isinstance(reply, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise MalformedReply(f"expected an object with a list of choices, got {reply!r:.200}")
    if choices[0].get("finish_reason") == "abort":  # vLLM, when it is paused for new weights
        raise MalformedReply("the server broke off what the model was writing")
    return choices[0]


def _numbers(values: Any, *kinds: type) -> list[Any] | None:
    """``values`` if they are a list of numbers of these kinds."""
    return values if isinstance(values, list) and all(type(value) in kinds for value in values) else None


def _seed(job: Job) -> int:
    """The job's random stream as a seed that every server takes."""
    return job.rng % 2**31


def _bytes(text: str) -> list[int]:
    return list(text.encode("utf-8", "surrogatepass"))


def _text(tokens: Sequence[int]) -> str:
    return bytes(tokens).decode("utf-8", "replace")


def _first_tokens(tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """The token that the tokenizer itself puts before a text, if any."""
    bos = tokenizer.bos_token_id
    plain, special = (tokenizer.encode("a", add_special_tokens=flag) for flag in (False, True))
    return (bos,) if bos is not None and special[:1] == [bos] and plain[:1] != [bos] else ()
