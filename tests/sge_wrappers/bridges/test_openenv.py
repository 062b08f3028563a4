import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from sge_envs.checks import check_text_env
from tests.sge_wrappers.bridges.examples import run
from tests.sge_wrappers.bridges.household import HOUSEHOLD, plan

pytest.importorskip("openenv", reason="OpenEnv is not installed: pip install 'strategy-guided-exploration[openenv]'")
pytestmark = pytest.mark.filterwarnings("ignore")
ROW = {"split": "easy", "seed": 6}


@contextmanager
def served(app: Any) -> Iterator[str]:
    import socket

    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    from sge_wrappers.bridges.openenv import make_app

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with served(make_app(HOUSEHOLD, name="household")) as address:
            yield address


def test_a_client_plays_an_episode_with_its_seed(url: str) -> None:
    from sge_wrappers.bridges.openenv import TextClient

    with TextClient(base_url=url).sync() as client, TextClient(base_url=url).sync() as other:
        first = client.reset(**ROW)
        assert other.reset(**ROW).observation == first.observation
        for action in plan(ROW):
            result = client.step(action)
        assert (result.done, result.reward) == (True, 1.0)
        assert result.observation.info["success"] is True
        assert client.state().total_reward == 1.0
        assert other.state().step_count == 0
        assert client.step("look").done
        assert "reset first" in client.step("look").observation.text


def test_the_task_interface_is_that_of_our_task_sets(url: str) -> None:
    from sge_envs import TextEnv
    from sge_wrappers.bridges.openenv import TextClient

    env = HOUSEHOLD().unwrapped
    assert isinstance(env, TextEnv)
    with httpx.Client(base_url=url, trust_env=False) as http:
        assert {split["name"] for split in http.get("/household/splits").json()} == set(env.tasks.list_splits())
        assert http.post("/household/num_tasks", json={"split": "hard"}).json() == {"num_tasks": 48}
        task = http.post("/household/task", json={"split": "hard", "index": 5}).json()["task"]
        assert task["id"] == env.tasks.get_task("hard", 5).id
        assert http.post("/household/task", json={"split": "hard", "index": 48}).status_code == 400
        several = http.post("/household/task_range", json={"split": "hard", "start": 46}).json()["tasks"]
        assert [one["index"] for one in several] == [46, 47]
    with TextClient(base_url=url).sync() as client:
        assert client.reset(split="hard", index=5).observation.info["task_id"] == task["id"]


def test_what_comes_back_over_the_wire_keeps_our_contract(url: str) -> None:
    from sge_wrappers.bridges.openenv import OpenEnvText

    env = OpenEnvText(url, max_turns=6, solver=lambda seen: "look")
    report = check_text_env(env, turns=6, skip=["the_oracle_solves"])
    assert not report.broken


def test_an_action_that_the_server_refuses_is_an_observation(url: str) -> None:
    from sge_wrappers.bridges.openenv import OpenEnvText

    def picky(text: str) -> dict[str, Any]:
        if text == "no":
            raise ValueError("say yes")
        return {"text": 3} if text == "three" else {"text": text}

    env = OpenEnvText(url, to_action=picky)
    env.reset(seed=0)
    assert env.step("no")[4]["action_error"] == "The action was not read: say yes"
    assert "VALIDATION_ERROR" in env.step("three")[4]["action_error"]
    assert env.step("look")[0].startswith("You are in the middle of a room.")
    env.close()


def test_a_server_that_does_not_answer_raises() -> None:
    from sge_wrappers.bridges.openenv import OpenEnvText

    env = OpenEnvText("http://127.0.0.1:9")
    with pytest.raises(Exception, match=r"refused|connect|failed"):
        env.reset(seed=0)
    env.close()


def test_the_example_serves_and_plays(tmp_path: Path) -> None:
    printed = run("openenv_household.py", folder=tmp_path)
    assert "return 0.0, outcome " in printed
    assert printed.splitlines()[-1].startswith("You are in the middle of a room.")
