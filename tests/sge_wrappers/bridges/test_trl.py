import inspect
from pathlib import Path
from typing import Any

import pytest

from sge_wrappers.bridges.episodes import EpisodeOver
from sge_wrappers.bridges.trl import EnvironmentFactory, TextEnvironment
from tests.sge_wrappers.bridges.examples import run
from tests.sge_wrappers.bridges.household import HOUSEHOLD, plan

FACTORY = EnvironmentFactory(HOUSEHOLD)


def tools(environment: TextEnvironment) -> dict[str, Any]:
    """The tools that TRL finds: its own rule."""
    names = [name for name, _ in inspect.getmembers(type(environment), predicate=inspect.isfunction)]
    return {
        name: getattr(environment, name)
        for name in names
        if name not in ("reset", "get_reward") and not name.startswith("_")
    }


def test_the_only_tool_is_act_and_it_says_how_to_call_it() -> None:
    found = tools(FACTORY())
    assert set(found) == {"act"}
    assert found["act"].__annotations__ == {"action": "str", "return": "str"}
    assert "\n        Args:\n            action: " in found["act"].__doc__


def test_an_episode_through_the_tool_is_worth_what_the_env_gave() -> None:
    environment = FACTORY()
    row = {"split": "easy", "seed": 2}
    for _ in range(2):  # TRL uses an instance again
        assert "Your task is to: " in environment.reset(prompt=[{"role": "user", "content": ""}], answer=None, **row)
        assert environment.get_reward() == 0.0
        for action in plan(row):
            environment.act(action)
        assert environment.get_reward() == 1.0


def test_after_the_end_the_tool_raises() -> None:
    environment = FACTORY()
    environment.reset(seed=0)
    for _ in range(12):
        environment.act("look")
    with pytest.raises(EpisodeOver, match="episode is over"):
        environment.act("look")
    assert environment.get_reward() == 0.0


@pytest.mark.parametrize("action", [None, 3, {"do": "look"}])
def test_a_malformed_action_is_an_observation(action: Any) -> None:
    environment = FACTORY()
    environment.reset(seed=0)
    assert environment.act(action).startswith("The action was not read: ")
    assert environment.act("\0\ud800 go to").startswith("Nothing happens")


def test_an_episode_whose_env_broke_is_worth_nothing_not_zero() -> None:
    environment = FACTORY()
    with pytest.raises(LookupError):
        environment.reset(task_id="no such task")
    assert environment.get_reward() is None


def test_trl_takes_real_steps_on_the_household_games_through_tools(tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="TRL is not installed: pip install 'strategy-guided-exploration[trl]'")
    printed = run("trl_tools.py", "2", folder=tmp_path)
    lines = [line for line in printed.splitlines() if line.startswith("step ")]
    assert len(lines) == 2
    rewards = [float(line.split()[3].rstrip(",")) for line in lines]
    assert all(0.1 < reward < 1.0 for reward in rewards)  # the model really plays: nearly all calls are understood
    assert all(float(line.split()[-1]) > 4 for line in lines)
