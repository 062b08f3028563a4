"""Random calls, by pages and by tools: every app's forms can say what its operations take."""

from __future__ import annotations

import threading

import pytest
from werkzeug.test import Client

from sge_envs.tools.episode import Episode
from sge_envs.tools.scenario import Call
from sge_envs.tools.tasks import ToolTasks, prepared
from sge_envs.ui.pages.site import Site
from sge_envs.world.app import all_apps
from sge_envs.world.world import World
from tests.sge_envs.ui.pages.test_parity import play
from tests.sge_envs.world.fuzz import Fuzzer

TRIES = 150
DONE, NOTHING_TO_DO = 303, 409


@pytest.mark.parametrize("app", [app.name for app in all_apps()])
def test_random_calls_lead_to_the_same_state_by_pages_and_by_tools(app: str) -> None:
    made = prepared(ToolTasks().get_task("train", 0))
    episode, world = Episode(ending="-"), World(made.image)
    episode.begin(made)
    client = Client(Site(episode, threading.RLock()))
    fuzzer = Fuzzer(world, 1)
    fuzzer.operations = [one for one in fuzzer.operations if one.app == app and one.writes]
    done = 0
    for _ in range(TRIES):
        name, arguments = fuzzer.call()
        if None in arguments.values() or not world.call(name, arguments).ok:
            continue
        status = play(client, episode, Call(name, arguments))
        if status == NOTHING_TO_DO:  # a form sends only what differs from what it held
            world.restore(episode.world.save())
            continue
        assert (status, name, arguments) == (DONE, name, arguments)
        assert episode.world.key() == world.key(), (name, arguments)
        done += 1
    assert done >= 5
    world.close()
    episode.box.close()
