from __future__ import annotations

from typing import Any

from sge_envs.world.clock import plus_days
from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def _one(world: World, sql: str) -> dict[str, Any]:
    row = world.db.one(sql)
    assert row
    return row


def _lock(world: World, access: str) -> dict[str, Any]:
    return _one(world, f"SELECT * FROM smart_home_locks WHERE access = '{access}' ORDER BY id")


def test_devices_are_listed_by_room() -> None:
    world = new_world()
    rooms = do(world, "smart_home.list_rooms")["rooms"]
    for name, operation in (
        ("lights", "smart_home.list_lights"),
        ("blinds", "smart_home.list_blinds"),
        ("thermostats", "smart_home.list_thermostats"),
    ):
        everywhere = do(world, operation)[name]
        parts = [do(world, operation, room_id=room["id"])[name] for room in rooms]
        assert sum(map(len, parts)) == len(everywhere) > 2
        assert [len(part) for part in parts] == [room[name] for room in rooms]
    lit = do(world, "smart_home.list_lights", on=True)["lights"]
    assert len(lit) == sum(room["lights_on"] for room in rooms)
    warm = do(world, "smart_home.list_sensors", kind="temperature")["sensors"]
    assert {one["unit"] for one in warm} == {"C"}
    assert "not_found" in refused(world, "smart_home.list_sensors", room_id=1)


def test_a_light_that_is_online_is_set() -> None:
    world = new_world()
    light = _one(world, "SELECT * FROM smart_home_lights WHERE online = 1 AND lit = 0 ORDER BY id")
    done = do(world, "smart_home.set_light", light_id=light["id"], on=True, brightness=35, colour="blue")
    assert done == {"id": light["id"], "on": True, "brightness": 35, "colour": "blue"}
    assert only_change(world).columns
    assert "Nothing to change" in refused(world, "smart_home.set_light", light_id=light["id"])
    world.prepare(lambda db: db.update("smart_home_lights", light["id"], {"online": 0}))
    assert "offline" in refused(world, "smart_home.set_light", light_id=light["id"], on=False)


def test_a_room_is_switched_but_for_lights_that_are_offline() -> None:
    world = new_world()
    room = next(one for one in do(world, "smart_home.list_rooms")["rooms"] if one["lights"] == 3)
    first, *rest = world.db.column("SELECT id FROM smart_home_lights WHERE room_id = ? ORDER BY id", room["id"])
    world.prepare(lambda db: [db.update("smart_home_lights", one, {"lit": 0, "online": 1}) for one in rest] and None)
    world.prepare(lambda db: db.update("smart_home_lights", first, {"lit": 0, "online": 0}))
    name = world.db.value("SELECT name FROM smart_home_lights WHERE id = ?", first)
    assert do(world, "smart_home.switch_room", room_id=room["id"], on=True) == {"switched": 2, "offline": [name]}
    assert {one.id for one in world.changes()} == set(rest)


def test_thermostats_and_blinds_are_set() -> None:
    world = new_world()
    thermostat = do(world, "smart_home.list_thermostats")["thermostats"][0]
    done = do(world, "smart_home.set_thermostat", thermostat_id=thermostat["id"], target=12.5, mode="off")
    assert done == {"id": thermostat["id"], "target": 12.5, "mode": "off"}
    assert "steps of 0.5" in refused(world, "smart_home.set_thermostat", thermostat_id=thermostat["id"], target=20.3)
    assert "5 to 30" in refused(world, "smart_home.set_thermostat", thermostat_id=thermostat["id"], target=31)
    assert "Nothing to change" in refused(world, "smart_home.set_thermostat", thermostat_id=thermostat["id"])
    blind = do(world, "smart_home.list_blinds")["blinds"][0]
    assert do(world, "smart_home.set_blind", blind_id=blind["id"], open_percent=33)["open_percent"] == 33
    assert "not_found" in refused(world, "smart_home.set_blind", blind_id=thermostat["id"] + 5000, open_percent=0)


def test_locks_obey_those_who_may_use_them_and_remember() -> None:
    world = new_world()
    for access in ("own", "use"):
        lock = _lock(world, access)
        do(world, "smart_home.set_lock", lock_id=lock["id"], locked=not lock["locked"])
        log = everything(world, "smart_home.lock_history", "events", lock_id=lock["id"], since=world.db.today)
        event = "unlocked" if lock["locked"] else "locked"
        assert log == [{"at": world.db.now, "event": event, "who": world.db.user["email"]}]
        assert "already" in refused(world, "smart_home.set_lock", lock_id=lock["id"], locked=not lock["locked"])
    assert "only see" in refused(world, "smart_home.set_lock", lock_id=_lock(world, "view")["id"], locked=True)
    assert "their" in refused(world, "smart_home.list_codes", lock_id=_lock(world, "use")["id"])
    listed = {one["access"]: one["codes"] for one in do(world, "smart_home.list_locks")["locks"]}
    assert listed["use"] is None
    assert listed["own"] is not None


