"""What is put between the spans that the model writes: plain text, or the increments of a chat template.

Sampled text is never rendered or tokenised again. A chat template is asked to render a stand-in conversation, and
what it puts after the stand-in for the model's last message is the increment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from jinja2.exceptions import TemplateError
from transformers import PreTrainedTokenizerBase

_ASKED, _WRITTEN = "ASKED-7f3a91", "WRITTEN-c04b52"


class Format(Protocol):
    """How requests become text."""

    end_of_turn: str
    """The text that closes the model's message, "" where nothing does."""

    def opening(self, system: str, prompt: str) -> str:
        """The start of a context, up to where the model writes."""
        ...

    def continuation(self, prompt: str) -> str:
        """From the end of what the model wrote (its message still open) to where it writes again."""
        ...


class PlainFormat:
    """Everything is one text: a system text stands apart, and what the model writes begins on a new line."""

    end_of_turn = ""

    def opening(self, system: str, prompt: str) -> str:
        return f"{system}\n\n{_line(prompt)}" if system else _line(prompt)

    def continuation(self, prompt: str) -> str:
        return _line(prompt)


class ChatFormat:
    """The tokenizer's own chat template. Raises ``ValueError`` for one that changes earlier messages when later ones
    arrive.

    ``options`` are variables of the template, such as ``{"enable_thinking": False}``. A template without a system
    role gets the system text at the start of the first prompt.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, options: Mapping[str, Any] | None = None) -> None:
        self._tokenizer = tokenizer
        self._options = dict(options or {})
        self._has_system = self._renders_system()
        asked = [_user(_ASKED)]
        later = self._render([*asked, {"role": "assistant", "content": _WRITTEN}, _user("x")])
        if later.count(_WRITTEN) != 1 or not later.startswith(self._render(asked, answer=False)):
            raise ValueError(
                "expected a chat template that only appends when messages are added, but this one changes what stood "
                "before the model's message; pass chat=False for plain text, or template options that keep it stable"
            )
        after = later[later.index(_WRITTEN) + len(_WRITTEN) :]
        self.end_of_turn = _leading_token(after, tokenizer)
        self.continuation = lru_cache(maxsize=4096)(self._continuation)

    def opening(self, system: str, prompt: str) -> str:
        if not system:
            return self._render([_user(prompt)])
        if self._has_system:
            return self._render([{"role": "system", "content": system}, _user(prompt)])
        return self._render([_user(f"{system}\n\n{prompt}")])

    def _continuation(self, prompt: str) -> str:
        text = self._render([_user(_ASKED), {"role": "assistant", "content": _WRITTEN}, _user(prompt)])
        return text[text.index(_WRITTEN) + len(_WRITTEN) :]

    def _renders_system(self) -> bool:
        try:
            return "SYSTEM-51d2" in self._render([{"role": "system", "content": "SYSTEM-51d2"}, _user(_ASKED)])
        except TemplateError:
            return False

    def _render(self, messages: Sequence[Mapping[str, str]], *, answer: bool = True) -> str:
        text = self._tokenizer.apply_chat_template(
            [dict(m) for m in messages], tokenize=False, add_generation_prompt=answer, **self._options
        )
        assert isinstance(text, str)
        return text


def _user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def _leading_token(text: str, tokenizer: PreTrainedTokenizerBase) -> str:
    """The added token (end of turn, end of text) that ``text`` starts with, "" if it starts with none."""
    added = (token.content for token in tokenizer.added_tokens_decoder.values())
    return max((token for token in added if text.startswith(token)), key=len, default="")


def _line(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
