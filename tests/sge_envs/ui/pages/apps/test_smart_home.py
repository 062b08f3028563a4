from __future__ import annotations

from sge_envs.ui.pages.apps.smart_home import PAGES
from sge_envs.world.clock import plus_days
from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools


def test_a_scene_shows_every_device_once() -> None:
    visitor = Visitor()
    shape = PAGES.page("smart_home.show_scene").shape
    assert shape is not None
    tables = ("lights", "blinds", "thermostats", "locks")
    everything = {
        (kind[:-1], one) for kind in tables for one in visitor.world.db.column(f"SELECT id FROM smart_home_{kind}")
    }
    for scene in visitor.world.db.column("SELECT id FROM smart_home_scenes"):
        found = shape(visitor.world.call("smart_home.show_scene", {"scene_id": scene}).value, visitor.world.call)
        shown = [(one["kind"], one["device_id"]) for one in (*found["steps"], *found["others"])]
        assert len(shown) == len(everything)
        assert set(shown) == everything


def test_a_device_is_put_into_a_scene_and_taken_out() -> None:
    visitor = Visitor()
    page = f"/smart_home/show_scene?scene_id={visitor.value('SELECT id FROM smart_home_scenes')}"
    form, before = visitor.button(page, "Put in"), visitor.world.key()
    step = dict(part.split("=") for part in form.partition("?")[2].split("&"))
    visitor.send(form, form="1", value="20")
    ids = {name: int(step[name]) for name in ("scene_id", "device_id")}
    assert same_as_tools(visitor, ("smart_home.set_step", {**ids, "kind": step["kind"], "value": 20}))
    out = [one for one in visitor.buttons(page, "Take out") if f"device_id={step['device_id']}" in one]
    visitor.send(out[0])
    assert visitor.world.key() == before


def test_energy_by_day_adds_up_to_the_readings() -> None:
    visitor = Visitor()
    shape, today = PAGES.page("smart_home.energy").shape, visitor.world.db.today
    assert shape is not None
    for circuit in (None, "kitchen"):
        asked = {"since": plus_days(today, -14), "until": today} | ({"circuit": circuit} if circuit else {})
        energy = visitor.world.call("smart_home.energy", asked).value
        days = shape(energy, visitor.world.call)["days"]
        assert sum(one["all"] for one in days) == energy["total"]
        assert [one["day"] for one in days] == sorted({one["day"] for one in energy["readings"]})


def test_a_light_is_switched_by_one_press_and_set_by_a_form() -> None:
    visitor = Visitor()
    light = visitor.world.db.rows("SELECT * FROM smart_home_lights WHERE online = 1 AND lit = 0")[0]
    visitor.send(f"/smart_home/set_light?light_id={light['id']}&on=true")
    assert same_as_tools(visitor, ("smart_home.set_light", {"light_id": light["id"], "on": True}))
    where = [one for one in visitor.buttons("/smart_home/list_lights", "Switch off") if f"={light['id']}&" in one]
    visitor.send(where[0])
    assert same_as_tools(visitor)
    kept = {"on": "false", "colour": light["colour"]}
    visitor.send(f"/smart_home/set_light?light_id={light['id']}", form="1", **kept, brightness="37")
    assert same_as_tools(visitor, ("smart_home.set_light", {"light_id": light["id"], "brightness": 37}))


def test_who_becomes_a_resident_keeps_the_last_day() -> None:
    visitor = Visitor()
    guest = visitor.world.db.rows("SELECT * FROM smart_home_members WHERE until > ?", visitor.world.db.today)[0]
    forms = visitor.buttons("/smart_home/list_access", "Change")
    form = next(one for one in forms if guest["address"].replace("@", "%40") in one)
    visitor.send(form, form="1", role="resident", until=guest["until"])
    kept = {name: guest[name] for name in ("address", "name", "until")}
    assert same_as_tools(visitor, ("smart_home.grant_access", {**kept, "role": "resident"}))


def test_locks_of_others_offer_no_codes() -> None:
    visitor = Visitor()
    locks = visitor.world.call("smart_home.list_locks").value["locks"]
    own = [one["id"] for one in locks if one["access"] == "own"]
    assert visitor.buttons("/smart_home/list_locks", "Codes") == [
        f"/smart_home/list_codes?lock_id={one}" for one in own
    ]
    usable = sum(one["access"] != "view" for one in locks)
    pressed = (visitor.buttons("/smart_home/list_locks", label) for label in ("Lock", "Unlock"))
    assert sum(len(found) for found in pressed) == usable
