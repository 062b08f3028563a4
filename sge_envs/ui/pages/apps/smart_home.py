"""The pages of the smart home: rooms and their devices, locks with codes, scenes, routines, energy, who has access."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing
from sge_envs.world.clock import plus_days

ROOM = {"room_id": "id"}
LIGHT = {"light_id": "id"}
BLIND = {"blind_id": "id"}
THERMOSTAT = {"thermostat_id": "id"}
LOCK = {"lock_id": "id"}
CODE = {"code_id": "id"}
SCENE = {"scene_id": "id"}
ROUTINE = {"routine_id": "id"}
MEMBER = {"address": "address", "name": "name"}
STEP = {"scene_id": "id", "kind": "kind", "device_id": "device_id"}
CIRCUITS = ("heating", "kitchen", "rest")
DEVICES = {"light": "list_lights", "blind": "list_blinds", "thermostat": "list_thermostats", "lock": "list_locks"}
ENERGY_DAYS = 14
"""As far back as energy is known."""


# What the pages show beside their own operations ---------------------------------------------------------------------


def _devices(look: Look) -> list[dict[str, Any]]:
    """What a scene can set: kind, device_id and a name for each."""
    found = []
    for kind, operation in DEVICES.items():
        for one in next(iter(look(f"smart_home.{operation}", {}).value.values())):
            room = f" ({one['room']})" if "room" in one else ""
            found.append(
                {"kind": kind, "device_id": one["id"], "device": f"{one.get('name', kind.capitalize())}{room}"}
            )
    return found


def _with_devices(scene: Record, look: Look) -> Record:
    """A scene whose steps name the room, too, and the devices that it leaves alone."""
    set_here = {(one["kind"], one["device_id"]): one["value"] for one in scene["steps"]}
    devices = _devices(look)
    names = {(one["kind"], one["device_id"]): one["device"] for one in devices}
    steps = [{**one, "device": names.get((one["kind"], one["device_id"]), one["device"])} for one in scene["steps"]]
    return {
        **scene,
        "steps": steps,
        "others": [one for one in devices if (one["kind"], one["device_id"]) not in set_here],
    }


def _sensors(look: Look) -> list[tuple[str, str]]:
    found = look("smart_home.list_sensors", {}).value["sensors"]
    return [(str(one["id"]), f"{one['kind']} in the {one['room'].lower()}") for one in found]


def _with_sensors(found: Record, look: Look) -> Record:
    """The routines, each with its days in one text and its sensor by name."""
    names = dict(_sensors(look))
    lines = [{**one, "sensor": names.get(str(one["sensor_id"]))} for one in found["routines"]]
    return {**found, "routines": lines}


def _by_day(energy: Record, _: Look) -> Record:
    """The readings with one line for each day, and a column for each circuit."""
    days = []
    for day, readings in groupby(energy["readings"], key=lambda one: one["day"]):
        used = {one["circuit"]: one["watt_hours"] for one in readings}
        days.append({"day": day, **dict.fromkeys(CIRCUITS), **used, "all": sum(used.values())})
    return {**energy, "days": days}


def _holders(look: Look) -> list[tuple[str, str]]:
    """Who can have a code: the people with access, and the user."""
    me = look("contacts.my_profile", {}).value
    found = look("smart_home.list_access", {}).value["members"]
    return [(me["email"], f"{me['name']} (you)"), *((one["address"], one["name"]) for one in found)]


def _is_own(lock: Record) -> bool:
    return bool(lock["access"] == "own")


def _may_lock(lock: Record) -> bool:
    return bool(lock["access"] != "view" and not lock["locked"])


def _may_unlock(lock: Record) -> bool:
    return bool(lock["access"] != "view" and lock["locked"])


HOME = (
    Page(
        "list_rooms",
        rows=(
            Rows(
                "rooms",
                ("name", "floor", "lights", "lights_on", "blinds", "thermostats"),
                link=Go("list_lights", ROOM),
                links={
                    "lights": Go("list_lights", ROOM),
                    "blinds": Go("list_blinds", ROOM, when=lambda room: room["blinds"]),
                    "thermostats": Go("list_thermostats", ROOM, when=lambda room: room["thermostats"]),
                },
                actions=(
                    Go("switch_room", ROOM, {"on": True}, "All on", lambda room: room["lights"] > room["lights_on"]),
                    Go("switch_room", ROOM, {"on": False}, "All off", lambda room: room["lights_on"]),
                ),
            ),
        ),
    ),
    Page(
        "list_lights",
        rows=(
            Rows(
                "lights",
                ("name", "room", "on", "brightness", "colour", "online"),
                link=Go("set_light", LIGHT),
                actions=(
                    Go("set_light", LIGHT, {"on": True}, "Switch on", lambda light: not light["on"], now=True),
                    Go("set_light", LIGHT, {"on": False}, "Switch off", lambda light: light["on"], now=True),
                    Go("set_light", LIGHT, label="Set"),
                ),
                empty="No lights.",
            ),
        ),
    ),
    Page(
        "list_thermostats",
        rows=(
            Rows(
                "thermostats",
                ("room", "mode", "target", "current"),
                actions=(Go("set_thermostat", THERMOSTAT, label="Set"),),
                empty="No thermostats.",
            ),
        ),
    ),
    Page(
        "list_blinds",
        rows=(
            Rows(
                "blinds",
                ("name", "room", "open_percent"),
                actions=(
                    Go("set_blind", BLIND, {"open_percent": 100}, "Open", lambda blind: blind["open_percent"] < 100),
                    Go("set_blind", BLIND, {"open_percent": 0}, "Close", lambda blind: blind["open_percent"] > 0),
                    Go("set_blind", BLIND, label="Set"),
                ),
                empty="No blinds.",
            ),
        ),
    ),
    Page(
        "list_sensors",
        rows=(
            Rows(
                "sensors",
                ("kind", "room", "value", "unit", ("battery", "Battery, %"), "measured_at"),
                empty="No sensors.",
            ),
        ),
    ),
    Page(
        "energy",
        fields=(("total", "Watt hours in all"),),
        shape=_by_day,
        hide=("readings",),
        rows=(
            Rows(
                "days",
                ("day", *CIRCUITS, "all"),
                title="Watt hours",
                grid=True,
                empty="Nothing is known of these days.",
            ),
        ),
    ),
)
ENTRY = (
    Page(
        "list_locks",
        rows=(
            Rows(
                "locks",
                ("name", "owner", "access", "locked", ("battery", "Battery, %"), "codes"),
                link=Go("lock_history", LOCK),
                actions=(
                    Go("set_lock", LOCK, {"locked": True}, "Lock", _may_lock),
                    Go("set_lock", LOCK, {"locked": False}, "Unlock", _may_unlock),
                    Go("list_codes", LOCK, label="Codes", when=_is_own),
                    Go("lock_history", LOCK, label="History"),
                ),
            ),
        ),
    ),
    Page(
        "list_codes",
        title="Codes of {lock_id}",
        rows=(
            Rows(
                "codes",
                ("code", "holder", "valid_from", "valid_until"),
                actions=(
                    Go("extend_code", CODE, label="Change last day"),
                    Go("remove_code", CODE, label="Remove", sure=True),
                ),
                empty="No codes.",
            ),
        ),
        actions=(Go("add_code", {"lock_id": "lock_id"}), Go("lock_history", {"lock_id": "lock_id"}, label="History")),
    ),
    Page(
        "lock_history",
        title="History of {lock_id}",
        rows=(Rows("events", ("at", "event", "who"), empty="Nothing happened."),),
    ),
    Page(
        "list_access",
        rows=(
            Rows(
                "members",
                ("name", "address", "role", ("until", "Last day"), "codes"),
                actions=(
                    Go("grant_access", MEMBER, label="Change"),
                    Go("revoke_access", {"address": "address"}, label="Take access away"),
                ),
                empty="Nobody but you.",
            ),
        ),
        actions=(Go("grant_access", label="Give access"),),
    ),
)
SCENES = (
    Page(
        "list_scenes",
        rows=(
            Rows(
                "scenes",
                ("name", "steps"),
                link=Go("show_scene", SCENE),
                actions=(Go("run_scene", SCENE, label="Run"), Go("delete_scene", SCENE, label="Delete")),
                empty="No scenes.",
            ),
        ),
        actions=(Go("create_scene", label="New scene"),),
    ),
    Page(
        "show_scene",
        title="name",
        shape=_with_devices,
        rows=(
            Rows(
                "steps",
                ("device", "kind", "value"),
                actions=(Go("set_step", STEP, label="Change"), Go("remove_step", STEP, label="Take out")),
                empty="This scene sets nothing yet.",
            ),
            Rows(
                "others",
                ("device", "kind"),
                actions=(Go("set_step", STEP, label="Put in"),),
                title="Other devices",
                empty="None.",
            ),
        ),
        actions=(
            Go("run_scene", SCENE, label="Run"),
            Go("create_routine", SCENE, label="New routine with it"),
            Go("delete_scene", SCENE, label="Delete"),
        ),
    ),
    Page(
        "list_routines",
        shape=_with_sensors,
        rows=(
            Rows(
                "routines",
                ("name", "scene", "at", "days", "sensor", "above", "enabled"),
                links={"scene": Go("show_scene", {"scene_id": "scene_id"})},
                actions=(
                    Go(
                        "update_routine",
                        ROUTINE,
                        {"enabled": True},
                        "Switch on",
                        lambda row: not row["enabled"],
                        now=True,
                    ),
                    Go(
                        "update_routine",
                        ROUTINE,
                        {"enabled": False},
                        "Switch off",
                        lambda row: row["enabled"],
                        now=True,
                    ),
                    Go("update_routine", ROUTINE, label="Edit"),
                    Go("delete_routine", ROUTINE, label="Delete"),
                ),
                empty="No routines.",
            ),
        ),
        actions=(Go("create_routine", label="New routine"),),
    ),
)
PAGES = AppPages(
    app="smart_home",
    title="Smart home",
    tabs=(
        Tab("list_rooms", "Rooms"),
        Tab("list_lights", "Lights"),
        Tab("list_thermostats", "Thermostats"),
        Tab("list_blinds", "Blinds"),
        Tab("list_sensors", "Sensors"),
        Tab("list_locks", "Locks"),
        Tab("list_scenes", "Scenes"),
        Tab("list_routines", "Routines"),
        Tab(
            "energy", "Energy", {"since": lambda now: plus_days(now[:10], -ENERGY_DAYS), "until": lambda now: now[:10]}
        ),
        Tab("list_access", "Access"),
    ),
    pages=(*HOME, *ENTRY, *SCENES),
    forms=(
        Form("create_scene", then=Go("show_scene", SCENE)),
        Form("create_routine", then=Go("list_routines")),
        Form("set_light", load="list_lights", row=("lights", "id", "light_id")),
        Form("set_thermostat", load="list_thermostats", row=("thermostats", "id", "thermostat_id")),
        Form("set_blind", load="list_blinds", row=("blinds", "id", "blind_id")),
        Form("grant_access", load="list_access", row=("members", "address", "address"), whole=True),
        Form("update_routine", load="list_routines", row=("routines", "id", "routine_id")),
    ),
    things={
        "room_id": Thing(choices=("list_rooms", "rooms", "id", "name")),
        "light_id": Thing(choices=("list_lights", "lights", "id", "name")),
        "thermostat_id": Thing(choices=("list_thermostats", "thermostats", "id", "room")),
        "blind_id": Thing(choices=("list_blinds", "blinds", "id", "name")),
        "lock_id": Thing(choices=("list_locks", "locks", "id", "name")),
        "scene_id": Thing(choices=("list_scenes", "scenes", "id", "name"), shown=("show_scene", "name")),
        "routine_id": Thing(choices=("list_routines", "routines", "id", "name")),
        "sensor_id": Thing(choices=_sensors),
        "holder": Thing(choices=_holders),
    },
    labels={"open_percent": "Open, %", "brightness": "Brightness, %", "lights_on": "On", "at": "At", "on": "On"},
    verbs={
        "set_light": "Set light",
        "run_scene": "Run scene",
        "energy": "Energy",
        "revoke_access": "Take access away",
        "grant_access": "Give access",
        "extend_code": "Change last day",
    },
)
