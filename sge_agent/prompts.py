"""What the agent says to the model, as plain strings: a set of templates per way of marking a strategy and an action.

A message is put together from blocks (goal, observation, hint, possible actions, request) by the three layouts
``first``, ``later`` and ``resumed``; a block with nothing to say is empty, so no layout has to ask. Change a set with
``dataclasses.replace(MARKDOWN, system="...")``. Literal braces in a template are doubled, as in :meth:`str.format`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Marks:
    """How a span is marked: ``header`` is put into the model's mouth, any of ``stop`` ends the span and is part of it.

    A span that no stop mark ended gets ``close`` put after it, if its message goes on. In a message that goes on, a
    header is completed where the stop mark already began it.
    """

    header: str
    stop: tuple[str, ...]
    close: str = ""

    def closed(self, text: str) -> bool:
        """Did a stop mark end the span?"""
        return any(mark in text for mark in self.stop)

    def rest(self, text: str) -> str | None:
        """What is missing of the header when ``text`` ends with its beginning; None when it does not."""
        sizes = range(len(self.header), 0, -1)
        return next((self.header[size:] for size in sizes if text.endswith(self.header[:size])), None)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier episode as it is shown again: its strategies in order, and what the environment said at its end."""

    strategies: tuple[str, ...]
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Reflection:
    """The templates of a hint: ``failed`` and ``worked`` with ``{attempts}``, each ``attempt`` with its parts."""

    failed: str
    worked: str
    attempt: str  # holds {strategies} and {feedback}
    then: str  # joins the strategies of one attempt
    feedback: str = ""  # holds {feedback}; "" never shows any

    def render(self, *, failures: Sequence[Attempt] = (), successes: Sequence[Attempt] = ()) -> str:
        """The hint block: failed attempts first, then those that worked; "" when there are none."""
        parts = ((self.failed, failures), (self.worked, successes))
        return "".join(t.format(attempts="".join(map(self._attempt, shown))) for t, shown in parts if shown)

    def _attempt(self, attempt: Attempt) -> str:
        feedback = self.feedback.format(feedback=attempt.feedback.strip()) if attempt.feedback.strip() else ""
        # One line per strategy, whatever the model wrote: a hint must not contain what looks like a header.
        strategies = self.then.join(" ".join(s.split()) for s in attempt.strategies)
        return self.attempt.format(strategies=strategies, feedback=feedback)


@dataclass(frozen=True, slots=True)
class Prompts:
    """One consistent set of templates and marks."""

    strategy: Marks
    action: Marks
    reflection: Reflection

    system: str = ""
    separator: str = ""
    """Between a closed span and the next header in the same message."""
    unfinished: str = ""
    """Put before a prompt when the model's last text does not end its line: for formats that are one running text."""

    goal: str = ""
    """Block with ``{goal}``; left out where the environment names none."""
    observation: str = "{observation}\n"
    actions: str = ""
    """Block with ``{actions}``, the admissible actions, each rendered by ``action_item``."""
    action_item: str = "- {action}\n"
    past: str = ""
    """Block of a windowed history with ``{turns}``, each rendered by ``past_turn``."""
    past_turn: str = ""
    """``{observation}``, ``{strategy}`` and ``{action}`` of a turn that is retold."""
    earlier: str = ""
    """Block with ``{strategies}`` that fell out of a windowed history, each rendered by ``earlier_item``."""
    earlier_item: str = "- {strategy}\n"

    ask_strategy: str = ""
    """Closes a message that asks for a strategy and then an action."""
    ask_action: str = ""
    """Closes a message that asks for an action alone."""
    ask_action_first: str = ""
    """Closes a message that asks for an action and then the strategy behind it."""

    first: str = "{goal}{observation}{hint}{actions}{ask}"
    """Layout of an episode's first message."""
    later: str = "{observation}{actions}{ask}"
    """Layout of every further message."""
    resumed: str = "{goal}{hint}{earlier}{past}{observation}{actions}{ask}"
    """Layout of the first message of a further context; ``{start}`` is the episode's first observation."""


