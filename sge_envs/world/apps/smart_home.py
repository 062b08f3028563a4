"""Smart home: lights, thermostats, blinds, locks with codes, sensors, scenes, routines, energy, and who has access."""

from __future__ import annotations

from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.apps.calendar import record_event
from sge_envs.world.apps.mail import record_mail
from sge_envs.world.clock import plus_minutes
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, not_allowed, not_found
from sge_envs.world.kinds import Date, Email, Format, Length, Name, Page, PageSize, Range, TimeOfDay
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE smart_home_rooms (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, floor INTEGER NOT NULL
);
CREATE TABLE smart_home_lights (
    id INTEGER PRIMARY KEY AUTOINCREMENT, room_id INTEGER NOT NULL REFERENCES smart_home_rooms (id), name TEXT NOT NULL,
    lit INTEGER NOT NULL, brightness INTEGER NOT NULL, colour TEXT NOT NULL DEFAULT 'warm', online INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE smart_home_thermostats (
    id INTEGER PRIMARY KEY AUTOINCREMENT, room_id INTEGER NOT NULL REFERENCES smart_home_rooms (id),
    mode TEXT NOT NULL CHECK (mode IN ('heat', 'eco', 'off')), target REAL NOT NULL, current REAL NOT NULL
);
CREATE TABLE smart_home_blinds (
    id INTEGER PRIMARY KEY AUTOINCREMENT, room_id INTEGER NOT NULL REFERENCES smart_home_rooms (id), name TEXT NOT NULL,
    open_percent INTEGER NOT NULL
);
CREATE TABLE smart_home_locks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,
    access TEXT NOT NULL CHECK (access IN ('own', 'use', 'view')), locked INTEGER NOT NULL, battery INTEGER NOT NULL
);
CREATE TABLE smart_home_codes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, lock_id INTEGER NOT NULL REFERENCES smart_home_locks (id), code TEXT NOT NULL,
    holder TEXT NOT NULL, valid_from TEXT NOT NULL, valid_until TEXT, UNIQUE (lock_id, code)
);
CREATE TABLE smart_home_lock_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT, lock_id INTEGER NOT NULL REFERENCES smart_home_locks (id), at TEXT NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('locked', 'unlocked')), who TEXT NOT NULL
);
CREATE TABLE smart_home_sensors (
    id INTEGER PRIMARY KEY AUTOINCREMENT, room_id INTEGER NOT NULL REFERENCES smart_home_rooms (id),
    kind TEXT NOT NULL, value REAL NOT NULL, unit TEXT NOT NULL, battery INTEGER NOT NULL, measured_at TEXT NOT NULL
);
CREATE TABLE smart_home_scenes (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE smart_home_steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT, scene_id INTEGER NOT NULL REFERENCES smart_home_scenes (id),
    kind TEXT NOT NULL CHECK (kind IN ('light', 'blind', 'thermostat', 'lock')), device_id INTEGER NOT NULL,
    value INTEGER NOT NULL, UNIQUE (scene_id, kind, device_id)
);
CREATE TABLE smart_home_routines (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, scene_id INTEGER NOT NULL REFERENCES smart_home_scenes (id),
    at TEXT, days TEXT NOT NULL DEFAULT '', sensor_id INTEGER REFERENCES smart_home_sensors (id), above REAL,
    enabled INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE smart_home_energy (
    id INTEGER PRIMARY KEY AUTOINCREMENT, day TEXT NOT NULL, circuit TEXT NOT NULL, watt_hours INTEGER NOT NULL
);
CREATE TABLE smart_home_members (
    id INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('resident', 'guest')), until TEXT
);
"""

Colour = Literal["warm", "cold", "red", "green", "blue"]
Mode = Literal["heat", "eco", "off"]
Kind = Literal["light", "blind", "thermostat", "lock"]
SensorKind = Literal["temperature", "humidity", "motion", "smoke", "window"]
Circuit = Literal["heating", "kitchen", "rest"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Days = Annotated[list[Weekday], Length(1, 7)]
Percent = Annotated[int, Range(0, 100)]
Degrees = Annotated[float, Range(5, 30)]
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BOUNDS = {"light": (0, 100), "blind": (0, 100), "thermostat": (5, 30), "lock": (1, 1)}
MAKER, MAKER_ADDRESS = "Hearthside", "home@hearthside.example"


def _a_code(text: str) -> str:
    if not 4 <= len(text) <= 8 or not text.isascii() or not text.isdigit():
        raise ValueError(text)
    return text


Code = Annotated[str, Format("code of 4 to 8 digits", "4711", _a_code)]


# Reading ------------------------------------------------------------------------------------------------------------


def list_rooms(db: Database) -> Record:
    """List the rooms with what is in them.

    Returns:
        rooms, each with id, name, floor, lights, lights_on, blinds and thermostats (how many).
    """
    counts = (
        f"(SELECT COUNT(*) FROM smart_home_{table} d WHERE d.room_id = r.id{more}) AS {name}"
        for table, name, more in (
            ("lights", "lights", ""),
            ("lights", "lights_on", " AND d.lit = 1"),
            ("blinds", "blinds", ""),
            ("thermostats", "thermostats", ""),
        )
    )
    return {"rooms": db.rows(f"SELECT r.*, {', '.join(counts)} FROM smart_home_rooms r ORDER BY r.floor, r.name")}


def list_lights(db: Database, room_id: int | None = None, on: bool | None = None) -> Record:
    """List the lights; every filter that is given must hold.

    Args:
        room_id: Only this room.
        on: Only lights that are on (true) or off (false).

    Returns:
        lights, each with id, name, room, on, brightness, colour and online.
    """
    where = _in_room(db, room_id)
    where.given("d.lit = ?", on)
    rows = _devices(db, "d.lit, d.brightness, d.colour, d.online", "lights", where)
    return {"lights": [_shown_light(row) for row in rows]}


def list_thermostats(db: Database, room_id: int | None = None) -> Record:
    """List the thermostats.

    Args:
        room_id: Only this room.

    Returns:
        thermostats, each with id, room, mode, target and current (degrees Celsius).
    """
    where = _in_room(db, room_id)
    sql = "SELECT d.id, r.name AS room, d.mode, d.target, d.current FROM smart_home_thermostats d "
    join = f"JOIN smart_home_rooms r ON r.id = d.room_id {where} ORDER BY r.name, d.id"
    return {"thermostats": db.rows(sql + join, *where.values)}


def list_blinds(db: Database, room_id: int | None = None) -> Record:
    """List the blinds.

    Args:
        room_id: Only this room.

    Returns:
        blinds, each with id, name, room and open_percent (0: closed).
    """
    return {"blinds": _devices(db, "d.open_percent", "blinds", _in_room(db, room_id))}


def list_sensors(db: Database, room_id: int | None = None, kind: SensorKind | None = None) -> Record:
    """List the sensors with their last values; every filter that is given must hold. Sensors cannot be changed.

    Args:
        room_id: Only this room.
        kind: Only this kind.

    Returns:
        sensors, each with id, room, kind, value, unit, battery (percent) and measured_at.
    """
    where = _in_room(db, room_id)
    where.given("d.kind = ?", kind)
    sql = (
        "SELECT d.id, r.name AS room, d.kind, d.value, d.unit, d.battery, d.measured_at FROM smart_home_sensors d "
        f"JOIN smart_home_rooms r ON r.id = d.room_id {where} ORDER BY r.name, d.kind, d.id"
    )
    return {"sensors": db.rows(sql, *where.values)}


def list_locks(db: Database) -> Record:
    """List the locks that the user can see.

    Returns:
        locks, each with id, name, owner, access (own, use: lock and unlock only, view), locked, battery and codes (how
        many; null where they are not the user's).
    """
    rows = db.rows(
        "SELECT k.*, CASE k.access WHEN 'own' THEN (SELECT COUNT(*) FROM smart_home_codes c WHERE c.lock_id = k.id) END "
        "AS codes FROM smart_home_locks k ORDER BY k.name"
    )
    return {"locks": [row | {"locked": bool(row["locked"])} for row in rows]}


def list_codes(db: Database, lock_id: int) -> Record:
    """List the codes of a lock of the user's own.

    Args:
        lock_id: The lock's id.

    Returns:
        codes, each with id, code, holder (e-mail address), valid_from and valid_until (null: without end).
    """
    _own_lock(db, lock_id)
    sql = "SELECT id, code, holder, valid_from, valid_until FROM smart_home_codes WHERE lock_id = ? ORDER BY id"
    return {"codes": db.rows(sql, lock_id)}


def lock_history(
    db: Database,
    lock_id: int,
    since: Date | None = None,
    until: Date | None = None,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """List who locked and unlocked a lock, the latest first.

    Args:
        lock_id: The lock's id.
        since: On this date or later.
        until: On this date or earlier.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and events with at, event and who (e-mail address).
    """
    _lock(db, lock_id)
    where = Where()
    where.add("lock_id = ?", lock_id)
    where.given("at >= ?", since)
    where.given("substr(at, 1, 10) <= ?", until)
    sql = "SELECT at, event, who FROM smart_home_lock_log {where} ORDER BY at DESC, id DESC"
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"events": found}


def list_scenes(db: Database) -> Record:
    """List the scenes: settings of several devices under one name.

    Returns:
        scenes, each with id, name and steps (how many).
    """
    return {
        "scenes": db.rows(
            "SELECT s.id, s.name, COUNT(t.id) AS steps FROM smart_home_scenes s LEFT JOIN smart_home_steps t "
            "ON t.scene_id = s.id GROUP BY s.id ORDER BY s.name"
        )
    }


def show_scene(db: Database, scene_id: int) -> Record:
    """Show what a scene sets.

    Args:
        scene_id: The scene's id.

    Returns:
        id, name, and steps with kind, device_id, device, and value: brightness, open percent, degrees, or 1 for locked.
    """
    row = _scene(db, scene_id)
    sql = "SELECT kind, device_id, value FROM smart_home_steps WHERE scene_id = ? ORDER BY id"
    steps = [step | {"device": _device_name(db, step["kind"], step["device_id"])} for step in db.rows(sql, scene_id)]
    return row | {"steps": steps}


def list_routines(db: Database) -> Record:
    """List the routines: scenes that run by themselves at a time, or when a sensor passes a value.

    Returns:
        routines, each with id, name, scene_id, scene, at, days, sensor_id, above and enabled.
    """
    rows = db.rows(
        "SELECT o.*, s.name AS scene FROM smart_home_routines o JOIN smart_home_scenes s ON s.id = o.scene_id ORDER BY o.name"
    )
    return {"routines": [row | {"days": row["days"].split(), "enabled": bool(row["enabled"])} for row in rows]}


def energy(db: Database, since: Date, until: Date, circuit: Circuit | None = None) -> Record:
    """Show the energy used, by day and circuit. The last two weeks are known.

    Args:
        since: The first day.
        until: The last day.
        circuit: Only this circuit.

    Returns:
        total (watt hours), and readings with day, circuit and watt_hours.
    """
    if since > until:
        raise invalid("since must not be after until.")
    where = Where()
    where.add("day BETWEEN ? AND ?", since, until)
    where.given("circuit = ?", circuit)
    sql = f"SELECT day, circuit, watt_hours FROM smart_home_energy {where} ORDER BY day, circuit"
    rows = db.rows(sql, *where.values)
    return {"total": sum(row["watt_hours"] for row in rows), "readings": rows}


def list_access(db: Database) -> Record:
    """List the people who may use the home beside the user.

    Returns:
        members, each with address, name, role, until (null: without end) and codes (how many).
    """
    return {
        "members": db.rows(
            "SELECT m.address, m.name, m.role, m.until, COUNT(c.id) AS codes FROM smart_home_members m "
            "LEFT JOIN smart_home_codes c ON c.holder = m.address GROUP BY m.id ORDER BY m.name, m.id"
        )
    }


# Writing ------------------------------------------------------------------------------------------------------------


def set_light(
    db: Database,
    light_id: int,
    on: bool | None = None,
    brightness: Annotated[int, Range(1, 100)] | None = None,
    colour: Colour | None = None,
) -> Record:
    """Switch a light, or change it; what is not given stays. A light that is offline cannot be changed.

    Args:
        light_id: The light's id.
        on: True to switch it on.
        brightness: In percent.
        colour: Its colour.

    Returns:
        id, on, brightness and colour.
    """
    row = _device(db, "light", light_id)
    given = {"lit": None if on is None else int(on), "brightness": brightness, "colour": colour}
    values = {field: value for field, value in given.items() if value is not None}
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    if not row["online"]:
        raise conflict(f"The light {row['name']!r} is offline.")
    db.update("smart_home_lights", light_id, values)
    now = row | values
    return {"id": light_id, "on": bool(now["lit"]), "brightness": now["brightness"], "colour": now["colour"]}


def switch_room(db: Database, room_id: int, on: bool) -> Record:
    """Switch all lights of a room that are online.

    Args:
        room_id: The room's id.
        on: True to switch them on.

    Returns:
        switched (how many lights changed) and offline (names of lights that could not be reached).
    """
    lights = list_lights(db, room_id)["lights"]
    wrong = [one for one in lights if one["online"] and one["on"] != on]
    for one in wrong:
        db.update("smart_home_lights", one["id"], {"lit": int(on)})
    return {"switched": len(wrong), "offline": [one["name"] for one in lights if not one["online"]]}


def set_thermostat(db: Database, thermostat_id: int, target: Degrees | None = None, mode: Mode | None = None) -> Record:
    """Change a thermostat; what is not given stays.

    Args:
        thermostat_id: The thermostat's id.
        target: Degrees Celsius, in steps of 0.5.
        mode: heat, eco or off.

    Returns:
        id, target and mode.
    """
    row = _device(db, "thermostat", thermostat_id)
    values = {field: value for field, value in (("target", target), ("mode", mode)) if value is not None}
    if not values:
        raise invalid("Nothing to change: give a target or a mode.")
    if target is not None and target * 2 != int(target * 2):
        raise invalid(f"target goes in steps of 0.5 degrees, not {target}.")
    db.update("smart_home_thermostats", thermostat_id, values)
    return {"id": thermostat_id} | {field: (row | values)[field] for field in ("target", "mode")}


def set_blind(db: Database, blind_id: int, open_percent: Percent) -> Record:
    """Open or close a blind.

    Args:
        blind_id: The blind's id.
        open_percent: 0 is closed, 100 is open.

    Returns:
        id and open_percent.
    """
    _device(db, "blind", blind_id)
    db.update("smart_home_blinds", blind_id, {"open_percent": open_percent})
    return {"id": blind_id, "open_percent": open_percent}


def set_lock(db: Database, lock_id: int, locked: bool) -> Record:
    """Lock or unlock. It is written down in the lock's history.

    Args:
        lock_id: The lock's id.
        locked: True to lock, false to unlock.

    Returns:
        id and locked.
    """
    row = _lock(db, lock_id)
    if row["access"] == "view":
        raise not_allowed(f"{row['name']} belongs to {row['owner']}: you can only see its state.")
    if bool(row["locked"]) == locked:
        raise conflict(f"{row['name']} is {'locked' if locked else 'unlocked'} already.")
    db.update("smart_home_locks", lock_id, {"locked": int(locked)})
    event = {"lock_id": lock_id, "at": db.now, "event": "locked" if locked else "unlocked"}
    db.insert("smart_home_lock_log", event | {"who": db.user["email"]})
    return {"id": lock_id, "locked": locked}


def add_code(
    db: Database,
    lock_id: int,
    code: Code,
    holder: Email,
    valid_from: Date | None = None,
    valid_until: Date | None = None,
) -> Record:
    """Give somebody a code for a lock of the user's own. They need access to the home: see smart_home.grant_access.

    Args:
        lock_id: The lock's id.
        code: The code, not used at this lock.
        holder: E-mail address of the person.
        valid_from: First day; by default today.
        valid_until: Last day; by default without end.

    Returns:
        id of the code.
    """
    row = _own_lock(db, lock_id)
    start = valid_from or db.today
    _check_end(db, valid_until, start)
    if holder not in (db.user["email"], *db.column("SELECT address FROM smart_home_members")):
        raise not_allowed(f"{holder} has no access to the home: grant it first.")
    if db.value("SELECT id FROM smart_home_codes WHERE lock_id = ? AND code = ?", lock_id, code) is not None:
        raise conflict(f"The code is used at {row['name']} already.")
    values = {"lock_id": lock_id, "code": code, "holder": holder, "valid_from": start, "valid_until": valid_until}
    return {"id": db.insert("smart_home_codes", values)}


def remove_code(db: Database, code_id: int) -> Record:
    """Remove a code of a lock.

    Args:
        code_id: The code's id, not its digits: see smart_home.list_codes.

    Returns:
        id of the removed code.
    """
    if db.get("smart_home_codes", code_id) is None:
        raise not_found("code with the id", code_id)
    db.delete("smart_home_codes", code_id)
    return {"id": code_id}


def extend_code(db: Database, code_id: int, valid_until: Date | None) -> Record:
    """Change the last day on which a code opens.

    Args:
        code_id: The code's id.
        valid_until: The last day; null for without end.

    Returns:
        id and valid_until.
    """
    row = db.get("smart_home_codes", code_id)
    if row is None:
        raise not_found("code with the id", code_id)
    _check_end(db, valid_until, row["valid_from"])
    db.update("smart_home_codes", code_id, {"valid_until": valid_until})
    return {"id": code_id, "valid_until": valid_until}


def grant_access(
    db: Database, address: Email, name: Name, role: Literal["resident", "guest"] = "guest", until: Date | None = None
) -> Record:
    """Let somebody use the home, or change their role or last day. A guest needs a last day.

    Args:
        address: Their e-mail address.
        name: Their name.
        role: What they are.
        until: The last day; by default without end.

    Returns:
        address, role and until.
    """
    if role == "guest" and until is None:
        raise invalid("A guest needs a last day: give until.")
    _check_end(db, until, db.today)
    known = db.value("SELECT id FROM smart_home_members WHERE address = ?", address)
    values = {"name": name.strip(), "role": role, "until": until}
    if known is None:
        db.insert("smart_home_members", values | {"address": address})
    else:
        db.update("smart_home_members", known, values)
    return {"address": address, "role": role, "until": until}


def revoke_access(db: Database, address: Email) -> Record:
    """Take somebody's access to the home away; their codes go too.

    Args:
        address: Their e-mail address.

    Returns:
        address and codes_removed.
    """
    known = db.value("SELECT id FROM smart_home_members WHERE address = ?", address)
    if known is None:
        raise not_found("person with access and the address", address)
    db.delete("smart_home_members", known)
    return {"address": address, "codes_removed": db.delete_all("smart_home_codes", "holder", address)}


def create_scene(db: Database, name: Name) -> Record:
    """Make a scene without steps.

    Args:
        name: Its name, not used by another.

    Returns:
        id of the scene.
    """
    _check_free(db, "scene", name)
    return {"id": db.insert("smart_home_scenes", {"name": name.strip()})}


def set_step(db: Database, scene_id: int, kind: Kind, device_id: int, value: Percent) -> Record:
    """Say what a scene does with a device, in place of what it did.

    Args:
        scene_id: The scene's id.
        kind: The kind of device.
        device_id: The device's id.
        value: Brightness (0: off), open percent of a blind, degrees of a thermostat, 1 to lock a lock.

    Returns:
        id of the scene, kind, device_id and value.
    """
    _scene(db, scene_id)
    _device(db, kind, device_id)
    low, high = _BOUNDS[kind]
    if not low <= value <= high:
        raise invalid(f"The value of a {kind} in a scene must be from {low} to {high}, not {value}.")
    known = _step(db, scene_id, kind, device_id)
    if known is None:
        step = {"scene_id": scene_id, "kind": kind, "device_id": device_id, "value": value}
        db.insert("smart_home_steps", step)
    else:
        db.update("smart_home_steps", known, {"value": value})
    return {"id": scene_id, "kind": kind, "device_id": device_id, "value": value}


def remove_step(db: Database, scene_id: int, kind: Kind, device_id: int) -> Record:
    """Let a scene leave a device alone.

    Args:
        scene_id: The scene's id.
        kind: The kind of device.
        device_id: The device's id.

    Returns:
        id of the scene.
    """
    _scene(db, scene_id)
    known = _step(db, scene_id, kind, device_id)
    if known is None:
        raise not_found(f"step of this scene for the {kind}", device_id)
    db.delete("smart_home_steps", known)
    return {"id": scene_id}


def run_scene(db: Database, scene_id: int) -> Record:
    """Set all devices of a scene now. Lights that are offline are left out.

    Args:
        scene_id: The scene's id.

    Returns:
        done (how many steps) and left_out (names of devices).
    """
    steps = show_scene(db, scene_id)["steps"]
    left_out = [step["device"] for step in steps if not _carry_out(db, step["kind"], step["device_id"], step["value"])]
    return {"done": len(steps) - len(left_out), "left_out": left_out}


def delete_scene(db: Database, scene_id: int) -> Record:
    """Delete a scene that no routine uses.

    Args:
        scene_id: The scene's id.

    Returns:
        id of the deleted scene.
    """
    _scene(db, scene_id)
    user = db.value("SELECT name FROM smart_home_routines WHERE scene_id = ?", scene_id)
    if user is not None:
        raise conflict(f"The routine {user!r} runs this scene: delete it or change its scene first.")
    db.delete_all("smart_home_steps", "scene_id", scene_id)
    db.delete("smart_home_scenes", scene_id)
    return {"id": scene_id}


def create_routine(
    db: Database,
    name: Name,
    scene_id: int,
    at: TimeOfDay | None = None,
    days: Days | None = None,
    sensor_id: int | None = None,
    above: float | None = None,
) -> Record:
    """Let a scene run by itself: at a time of some days, or when a sensor shows more than a value.

    Args:
        name: Its name, not used by another.
        scene_id: The scene.
        at: The time of day.
        days: The days; by default all.
        sensor_id: The sensor, instead of a time.
        above: The value of the sensor.

    Returns:
        id of the routine.
    """
    _scene(db, scene_id)
    _check_free(db, "routine", name)
    timed, sensed = at is not None, sensor_id is not None and above is not None
    if timed == sensed or (sensor_id is None) != (above is None) or (days and not timed):
        raise invalid("A routine needs either at (and days), or both sensor_id and above.")
    if sensor_id is not None and db.get("smart_home_sensors", sensor_id) is None:
        raise not_found("sensor", sensor_id)
    values = {"name": name.strip(), "scene_id": scene_id, "at": at, "sensor_id": sensor_id, "above": above}
    return {"id": db.insert("smart_home_routines", values | {"days": _week(days or list(_WEEK)) if timed else ""})}


def update_routine(
    db: Database,
    routine_id: int,
    scene_id: int | None = None,
    at: TimeOfDay | None = None,
    days: Days | None = None,
    enabled: bool | None = None,
) -> Record:
    """Change a routine, or switch it on or off; what is not given stays.

    Args:
        routine_id: The routine's id.
        scene_id: Another scene.
        at: Another time, for a routine that has one.
        days: Other days, for a routine that has a time.
        enabled: Whether it runs.

    Returns:
        id and changed, the names of the fields that were set.
    """
    row = _routine(db, routine_id)
    if scene_id is not None:
        _scene(db, scene_id)
    if (at or days) and row["at"] is None:
        raise conflict("This routine waits for a sensor: it has no time.")
    on = None if enabled is None else int(enabled)
    given = {"scene_id": scene_id, "at": at, "days": _week(days) if days else None, "enabled": on}
    values = {field: value for field, value in given.items() if value is not None}
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    db.update("smart_home_routines", routine_id, values)
    return {"id": routine_id, "changed": list(values)}


def delete_routine(db: Database, routine_id: int) -> Record:
    """Delete a routine; its scene stays.

    Args:
        routine_id: The routine's id.

    Returns:
        id of the deleted routine.
    """
    _routine(db, routine_id)
    db.delete("smart_home_routines", routine_id)
    return {"id": routine_id}


# The inside ---------------------------------------------------------------------------------------------------------


def _in_room(db: Database, room_id: int | None) -> Where:
    if room_id is not None and db.get("smart_home_rooms", room_id) is None:
        raise not_found("room", room_id)
    where = Where()
    where.given("d.room_id = ?", room_id)
    return where


def _devices(db: Database, columns: str, table: str, where: Where) -> list[Row]:
    sql = f"SELECT d.id, d.name, r.name AS room, {columns} FROM smart_home_{table} d JOIN smart_home_rooms r "
    return db.rows(f"{sql} ON r.id = d.room_id {where} ORDER BY r.name, d.name, d.id", *where.values)


def _shown_light(row: Row) -> Row:
    shown = {name: row[name] for name in ("id", "name", "room", "brightness", "colour")}
    return shown | {"on": bool(row["lit"]), "online": bool(row["online"])}


def _device(db: Database, kind: str, device_id: int) -> Row:
    row = db.get(f"smart_home_{kind}s", device_id)
    if row is None:
        raise not_found(kind, device_id)
    return row


def _device_name(db: Database, kind: str, device_id: int) -> str:
    row = _device(db, kind, device_id)
    if kind == "thermostat":
        return f"Thermostat {db.value('SELECT name FROM smart_home_rooms WHERE id = ?', row['room_id'])}"
    return str(row["name"])


def _lock(db: Database, lock_id: int) -> Row:
    return _device(db, "lock", lock_id)


def _own_lock(db: Database, lock_id: int) -> Row:
    row = _lock(db, lock_id)
    if row["access"] != "own":
        raise not_allowed(f"{row['name']} belongs to {row['owner']}: its codes are theirs.")
    return row


def _scene(db: Database, scene_id: int) -> Row:
    return _device(db, "scene", scene_id)


def _routine(db: Database, routine_id: int) -> Row:
    return _device(db, "routine", routine_id)


def _step(db: Database, scene_id: int, kind: str, device_id: int) -> int | None:
    sql = "SELECT id FROM smart_home_steps WHERE scene_id = ? AND kind = ? AND device_id = ?"
    found: int | None = db.value(sql, scene_id, kind, device_id)
    return found


def _carry_out(db: Database, kind: str, device_id: int, value: int) -> bool:
    """Do one step of a scene; False for a device that cannot be reached or is not the user's to set."""
    row = _device(db, kind, device_id)
    if kind == "light":
        if row["online"]:
            db.update("smart_home_lights", device_id, {"lit": 1, "brightness": value} if value else {"lit": 0})
        return bool(row["online"])
    if kind == "lock":
        if row["access"] != "view" and not row["locked"]:
            set_lock(db, device_id, True)
        return bool(row["access"] != "view")
    if kind == "blind":
        db.update("smart_home_blinds", device_id, {"open_percent": value})
    else:
        db.update("smart_home_thermostats", device_id, {"target": float(value)})
    return True


def _check_free(db: Database, what: str, name: str) -> None:
    if db.value(f"SELECT id FROM smart_home_{what}s WHERE name = ? COLLATE NOCASE", name.strip()) is not None:
        raise conflict(f"There is a {what} {name.strip()!r} already.")


def _check_end(db: Database, end: str | None, start: str) -> None:
    if end is not None and (end < start or end < db.today):
        raise invalid(f"The last day must not be before {max(start, db.today)}.")


def _week(days: list[Weekday] | list[str]) -> str:
    return " ".join(one for one in _WEEK if one in days)


# The generated history ----------------------------------------------------------------------------------------------

_ROOMS = (("Living room", 0), ("Kitchen", 0), ("Hall", 0), ("Bedroom", 1), ("Study", 1), ("Bathroom", 1))
_LIGHTS = {
    "Living room": ("Ceiling lamp", "Floor lamp", "Reading lamp"),
    "Kitchen": ("Ceiling lamp", "Counter light"),
    "Hall": ("Hall light",),
    "Bedroom": ("Bedside lamp", "Ceiling lamp"),
    "Study": ("Desk lamp",),
    "Bathroom": ("Mirror light",),
}
_SENSORS = (
    *(("Living room", "temperature"), ("Bedroom", "temperature"), ("Study", "temperature"), ("Bathroom", "humidity")),
    *(
        ("Living room", "humidity"),
        ("Hall", "motion"),
        ("Kitchen", "smoke"),
        ("Bedroom", "window"),
        ("Study", "window"),
    ),
)
_SCENES = ("Good morning", "Movie night", "Leaving home", "Good night")


def generate(plot: Plot) -> None:
    """Six rooms with devices, scenes and routines, people with codes, a history of the locks, two weeks of energy."""
    dice = plot.dice("smart_home")
    rooms = {name: plot.add("smart_home_rooms", {"name": name, "floor": floor}) for name, floor in _ROOMS}
    for room, lights in _LIGHTS.items():
        for name in lights:
            light = {
                "room_id": rooms[room],
                "name": name,
                "lit": int(dice.chance(0.5)),
                "online": int(dice.chance(0.92)),
            }
            plot.add("smart_home_lights", light | {"brightness": dice.integer(2, 20) * 5})
    for room in ("Living room", "Bedroom", "Study"):
        blind = {"room_id": rooms[room], "name": f"{room} blind", "open_percent": dice.one((0, 20, 50, 80, 100))}
        plot.add("smart_home_blinds", blind)
    for room in ("Living room", "Kitchen", "Bedroom", "Study"):
        values = {"room_id": rooms[room], "mode": dice.one(("heat", "heat", "eco")), "target": dice.integer(34, 46) / 2}
        plot.add("smart_home_thermostats", values | {"current": dice.integer(165, 235) / 10})
    for room, kind in _SENSORS:
        _sensor(plot, dice, rooms[room], kind)
    _scenes(plot, dice)
    _people(plot, dice)
    _energy(plot, dice)


def _sensor(plot: Plot, dice: Dice, room: int, kind: str) -> None:
    value, unit = {
        "temperature": (dice.integer(165, 240) / 10, "C"),
        "humidity": (float(dice.integer(35, 75)), "%"),
    }.get(kind, (float(dice.chance(0.3)), "open" if kind == "window" else "alarm"))
    values = {"room_id": room, "kind": kind, "value": value, "unit": unit, "battery": dice.integer(4, 100)}
    plot.add("smart_home_sensors", values | {"measured_at": plot.at(0, 6, dice.integer(0, 59))})


def _scenes(plot: Plot, dice: Dice) -> None:
    lights, blinds = plot.rows("smart_home_lights"), plot.rows("smart_home_blinds")
    scenes = [plot.add("smart_home_scenes", {"name": name}) for name in _SCENES]
    for scene in scenes:
        for light in some(dice, lights, dice.integer(2, 3)):
            step = {
                "scene_id": scene,
                "kind": "light",
                "device_id": light["id"],
                "value": dice.one((0, 0, 30, 60, 100)),
            }
            plot.add("smart_home_steps", step)
        step = {"scene_id": scene, "kind": "blind", "device_id": dice.one(blinds)["id"], "value": dice.one((0, 100))}
        plot.add("smart_home_steps", step)
    for name, scene, at, days in (
        ("Wake up", scenes[0], f"0{dice.integer(6, 7)}:{dice.one((0, 15, 30, 45)):02d}", "mon tue wed thu fri"),
        ("Late mornings", scenes[0], "09:30", "sat sun"),
        ("Off to work", scenes[2], "08:15", "mon tue wed thu fri"),
        ("Bedtime", scenes[3], f"22:{dice.one((0, 15, 30, 45)):02d}", " ".join(_WEEK)),
    ):
        values = {"name": name, "scene_id": scene, "at": at, "days": days, "enabled": int(dice.chance(0.75))}
        plot.add("smart_home_routines", values | {"sensor_id": None, "above": None})
    sensor = plot.rows("smart_home_sensors")[0]["id"]
    plot.add("smart_home_routines", {"name": "Too warm", "scene_id": scenes[2], "sensor_id": sensor, "above": 26.0})


def _people(plot: Plot, dice: Dice) -> None:
    """Locks, those who have access and codes, what they did at the locks, and the visit that one of them announced."""
    me, partner = plot.me, plot.who("family")[0]
    neighbour, trade, friend = (
        dice.one(plot.who("neighbour")),
        dice.one(plot.who("service")),
        dice.one(plot.who("friend")),
    )
    locks = []
    for name, owner, access in (
        ("Front door", me.email, "own"),
        ("Garage", me.email, "own"),
        ("Building entrance", "service@parkview.example", "use"),
        (f"{neighbour.first}'s shed", neighbour.email, "view"),
    ):
        values = {"name": name, "owner": owner, "access": access, "locked": int(dice.chance(0.6))}
        locks.append(plot.add("smart_home_locks", values | {"battery": dice.integer(8, 100)}))
    ends = {neighbour.email: -dice.integer(3, 40), trade.email: dice.integer(3, 14), friend.email: dice.integer(2, 20)}
    for person in (partner, neighbour, trade, friend):
        days = ends.get(person.email)
        until = None if days is None else plot.day(days)
        role = "resident" if person is partner else "guest"
        plot.add("smart_home_members", {"address": person.email, "name": person.name, "role": role, "until": until})
        for lock in locks[: 1 + (person in (partner, neighbour))]:
            code = {"lock_id": lock, "code": f"{dice.integer(10, 99)}{person.key:02d}", "holder": person.email}
            plot.add("smart_home_codes", code | {"valid_from": plot.day(-dice.integer(45, 300)), "valid_until": until})
    for days in sorted((dice.integer(1, 9) for _ in range(9)), reverse=True):
        who = dice.one((me, me, partner, trade)).email
        at = plot.at(-days, dice.integer(7, 20), dice.integer(0, 40))
        for event, minutes in (("unlocked", 0), ("locked", dice.integer(2, 19))):
            log = {"lock_id": locks[0], "at": plus_minutes(at, minutes), "event": event, "who": who}
            plot.add("smart_home_lock_log", log)
    day, hour = dice.integer(2, 3), dice.integer(9, 15)
    body = f"Dear {me.first},\n\nI come on {plot.day(day)} at {hour}:00. My code still works, does it?\n\n{trade.first}"
    record_mail(plot, (trade.name, trade.email), [me.email], "My visit", body, plot.at(-1, 17, 20))
    start, notes = plot.at(day, hour), "Has a code for the front door."
    record_event(plot, f"Visit of {trade.name}", start, plus_minutes(start, 60), location="Home", notes=notes)


def _energy(plot: Plot, dice: Dice) -> None:
    """The use of two weeks, and the weekly report by mail (of the seven days before today)."""
    week = 0
    for days in range(14, 0, -1):
        for circuit, low, high in (("heating", 4000, 11000), ("kitchen", 900, 3200), ("rest", 1500, 4200)):
            used = dice.integer(low, high)
            week += used if days <= 7 else 0
            plot.add("smart_home_energy", {"day": plot.day(-days), "circuit": circuit, "watt_hours": used})
    subject = f"Your energy from {plot.day(-7)} to {plot.day(-1)}"
    body = f"Your home used {week} watt hours from {plot.day(-7)} to {plot.day(-1)}.\n\n{MAKER}"
    record_mail(plot, (MAKER, MAKER_ADDRESS), [plot.me.email], subject, body, plot.at(0, 5, 30), unread=True)


APP = App(
    name="smart_home",
    about="Rooms, lights, thermostats, blinds, locks and their codes, sensors, scenes, routines, energy, who has access.",
    tables=TABLES,
    generate=generate,
    reads=(
        *(list_rooms, list_lights, list_thermostats, list_blinds, list_sensors, list_locks, list_codes, lock_history),
        *(list_scenes, show_scene, list_routines, energy, list_access),
    ),
    writes=(
        *(set_light, switch_room, set_thermostat, set_blind, set_lock, add_code, remove_code, extend_code),
        *(grant_access, revoke_access, create_scene, set_step, remove_step, run_scene, delete_scene),
        *(create_routine, update_routine, delete_routine),
    ),
    needs=("contacts", "mail", "calendar"),
)