def test_codes_are_given_to_people_with_access() -> None:
    world = new_world()
    lock, today = _lock(world, "own")["id"], world.db.today
    give = {"lock_id": lock, "code": "987654", "holder": "guest@b.example"}
    assert "grant it first" in refused(world, "smart_home.add_code", **give)
    until = plus_days(today, 3)
    do(world, "smart_home.grant_access", address="guest@b.example", name="A Guest", until=until)
    code = do(world, "smart_home.add_code", **give, valid_until=until)["id"]
    assert "used at" in refused(world, "smart_home.add_code", **give)
    assert "must not be before" in refused(world, "smart_home.add_code", **give, valid_until=plus_days(today, -1))
    do(world, "smart_home.extend_code", code_id=code, valid_until=None)
    listed = do(world, "smart_home.list_codes", lock_id=lock)["codes"]
    assert listed[-1] == {
        "id": code,
        "code": "987654",
        "holder": "guest@b.example",
        "valid_from": today,
        "valid_until": None,
    }
    assert "must not be before" in refused(world, "smart_home.extend_code", code_id=code, valid_until="2020-01-01")
    do(world, "smart_home.remove_code", code_id=code)
    assert "not_found" in refused(world, "smart_home.remove_code", code_id=code)
    assert "not_found" in refused(world, "smart_home.extend_code", code_id=code, valid_until=until)
    assert "digits" in refused(world, "smart_home.add_code", **give | {"code": "12a4"})


def test_access_ends_with_its_codes() -> None:
    world = new_world()
    member = next(one for one in do(world, "smart_home.list_access")["members"] if one["codes"])
    done = do(world, "smart_home.revoke_access", address=member["address"])
    assert done["codes_removed"] == member["codes"]
    assert {table: len(rows) for table, rows in changed(world).items()} == {
        "smart_home_codes": member["codes"],
        "smart_home_members": 1,
    }
    assert "not_found" in refused(world, "smart_home.revoke_access", address=member["address"])
    assert "needs a last day" in refused(world, "smart_home.grant_access", address="a@b.example", name="A")
    do(world, "smart_home.grant_access", address="a@b.example", name="A", role="resident")
    do(world, "smart_home.grant_access", address="a@b.example", name="A", until=world.db.today)
    assert [one["role"] for one in do(world, "smart_home.list_access")["members"] if one["name"] == "A"] == ["guest"]


def test_a_scene_sets_its_devices() -> None:
    world = new_world()
    light = _one(world, "SELECT * FROM smart_home_lights WHERE online = 1 ORDER BY id")["id"]
    blind = _one(world, "SELECT * FROM smart_home_blinds ORDER BY id")["id"]
    thermostat = _one(world, "SELECT * FROM smart_home_thermostats ORDER BY id")["id"]
    lock = _lock(world, "own")["id"]
    world.prepare(lambda db: db.update("smart_home_locks", lock, {"locked": 0}))
    scene = do(world, "smart_home.create_scene", name="Party")["id"]
    assert "already" in refused(world, "smart_home.create_scene", name="party")
    for kind, device, value in (
        ("light", light, 45),
        ("blind", blind, 7),
        ("thermostat", thermostat, 17),
        ("lock", lock, 1),
    ):
        do(world, "smart_home.set_step", scene_id=scene, kind=kind, device_id=device, value=value)
    assert do(world, "smart_home.run_scene", scene_id=scene) == {"done": 4, "left_out": []}
    assert do(world, "smart_home.list_thermostats")["thermostats"]
    assert _one(world, f"SELECT * FROM smart_home_thermostats WHERE id = {thermostat}")["target"] == 17
    assert _one(world, f"SELECT * FROM smart_home_blinds WHERE id = {blind}")["open_percent"] == 7
    assert _one(world, f"SELECT * FROM smart_home_locks WHERE id = {lock}")["locked"] == 1
    do(world, "smart_home.set_step", scene_id=scene, kind="light", device_id=light, value=0)
    do(world, "smart_home.run_scene", scene_id=scene)
    row = _one(world, f"SELECT * FROM smart_home_lights WHERE id = {light}")
    assert (row["lit"], row["brightness"]) == (0, 45)
    world.prepare(lambda db: db.update("smart_home_lights", light, {"online": 0}))
    assert do(world, "smart_home.run_scene", scene_id=scene)["left_out"] == [row["name"]]