_CRITIQUE = (
    "You have tried this task before and failed. These were your strategies, in the order of the turns:\n{attempts}"
    "Work out what was wrong with them, and write a strategy that does better.\n\n"
)
_DIFFERENT = (
    "You have tried this task before and failed. These were your strategies, in the order of the turns:\n{attempts}"
    "Try something different this time.\n\n"
)
_INSPIRED = (
    "You have solved this task before. These were your strategies, in the order of the turns:\n{attempts}"
    "Write a new strategy that is inspired by them.\n\n"
)
_IN_WORDS = Reflection(
    failed=_CRITIQUE,
    worked=_INSPIRED,
    attempt="- {strategies}\n{feedback}",
    then="\n  then: ",
    feedback="  Feedback: {feedback}\n",
)
_SYSTEM = (
    "You act in an environment that answers each of your actions with a new observation. Before you act you settle on "
    "a strategy: a few words on how you mean to reach the goal from here, not a list of actions."
)

MARKDOWN = Prompts(
    strategy=Marks(header="### Strategy\n", stop=("\n###",)),
    action=Marks(header="### Action\n", stop=("\n###",)),
    reflection=_IN_WORDS,
    system=_SYSTEM,
    separator="\n\n",
    goal="Task: {goal}\n\n",
    observation="{observation}\n\n",
    actions="Possible actions:\n{actions}\n",
    past="The last turns:\n\n{turns}",
    past_turn="{observation}\nYour strategy: {strategy}\nYour action: {action}\n\n",
    earlier="Strategies that you followed before:\n{strategies}\n",
    ask_strategy=(
        'Answer in two parts: under "### Strategy" one concise strategy, and under "### Action" the next action, alone.'
    ),
    ask_action='Answer with the next action, alone, under "### Action".',
    ask_action_first=(
        'Answer in two parts: under "### Action" the next action, alone, and under "### Strategy" the strategy '
        "behind it."
    ),
)
"""Headed blocks, as the paper uses for code and household tasks. A strategy ends where the next header begins."""

TAGS = replace(
    MARKDOWN,
    strategy=Marks(header="<strategy>", stop=("</strategy>",), close="</strategy>"),
    action=Marks(header="<action>", stop=("</action>",), close="</action>"),
    separator="\n",
    ask_strategy="Answer with one concise <strategy>strategy</strategy>, then with the next <action>action</action>.",
    ask_action="Answer with the next <action>action</action> alone.",
    ask_action_first=(
        "Answer with the next <action>action</action>, then with the <strategy>strategy</strategy> behind it."
    ),
)
"""XML tags."""

UI = replace(TAGS, reflection=replace(_IN_WORDS, failed=_DIFFERENT))
"""Tags, and after a failure the model is only asked for something different, as the paper does for user interfaces."""

THINK = replace(
    MARKDOWN,
    strategy=Marks(header="<think>\n", stop=("</think>",), close="\n</think>"),
    action=Marks(header="Action:", stop=("\n",)),
    separator="\n\n",
    ask_strategy='Think of a strategy first. Then answer with one line, "Action:" and the next action.',
    ask_action='Answer with one line, "Action:" and the next action.',
    ask_action_first='Answer with one line, "Action:" and the next action. Think of the strategy behind it afterwards.',
)
"""For reasoning models: the whole thinking block is the strategy."""

PLAIN = replace(
    MARKDOWN,
    strategy=Marks(header="Strategy:", stop=("\nAction:",), close="\n"),
    action=Marks(header="Action:", stop=("\n",), close="\n"),
    separator="",
    ask_strategy='Answer with "Strategy:" and one concise strategy, then on a new line "Action:" and the next action.',
    ask_action='Answer with "Action:" and the next action.',
    ask_action_first=(
        'Answer with "Action:" and the next action, then on a new line "Strategy:" and the strategy behind it.'
    ),
)
"""Labelled lines."""

COMPACT = Prompts(
    strategy=Marks(header="Strategy:", stop=("\n",), close="\n"),
    action=Marks(header="Action:", stop=("\n",), close="\n"),
    reflection=Reflection(
        failed="Failed:{attempts}\n", worked="Worked:{attempts}\n", attempt=" {strategies};", then=" then "
    ),
    unfinished="\n",
    past="{turns}",
    past_turn="{observation}\nStrategy: {strategy}\nAction: {action}\n",
    resumed="{start}{hint}{past}{observation}",
)
"""One running text without a word of instruction, for a small model that was trained on exactly this form."""
