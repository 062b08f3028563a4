import random
import re
from typing import Any

import pytest

from sge_envs.checks import check_text_env
from sge_envs.errors import UnknownOption

pytest.importorskip(
    "textarena", reason="TextArena is not installed: pip install 'strategy-guided-exploration[textarena]'"
)
pytestmark = pytest.mark.filterwarnings("ignore")
GAME = "GuessTheNumber-v0"


def bisect(seen: str) -> str:
    low, high = 1, 20
    for guess, hint in re.findall(r"\[Player\] \[(\d+)\]\n\[GAME\] The target number is (\w+)", seen):
        low, high = (int(guess) + 1, high) if hint == "higher" else (low, int(guess) - 1)
    return f"[{(low + high) // 2}]"


def make(**settings: Any) -> Any:
    from sge_wrappers.bridges.textarena import TextArenaEnv

    return TextArenaEnv(GAME, solver=bisect, **settings)


def test_a_game_keeps_the_contract_of_our_environments() -> None:
    report = check_text_env(make())
    assert not report.broken


def test_equal_seeds_give_equal_games_whatever_is_played_between() -> None:
    def play(env: Any, other: Any | None) -> list[object]:
        seen: list[object] = [env.reset(seed=5)]
        while not seen[1:] or not (seen[-1][2] or seen[-1][3]):  # type: ignore[index]
            if other is not None:
                other.reset(seed=len(seen))
                random.seed(1)
            seen.append(env.step(env.oracle()))
        return seen

    assert play(make(), None) == play(make(), make())


def test_the_global_random_stream_is_left_alone() -> None:
    random.seed(3)
    before = random.getstate()
    env = make()
    env.reset(seed=0)
    env.step("[3]")
    assert random.getstate() == before


def test_a_game_that_does_not_exist_is_named_with_its_neighbours() -> None:
    from sge_wrappers.bridges.textarena import TextArenaEnv

    with pytest.raises(UnknownOption, match="Did you mean 'GuessTheNumber-v0'"):
        TextArenaEnv("GuessTheNumbr-v0")


def test_opponents_play_their_turns() -> None:
    from sge_wrappers.bridges.textarena import TextArenaEnv

    env = TextArenaEnv("TicTacToe-v0", opponents=[lambda seen: "[8]"])
    observation, _ = env.reset(seed=0)
    if "Player 0" not in observation:
        pytest.fail(observation)
    step = env.step("[0]")
    assert not step[2]
    assert "[8]" in step[0]
