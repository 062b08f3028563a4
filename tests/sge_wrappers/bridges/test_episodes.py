import copy
import pickle

import pytest

from sge_agent.errors import RunError
from sge_envs.errors import MissingExtra
from sge_wrappers.bridges.episodes import (
    EpisodeOver,
    MakeById,
    TextEpisode,
    read_action,
    read_program,
    require,
    task_rows,
)
from tests.sge_wrappers.bridges.household import HOUSEHOLD, SETTINGS, plan


def test_an_episode_adds_up_its_rewards_and_ends_with_a_verdict() -> None:
    row = {"split": "easy", "seed": 3}
    actions = plan(row)
    episode = TextEpisode(HOUSEHOLD)
    assert "Your task is to: " in episode.begin(row)
    moves = [episode.act(action) for action in actions]
    assert [move.done for move in moves] == [False] * (len(actions) - 1) + [True]
    assert (episode.total, episode.success, episode.turns) == (1.0, True, len(actions))
    episode.close()


def test_rows_name_the_same_tasks_in_every_env() -> None:
    rows = task_rows(HOUSEHOLD, count=3, split="easy")
    assert len({row["task_id"] for row in rows}) == 3
    one, other = TextEpisode(HOUSEHOLD), TextEpisode(HOUSEHOLD)
    assert [one.begin(row) for row in rows] == [other.begin(row) for row in rows]
    with pytest.raises(RunError, match="no split 'esay'"):
        task_rows(HOUSEHOLD, count=1, split="esay")


def test_columns_that_name_no_task_are_passed_over() -> None:
    (row,) = task_rows(HOUSEHOLD, count=1)
    episode = TextEpisode(HOUSEHOLD)
    assert episode.begin({**row, "prompt": [], "split": None, "answer": 3}) == episode.begin(row)


@pytest.mark.parametrize("action", [None, 7, 1.5, True, ["look"], {"action": "look"}])
def test_an_action_that_is_no_text_is_not_played_and_told(action: object) -> None:
    episode = TextEpisode(HOUSEHOLD)
    episode.begin({"seed": 0})
    move = episode.act(action)
    assert move.observation.startswith("The action was not read: it must be a text, not ")
    assert (move.reward, move.done, episode.turns) == (0.0, False, 0)
    assert move.info["action_error"] == move.observation
    assert not episode.act("look").done


def test_after_the_end_and_before_the_start_an_action_raises() -> None:
    episode = TextEpisode(HOUSEHOLD)
    with pytest.raises(EpisodeOver, match="episode is over"):
        episode.act("look")
    episode.begin({"seed": 0})
    while not episode.over:
        episode.act("look")
    with pytest.raises(EpisodeOver):
        episode.act("look")
    episode.begin({"seed": 1})
    episode.close()
    with pytest.raises(EpisodeOver):
        episode.act("look")
    assert episode.begin({"seed": 1})


def test_an_env_that_breaks_leaves_a_failed_episode_behind() -> None:
    class Broken:
        def reset(self, *, seed: int | None = None, options: object = None) -> tuple[str, dict[str, object]]:
            return "You are here.", {"goal": "go there"}

        def step(self, action: str) -> None:
            raise OSError("no engine")

        def close(self) -> None:
            pass

    episode = TextEpisode(Broken)  # type: ignore[arg-type]
    assert episode.begin({}) == "go there\n\nYou are here."
    with pytest.raises(OSError, match="no engine"):
        episode.act("look")
    assert episode.failed
    assert episode.over


def test_the_actions_are_listed_where_that_is_asked_for() -> None:
    episode = TextEpisode(HOUSEHOLD, actions_shown=2)
    assert episode.begin({"seed": 0}).count("\n- ") == 2
    assert episode.act("look").observation.count("\n- ") == 2


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("look", "look"),
        ("<strategy>open all</strategy>\n<action>open box 1</action>", "open box 1"),
        ("I think.\n<action>\n  open box 1\nnow</action> bye", "open box 1"),
        ("<action>never closed", "never closed"),
        ("", ""),
        ("<action></action>", ""),
    ],
)
def test_the_action_is_found_in_what_a_model_wrote(text: str, action: str) -> None:
    assert read_action(text) == action


def test_a_program_keeps_its_lines() -> None:
    assert read_program("Thus:\n<action>\nx = 1\nprint(x)\n</action>") == "x = 1\nprint(x)"


def test_an_env_by_name_can_be_sent_to_another_process() -> None:
    same = pickle.loads(pickle.dumps(HOUSEHOLD))
    assert same == HOUSEHOLD == MakeById.of(copy.deepcopy(SETTINGS))
    assert TextEpisode(same).begin({"seed": 5}) == TextEpisode(HOUSEHOLD).begin({"seed": 5})
    with pytest.raises(ValueError, match="with its id"):
        MakeById.of({"source": "generated"})


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    with pytest.raises(MissingExtra, match=r"needs the package 'no_such_package'.*pip install '.*\[trl\]'"):
        require("no_such_package.part", extra="trl", purpose="training")
