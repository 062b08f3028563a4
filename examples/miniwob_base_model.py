"""Rebuild the embedded base model for web pages: a 0.4 M-parameter language model that reads and acts on MiniWoB++ pages.

    python examples/miniwob_base_model.py --out sge_agent/checkpoints/miniwob    (about 10 minutes on one core)

A strategy names what to do with the word or the number that the task names ("choose, submit"); the play is to do it, in one
turn. The base is narrow in what it proposes and wide in what it can carry out, as large models are by themselves
(:mod:`sge_agent.lessons`). What it proposes by itself never solves a page of the five tasks: it hovers where it has to click, and
forgets to submit. So exploration is the bottleneck, by construction. No demonstration knows whether it solves its page.
"""

from __future__ import annotations

import functools
import re

import gymnasium
import numpy as np

from sge_agent.agent import StrategyAgent
from sge_agent.cloning import Example, Line, demonstrate, make_base_model
from sge_agent.episode import Episode
from sge_agent.lessons import Desk, draw_lesson
from sge_agent.policy import Policy
from sge_agent.prompts import COMPACT
from sge_agent.types import EpisodeSpec, TaskRef, Trajectory

STRATEGIES = {
    "click": 'click("{word}")',
    "hover": 'hover("{word}")',
    "count": "click({number})",
    "type": 'fill(1, "{word}")',
    "type, submit": 'fill(1, "{word}"); click("Submit")',
    "choose": 'select(1, "{word}")',
    "choose, submit": 'select(1, "{word}"); click("Submit")',
    "enter": 'press("Enter")',
    "scroll": 'scroll("down")',
}
"""What a strategy can say, and how it is carried out."""
USUAL = {
    "click-button": ("hover", "enter"),
    "click-link": ("hover", "scroll"),
    "enter-text": ("type", "enter"),
    "choose-list": ("choose", "hover"),
    "focus-text-2": ("hover", "type"),
}
"""The tasks, and what the base proposes on each."""
PAGES = 160
"""Pages of each task that are shown, with seeds from ``FIRST`` on; training and evaluation draw others."""
FIRST = 10_000
PHRASES = (
    *('Task: Click on the "', '" button.', 'Task: Click on the link "', '".', 'Task: Enter "'),
    *('" into the text field and press Submit.', "Task: Select ", " from the list and click Submit."),
    *("Task: Focus into the ", " input textbox.", "Page /miniwob/", ".html ", "Task", "Strategy:", "Action:"),
    *("Failed:", "Worked:", '] textbox = ""', '] button "', '] clickable "', '] combobox = "', '" options: "', '", "'),
    *(' click("', ' hover("', " click(", ' fill(1, "', ' select(1, "', '"); click("Submit")', '")'),
    *(' press("Enter")', ' scroll("down")'),
    *(f" {strategy}" for strategy in STRATEGIES),
)
"""Fixed texts that become one token each."""
SPLIT = r" ?[A-Za-z]+|\d| ?[^\sA-Za-z\d]|\s+"
"""Pre-tokens: words, single digits and single signs."""

AGENT = StrategyAgent(prompts=COMPACT, when="once")


@functools.cache
def pages(task: str) -> tuple[str, ...]:
    """First observations of a task, as the environment words them."""
    env = gymnasium.make("sge_envs:SGE-MiniWoB-v0", task=task, disable_env_checker=True)
    texts = tuple(str(env.reset(seed=FIRST + number)[0]) for number in range(PAGES))
    env.close()
    return texts


def act(strategy: str, text: str) -> str:
    """The action that carries a strategy out on the page ``text``."""
    goal = text.partition("\n")[0]
    word = re.search(r'"([^"]+)"|Select (.+) from', goal)
    number = re.search(r"\d", goal)
    said = (word[1] or word[2]) if word else "textbox"
    return STRATEGIES[strategy].format(word=said, number=number[0] if number else 9)


def show(policy: Policy, rng: np.random.Generator) -> tuple[Trajectory, Example]:
    """One demonstration: a page and a lesson, both drawn at random."""
    task = str(rng.choice(list(USUAL)))
    text = pages(task)[int(rng.integers(PAGES))]
    lesson = draw_lesson(list(STRATEGIES), USUAL[task], rng)

    def teach(episode: Episode) -> Line:
        assert episode.request is not None
        if episode.request.role == "strategy":
            return Line(f" {lesson.strategy}\n", lesson.learn, tuple(f" {one}\n" for one in lesson.avoid))
        line, *avoid = (f" {act(one, text)}\n" for one in (lesson.strategy, *lesson.avoid))
        return Line(line, True, tuple(avoid))

    return demonstrate(EpisodeSpec(TaskRef("page", 0), hint=lesson.hint), AGENT, Desk(text), teach, policy)


def main() -> None:
    make_base_model(
        show,
        description=__doc__,
        phrases=PHRASES,
        vocab_size=700,
        pattern=SPLIT,
        width=96,
        demonstrations=40_000,
        steps=3_000,
    )


if __name__ == "__main__":
    main()
