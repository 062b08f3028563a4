"""What a run gives to a method's hooks."""

from collections.abc import MutableMapping, Sequence
from pathlib import Path

import numpy as np

from sge_agent.exploration.base import Exploration, ExplorationContext, Scored, Shaped
from sge_agent.prompts import COMPACT
from sge_agent.scoring import Scoring
from sge_agent.types import Group, SamplingParams
from tests.sge_agent.exploration.made import context, episode, group
from tests.sge_agent.small_runs import run


def test_a_method_knows_the_agents_words_and_may_ask_the_policy(tmp_path: Path) -> None:
    seen: list[tuple[ExplorationContext, list[str]]] = []

    class Curious(Exploration):
        def observe(
            self, groups: Sequence[Group], metrics: MutableMapping[str, float], ctx: ExplorationContext
        ) -> None:
            assert ctx.ask is not None
            asked = [ctx.ask(["Where to?", "Where to?"], SamplingParams(max_tokens=5)) for _ in range(2)]
            assert asked[0] == asked[1]
            seen.append((ctx, asked[0]))

    run(tmp_path / "run", exploration=Curious(), eval_every=0, eval_episodes=0)
    assert [ctx.update for ctx, _ in seen] == [0, 1]
    assert all(ctx.prompts is COMPACT and len(ctx.tasks) == 3 for ctx, _ in seen)
    answers = [text for _, found in seen for text in found]
    assert len(set(answers)) == 4  # every question has a random stream of its own, and every update too


def test_every_row_has_the_extras_of_all_and_not_a_number_where_nobody_said_anything() -> None:
    past = episode([1.0], start=50)

    class Marks(Exploration):
        def shape(self, groups: Sequence[Group], shaped: Shaped, ctx: ExplorationContext) -> Shaped:
            return shaped.with_extra("ours", [[np.full(len(a), 2.0) for a in own] for own in shaped.advantages])

        def replay(self, ctx: ExplorationContext) -> Sequence[Scored]:
            return [Scored(past, np.ones(2), {"theirs": np.array([3.0, 4.0])}), Scored(past, np.ones(2))]

    rows, _ = Scoring().rows([group(episode([1.0]), episode([0.0]))], Marks(), context())
    found = [(row.extras["ours"].tolist(), row.extras["theirs"].tolist()) for row in rows]
    nothing = [np.nan, np.nan]
    np.testing.assert_equal(
        found,
        [([2.0, 2.0], nothing), ([2.0, 2.0], nothing), (nothing, [3.0, 4.0]), (nothing, nothing)],
    )
