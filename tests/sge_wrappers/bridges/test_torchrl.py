from pathlib import Path
from typing import Any

import pytest

from sge_wrappers.bridges.episodes import task_rows
from tests.sge_wrappers.bridges.examples import run
from tests.sge_wrappers.bridges.household import HOUSEHOLD, SETTINGS

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def bridge() -> Any:
    pytest.importorskip(
        "torchrl", reason="TorchRL is not installed: pip install 'strategy-guided-exploration[torchrl]'"
    )
    from sge_wrappers.bridges import torchrl

    return torchrl


def test_both_forms_pass_check_env_specs(bridge: Any) -> None:
    from torchrl.envs.utils import check_env_specs

    check_env_specs(bridge.text_env(HOUSEHOLD))
    check_env_specs(bridge.menu_env(HOUSEHOLD, actions=40))


def test_texts_go_in_and_come_out_with_what_info_says(bridge: Any) -> None:
    env = bridge.text_env(HOUSEHOLD)
    env.set_seed(3)
    state = env.reset()
    assert "Your task is to: " in state["observation"]
    assert state["goal"]
    action = state["actions"].splitlines()[0]
    state["action"] = action
    after = env.step_mdp(env.step(state))
    assert after["observation"]
    assert after["action_error"] == ""
    after["action"] = "\ud800 fly"
    assert env.step(after)["next"]["action_error"].startswith("There is no command")


def test_a_random_policy_of_the_menu_takes_legal_actions_alone(bridge: Any) -> None:
    env = bridge.menu_env(HOUSEHOLD, rows=task_rows(HOUSEHOLD, count=2), actions=40)
    played = env.rollout(30)
    masks = played["action_mask"]
    assert masks.gather(-1, played["action"].unsqueeze(-1)).all()
    assert played["next", "done"][-1]


def test_the_example_collects_episodes(tmp_path: Path, bridge: Any) -> None:
    printed = run("torchrl_rollouts.py", "400", folder=tmp_path)
    assert "check_env_specs: passed" in printed
    assert "played by the oracle: return 1.0" in printed
    assert "400 frames of a random policy, " in printed
    assert SETTINGS["id"] in (Path(__file__).parents[3] / "examples/bridges/torchrl_rollouts.py").read_text()
