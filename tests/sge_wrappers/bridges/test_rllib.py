from pathlib import Path

import pytest

from sge_wrappers.bridges.rllib import RLlibEnv
from tests.sge_wrappers.bridges.examples import run
from tests.sge_wrappers.bridges.household import SETTINGS


def test_settings_make_the_env_that_every_worker_has() -> None:
    one, other = (RLlibEnv({**SETTINGS, "actions": 30, "features": 16, "rows": [{"seed": 3}]}) for _ in range(2))
    first, again = one.reset(seed=0), other.reset(seed=0)
    assert (first[0] == again[0]).all()
    assert first[0].shape == (16,)
    assert one.action_space.n == 30  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="with its id"):
        RLlibEnv({"actions": 30})


@pytest.mark.timeout(900)
def test_ppo_learns_an_easy_slice_of_the_household_games(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="RLlib is not installed: pip install 'strategy-guided-exploration[rllib]'")
    printed = run("rllib_ppo.py", "9", folder=tmp_path).splitlines()[-1]
    first, last = (float(word.rstrip(",")) for word in printed.split() if word[0].isdigit())
    assert last >= first + 0.2
