from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.sge_wrappers.bridges.examples import run
from tests.sge_wrappers.bridges.household import SETTINGS, plan

pytestmark = pytest.mark.filterwarnings("ignore")
ROW = {"split": "easy", "seed": 4}


@pytest.fixture(scope="module")
def gym() -> Any:
    found = pytest.importorskip(
        "skyrl_gym", reason="SkyRL's gym is not installed: pip install 'strategy-guided-exploration[skyrl]'"
    )
    found.register(id="text", entry_point="sge_wrappers.bridges.skyrl:SkyRLTextEnv")
    return found


def test_an_episode_from_its_settings_and_its_row_of_data(gym: Any) -> None:
    env = gym.make("text", env_config=SETTINGS, extras={"extra_info": ROW})
    messages, _ = env.init([{"role": "user", "content": "Play well."}])
    assert [message["role"] for message in messages] == ["system", "user"]
    assert messages[1]["content"].startswith("Play well.\n\n-= Welcome to TextWorld")
    steps = [env.step(f"<strategy>go</strategy><action>{action}</action>") for action in plan(ROW)]
    assert [step["done"] for step in steps] == [False] * (len(steps) - 1) + [True]
    assert [step["reward"] for step in steps] == [0.0] * (len(steps) - 1) + [1.0]
    assert steps[0]["observations"][0]["role"] == "user"
    assert steps[-1]["observations"] == []
    assert steps[-1]["metadata"]["success"] is True
    assert env.get_metrics() == {"success": 1.0, "turns": len(steps), "episode_return": 1.0}
    env.close()


def test_a_systems_own_words_stay_and_no_text_raises(gym: Any) -> None:
    env = gym.make("text", env_config={**SETTINGS, "actions_shown": 3}, extras={"seed": 1})
    messages, _ = env.init([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Go."}])
    assert messages[0]["content"] == "Be brief."
    assert messages[-1]["content"].count("\n- ") == 3
    for text in ("", "<action>", "\0\ud800", "</action><action></action>", "x" * 100_000):
        step = env.step(text)
        assert step["reward"] == 0.0
        assert not step["done"]


def test_every_call_may_come_from_another_thread(gym: Any) -> None:
    env = gym.make("text", env_config=SETTINGS, extras=ROW)
    with ThreadPoolExecutor(1) as first:
        first.submit(env.init, [{"role": "user", "content": ""}]).result()
    for action in plan(ROW):
        with ThreadPoolExecutor(1) as another:
            step = another.submit(env.step, action).result()
    assert step["reward"] == 1.0


def test_the_example_plays(gym: Any, tmp_path: Path) -> None:
    assert "metrics {'success': " in run("skyrl_household.py", folder=tmp_path)
