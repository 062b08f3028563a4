"""What a span asks for: its marks, how it is sampled and bounded, and how its text is read.

Reading never fails: a span that never closes, is empty, repeats its header or runs on past its end gives the text that
stands before the first mark that does not belong there, possibly "". An empty action goes to the environment like any
other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sge_agent.prompts import COMPACT, MARKDOWN, THINK, UI, Marks, Prompts
from sge_agent.types import SamplingParams


@dataclass(frozen=True, slots=True)
class StrategyHead:
    """The strategy span: sampled hot, ended by a stop mark or by its token limit.

    ``forced`` puts the header into the model's mouth; without it the model has to write the header itself.
    """

    marks: Marks
    temperature: float = 1.2
    max_tokens: int = 512
    top_p: float = 1.0
    forced: bool = True

    @property
    def sampling(self) -> SamplingParams:
        return SamplingParams(self.temperature, self.max_tokens, self.top_p, self.marks.stop)

    def parse(self, text: str) -> str:
        """The strategy in ``text`` (what the model wrote after the header), "" if it wrote none."""
        return _body(text, self.marks, self.forced)


@dataclass(frozen=True, slots=True)
class ActionHead:
    """The action span, and all other reasoning with it: sampled cold.

    ``forced`` puts the header into the model's mouth, so that the action follows at once. Without it the model may
    reason first and writes the header itself; a text without any header is then taken whole. ``multiline`` keeps
    actions of several lines (programs); else the first line that is not blank is the action.
    """

    marks: Marks
    temperature: float = 0.7
    max_tokens: int = 512
    top_p: float = 1.0
    forced: bool = True
    multiline: bool = False

    @property
    def sampling(self) -> SamplingParams:
        return SamplingParams(self.temperature, self.max_tokens, self.top_p, self.marks.stop)

    def parse(self, text: str) -> str:
        """The action in ``text`` (what the model wrote), "" if it wrote none."""
        body = _body(text, self.marks, self.forced)
        return body if self.multiline else next((line.strip() for line in body.splitlines() if line.strip()), "")


class Heads(NamedTuple):
    """The two heads of one family."""

    strategy: StrategyHead
    action: ActionHead


def coding(prompts: Prompts = MARKDOWN) -> Heads:
    """The paper's values for programming tasks: 2,048 tokens a turn, of which 512 for the strategy (our split)."""
    return Heads(
        StrategyHead(prompts.strategy, temperature=1.2, max_tokens=512),
        ActionHead(prompts.action, temperature=0.7, max_tokens=1536, multiline=True),
    )


def ui(prompts: Prompts = UI) -> Heads:
    """The paper's values for user interfaces: 564 tokens a turn, of which 256 for the strategy (our split)."""
    return Heads(
        StrategyHead(prompts.strategy, temperature=1.2, max_tokens=256),
        ActionHead(prompts.action, temperature=0.7, max_tokens=308),
    )


def langr(prompts: Prompts = MARKDOWN) -> Heads:
    """The paper's values for household text with skills as actions: 520 tokens a turn, of which 392 for the strategy
    (our split).
    """
    return Heads(
        StrategyHead(prompts.strategy, temperature=1.0, max_tokens=392),
        ActionHead(prompts.action, temperature=0.6, max_tokens=128),
    )


def tools(prompts: Prompts = THINK) -> Heads:
    """The paper's values for tool APIs: 768 tokens a turn, of which 512 for the thinking block (our split)."""
    return Heads(
        StrategyHead(prompts.strategy, temperature=1.2, max_tokens=512),
        ActionHead(prompts.action, temperature=0.7, max_tokens=256),
    )


def household(prompts: Prompts = COMPACT) -> Heads:
    """ALFWorld with a small model (not in the paper): the paper's usual temperatures, short lines."""
    return Heads(
        StrategyHead(prompts.strategy, temperature=1.2, max_tokens=48),
        ActionHead(prompts.action, temperature=0.7, max_tokens=48),
    )


def _body(text: str, marks: Marks, forced: bool) -> str:
    label = marks.header.strip()
    if not forced and label in text:  # what stands before the model's own header is reasoning
        text = text.split(label, 1)[1]
    body = _until(text, marks.stop).strip()
    while label and body.startswith(label):  # the model repeated the header that it had been given
        body = body[len(label) :].lstrip()
    return _until(body, (label,)).strip()


def _until(text: str, marks: tuple[str, ...]) -> str:
    return text[: min((at for mark in marks if mark and (at := text.find(mark)) >= 0), default=len(text))]
