"""What is done on the pages and what is done with tools leads to the same state."""

from __future__ import annotations

import threading

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client

from sge_envs.tools.episode import Episode
from sge_envs.tools.scenario import Call, Scenario, prepare
from sge_envs.tools.tasks import all_scenarios
from sge_envs.tools.toolbox import all_operations
from sge_envs.ui.pages.acts import address_of
from sge_envs.ui.pages.catalogue import all_pages
from sge_envs.ui.pages.fields import filled
from sge_envs.ui.pages.forms import Forms
from sge_envs.ui.pages.site import Site


def play(client: Client, episode: Episode, call: Call) -> int:
    """Carry out a call by its page: the status of the answer."""
    operation = all_operations()[call.name]
    if not operation.writes:
        return client.get(address_of(call.name, call.arguments)).status_code
    pages = all_pages()[operation.app]
    things = {name: value for name, value in call.arguments.items() if name in pages.things or name.endswith("_id")}
    query = MultiDict([(name, text) for name, value in things.items() for text in filled_texts(value)])
    replaces = pages.form(call.name).whole
    fields: dict[str, object] = {"form": "1"}
    shown = Forms(pages, episode.world.call).fields(operation, query)
    for one, parameter in zip(shown, operation.parameters):
        if one.widget != "fixed":
            kept = parameter.default if replaces else None
            value = call.arguments.get(one.name, kept)
            texts = filled(one, value).texts if one.name in call.arguments or replaces else one.texts
            fields[one.name] = "\n".join(texts) if one.widget == "lines" else list(texts)
    return client.post(address_of(call.name, things), data=fields).status_code


def filled_texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


@pytest.mark.parametrize("scenario", all_scenarios()[::4], ids=lambda one: one.name)
def test_a_solution_played_on_the_pages_leads_where_its_tools_lead(scenario: Scenario) -> None:
    made = prepare(scenario, 1)
    episode = Episode(ending="-")
    episode.begin(made)
    client = Client(Site(episode, threading.RLock()))
    for call, key in zip(made.calls, made.keys):
        assert episode.world.key() == key
        assert play(client, episode, call) in (200, 303), call
    assert episode.world.key() == made.keys[-1]
    assert {(one.table, one.id, one.by) for one in episode.world.changes()} == {
        (one.table, one.id, one.by) for one in made.required
    }
    episode.box.close()
