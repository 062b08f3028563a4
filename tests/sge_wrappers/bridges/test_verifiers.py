from pathlib import Path
from typing import Any

import pytest

from sge_envs.checks import check_text_env
from tests.sge_wrappers.bridges.chat_server import serve
from tests.sge_wrappers.bridges.examples import EXAMPLES, run

WHY = "verifiers is not installed: pip install 'strategy-guided-exploration[verifiers]'"
pytest.importorskip("verifiers", reason=WHY)
pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_model_behind_a_local_server_is_evaluated_on_household_games(tmp_path: Path) -> None:
    asked: list[list[dict[str, Any]]] = []

    def answer(messages: list[dict[str, Any]]) -> str:
        asked.append(messages)
        return "<strategy>look around</strategy>\n<action>look</action>"

    with serve(answer) as url:
        printed = run("verifiers_household.py", url, "tiny", "2", folder=tmp_path)
    lines = [line for line in printed.splitlines() if ": return " in line]
    assert len(lines) == 2
    assert all(line.endswith("return 0.0, 20 turns, errors 0") for line in lines)
    assert len(asked) == 40
    first, last = asked[0], asked[-1]
    assert [message["role"] for message in first] == ["system", "user"]
    assert "Your task is to: " in first[-1]["content"]
    assert last[-1]["content"].startswith("You are in the middle of a room.")


def test_a_game_that_is_won_is_worth_1(tmp_path: Path) -> None:
    """The server plays the oracle: it recognises each game by its first observation."""
    from sge_envs import TextEnv
    from sge_wrappers.bridges.episodes import MakeById, TextEpisode, task_rows

    make = MakeById.of({"id": "sge_envs:SGE-ALFWorld-v0", "source": "generated", "max_turns": 20})
    plans: dict[str, list[str]] = {}
    for row in task_rows(make, count=2, split="valid_unseen"):
        env = make()
        base, episode = env.unwrapped, TextEpisode(lambda env=env: env)
        assert isinstance(base, TextEnv)
        opening, actions = episode.begin(row), []
        while not episode.over:
            actions.append(base.oracle())
            episode.act(actions[-1])
        plans[opening] = actions

    def answer(messages: list[dict[str, Any]]) -> str:
        return plans[messages[1]["content"]][sum(message["role"] == "assistant" for message in messages)]

    with serve(answer) as url:
        printed = run("verifiers_household.py", url, "tiny", "2", folder=tmp_path)
    assert printed.count(": return 1.0, ") == 2


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "tasksets"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made: list[Any] = []

    def make(taskset: str, **settings: Any) -> Any:
        from sge_wrappers.bridges.verifiers_env import VerifiersEnv

        made.append(VerifiersEnv(taskset, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_foreign_environment_is_a_text_env(env: Any) -> None:
    sums = env("sums_taskset")
    observation, info = sums.reset(options={"task_id": "train/2"})
    assert observation == "Answer with the number alone.\n\nWhat is 2 + 2?"
    assert info["task_id"] == "train/2"
    observation, reward, terminated, _, info = sums.step("4")
    assert (reward, terminated, info["success"], info["progress"]) == (1.0, True, True, 1.0)
    sums.reset(options={"task_id": "train/1"})
    observation, reward, terminated, _, info = sums.step("\0 no number \N{SNOWMAN}")
    assert (reward, terminated, info["success"]) == (0.0, True, False)


def test_an_episode_can_be_broken_off_and_played_again(env: Any) -> None:
    games = env("verifiers_household", limit=3)
    first = games.reset(seed=1)
    games.step("<action>look</action>")
    assert games.reset(seed=1) == first
    step = games.step("look")
    assert step[0].startswith("You are in the middle of a room.")
    assert not step[2]


def test_an_error_of_the_environment_is_raised_not_scored(env: Any) -> None:
    from sge_wrappers.bridges.verifiers_env import EpisodeFailed

    sums = env("sums_taskset")
    sums.reset(options={"task_id": "train/3"})
    with pytest.raises(EpisodeFailed, match="the judge is out"):
        sums.step("6")


def test_a_foreign_environment_keeps_the_contract_of_ours(env: Any) -> None:
    def solve(seen: str) -> str:
        return str(2 * int(seen.partition("What is ")[2][0]))

    report = check_text_env(env("sums_taskset", limit=3, solver=solve))
    assert not report.broken
