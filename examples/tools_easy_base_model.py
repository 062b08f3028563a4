"""Rebuild the embedded base model for easy tool tasks: a 0.6 M-parameter language model that works with the tools of a shop.

    python examples/tools_easy_base_model.py --out sge_agent/checkpoints/tools_easy    (about 7 minutes on one core)

A strategy names the tool that does the job ("shop.add_wish"); the play is to find the order or the product, to call that tool on
it, and to finish. The base is narrow in what it proposes and wide in what it can carry out, as large models are by
themselves (:mod:`sge_agent.lessons`): by itself it proposes two tools for each kind of task that look right and are not. So
it about never solves a task of these scenarios: exploration is the bottleneck, by construction. No demonstration knows whether
it solves its task.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np

from sge_agent.agent import StrategyAgent
from sge_agent.cloning import Example, Line, demonstrate, make_base_model
from sge_agent.episode import Episode
from sge_agent.lessons import draw_lesson
from sge_agent.policy import Policy
from sge_agent.prompts import COMPACT
from sge_agent.types import EpisodeSpec, TaskRef, Trajectory
from sge_envs.tools.env import ToolAPIEnv

TOOLS = {
    "shop.order_again": "order_id={id}, account_id=101",
    "shop.change_delivery": "order_id={id}, address_id=1",
    "shop.cancel_order": "order_id={id}",
    "shop.write_review": "product_id={id}, stars=3",
    "shop.set_quantity": "product_id={id}, quantity=1",
    "shop.add_to_cart": "product_id={id}",
    "shop.remove_from_cart": "product_id={id}",
    "shop.add_wish": "product_id={id}",
    "shop.remove_wish": "product_id={id}",
}
"""What a strategy can name, and how each is called on what was found."""
USUAL = {
    "shop.list_orders": ("shop.order_again", "shop.remove_from_cart"),
    "shop.search": ("shop.add_to_cart", "shop.remove_wish"),
}
"""What the base proposes when it has to find something with that tool first."""
SCENARIOS = ("shop.cancel_newest", "shop.cheapest")
CATEGORIES = "audio|books|garden|kitchen|office|sports|toys"
PHRASES = (
    "Task: ",
    "Cancel the newest of my orders that are still processing.",
    "I ordered something by mistake: it is my newest order that is still being processed. Cancel it.",
    *("Put the cheapest product of the category ", " that is in stock on my wish list.", "Find what is in stock in "),
    ", and add the one with the lowest price to my wishes.",
    *(" shop.list_orders(status='processing')", " shop.search(category='"),
    *("', in_stock=True, sort_by='price')", " task.finish()", "The task is over.", "Strategy:", "Action:"),
    *("Failed:", "Worked:", "[... ", " characters left out ...]", '{"total": ', ', "page": 1, "pages": '),
    *(f', "{what}": [{{"id": ' for what in ("orders", "products")),
    *(f'", "{what}": "' for what in ("status", "delivery_date", "brand", "category")),
    *("2024-", "2025-", "2026-", "Error: There is no "),
    *(', "placed_at": "', ', "name": "', '", "items": ', ', "total": ', '"}]}', "}]}", ', "price": '),
    *(', "stock": ', ', "delivery_days": ', 'rating": ', "(order_id=", "(product_id="),
    *(f" {tool}" for tool in TOOLS),
    *map(str, range(100, 1000)),
)
"""Fixed texts that become one token each; the ids of orders and products are among them, since they have to be copied."""
SPLIT = r" ?[A-Za-z]+|\d| ?[^\sA-Za-z\d]|\s+"
"""Pre-tokens: words, single digits and single signs."""

AGENT = StrategyAgent(prompts=COMPACT, when="once")
FIRST, PRACTICE = 10_000, 1_000
"""Seeds of the tasks that are shown; training and evaluation draw theirs from 0 on."""


class Desk:
    """The environment, and what it said last."""

    def __init__(self) -> None:
        self.env = ToolAPIEnv(
            format="text", tools="none", scenarios=SCENARIOS, max_turns=3, max_calls=1, max_result_chars=256
        )
        self.said = ""

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        self.said, info = self.env.reset(seed=seed, options=options)
        return self.said, info

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.said, *rest = self.env.step(action)
        return self.said, *rest

    def close(self) -> None:
        self.env.close()


@functools.cache
def desk() -> Desk:
    return Desk()


def find(goal: str) -> str:
    """The call that lists what the task is about first."""
    if category := re.search(rf"\b({CATEGORIES})\b", goal):
        return f"shop.search(category='{category[1]}', in_stock=True, sort_by='price')"
    return "shop.list_orders(status='processing')"


def show(policy: Policy, rng: np.random.Generator) -> tuple[Trajectory, Example]:
    """One demonstration: a task and a lesson, both drawn at random."""
    seed = FIRST + int(rng.integers(PRACTICE))
    first = find(str(desk().reset(seed=seed)[1]["goal"]))
    lesson = draw_lesson(list(TOOLS), USUAL[first.partition("(")[0]], rng)

    def teach(episode: Episode) -> Line:
        assert episode.request is not None
        if episode.request.role == "strategy":
            return Line(f" {lesson.strategy}\n", lesson.learn, tuple(f" {one}\n" for one in lesson.avoid))
        if episode.turn == 0:
            return Line(f" {first}\n")
        if episode.turn == 1:
            found = re.findall(r'"id": (\d+)', desk().said)[0]
            line, *avoid = (f" {one}({TOOLS[one].format(id=found)})\n" for one in (lesson.strategy, *lesson.avoid))
            return Line(line, True, tuple(avoid))
        return Line(" task.finish()\n")

    return demonstrate(EpisodeSpec(TaskRef("tools", seed), hint=lesson.hint), AGENT, desk(), teach, policy)


def main() -> None:
    make_base_model(
        show,
        description=__doc__,
        phrases=PHRASES,
        vocab_size=560,
        pattern=SPLIT,
        width=112,
        demonstrations=12_000,
        steps=1_300,
    )


if __name__ == "__main__":
    main()