def test_scenes_have_steps_that_can_be_changed() -> None:
    world = new_world()
    scenes = do(world, "smart_home.list_scenes")["scenes"]
    shown = do(world, "smart_home.show_scene", scene_id=scenes[0]["id"])
    assert len(shown["steps"]) == scenes[0]["steps"] > 0
    step = {"scene_id": shown["id"], "kind": shown["steps"][0]["kind"], "device_id": shown["steps"][0]["device_id"]}
    do(world, "smart_home.remove_step", **step)
    assert only_change(world).after is None
    assert "not_found" in refused(world, "smart_home.remove_step", **step)
    thermostat = _one(world, "SELECT * FROM smart_home_thermostats")["id"]
    assert "from 5 to 30" in refused(
        world, "smart_home.set_step", scene_id=shown["id"], kind="thermostat", device_id=thermostat, value=99
    )
    used = _one(world, "SELECT scene_id FROM smart_home_routines")["scene_id"]
    assert "runs this scene" in refused(world, "smart_home.delete_scene", scene_id=used)
    new = do(world, "smart_home.create_scene", name="New")["id"]
    do(world, "smart_home.delete_scene", scene_id=new)
    assert "not_found" in refused(world, "smart_home.show_scene", scene_id=new)


def test_routines_wait_for_a_time_or_a_sensor() -> None:
    world = new_world()
    scene = do(world, "smart_home.list_scenes")["scenes"][0]["id"]
    sensor = do(world, "smart_home.list_sensors", kind="humidity")["sensors"][0]["id"]
    timed = do(world, "smart_home.create_routine", name="A", scene_id=scene, at="06:15", days=["sun", "mon", "sun"])[
        "id"
    ]
    sensed = do(world, "smart_home.create_routine", name="B", scene_id=scene, sensor_id=sensor, above=70)["id"]
    listed = {one["id"]: one for one in do(world, "smart_home.list_routines")["routines"]}
    assert (listed[timed]["days"], listed[timed]["at"]) == (["mon", "sun"], "06:15")
    assert (listed[sensed]["days"], listed[sensed]["above"]) == ([], 70.0)
    for wrong in ({}, {"at": "06:15", "sensor_id": sensor, "above": 1}, {"sensor_id": sensor}, {"days": ["mon"]}):
        assert "either at" in refused(world, "smart_home.create_routine", name="C", scene_id=scene, **wrong)
    assert "already" in refused(world, "smart_home.create_routine", name="a", scene_id=scene, at="06:15")
    do(world, "smart_home.update_routine", routine_id=timed, enabled=False, at="07:00", days=["fri"])
    shown = next(one for one in do(world, "smart_home.list_routines")["routines"] if one["id"] == timed)
    assert (shown["enabled"], shown["at"], shown["days"]) == (False, "07:00", ["fri"])
    assert "no time" in refused(world, "smart_home.update_routine", routine_id=sensed, at="07:00")
    assert "Nothing to change" in refused(world, "smart_home.update_routine", routine_id=timed)
    for routine in (timed, sensed):
        do(world, "smart_home.delete_routine", routine_id=routine)
    assert world.changes() == ()


def test_the_report_by_mail_agrees_with_the_energy_readings() -> None:
    for number in range(5):
        world = new_world(number)
        first, last = plus_days(world.db.today, -7), plus_days(world.db.today, -1)
        week = do(world, "smart_home.energy", since=first, until=last)
        assert week["total"] == sum(one["watt_hours"] for one in week["readings"])
        parts = [
            do(world, "smart_home.energy", since=first, until=last, circuit=one)["total"]
            for one in ("heating", "kitchen", "rest")
        ]
        assert sum(parts) == week["total"]
        body = world.db.value("SELECT body FROM mail_messages WHERE sender_name = 'Hearthside'")
        assert f"{week['total']} watt hours from {first} to {last}" in body
        assert "since must not" in refused(world, "smart_home.energy", since=last, until=first)


def test_the_visitor_of_the_mail_stands_in_the_calendar_and_has_a_code() -> None:
    for number in range(5):
        db = new_world(number).db
        mail = db.one("SELECT * FROM mail_messages WHERE subject = 'My visit'")
        assert mail
        event = db.one("SELECT * FROM calendar_events WHERE title = ?", f"Visit of {mail['sender_name']}")
        assert event
        assert event["start"][:10] in mail["body"]
        assert db.value("SELECT COUNT(*) FROM smart_home_codes WHERE holder = ?", mail["sender"]) == 1
