"""Scenarios in the smart home."""

from __future__ import annotations

from typing import Any

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, address_of, need
from sge_envs.world.clock import plus_days
from sge_envs.world.database import Database

_CIRCUITS = ("heating", "kitchen", "rest")


def _named(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(one for one in rows if one["name"] == name)


def coldest(scene: Scene) -> Instance:
    def solve(do: Do) -> str:
        found = do("smart_home.list_sensors", kind="temperature")["sensors"]
        found = sorted(found, key=lambda one: float(one["value"]))
        need(found[0]["value"] < found[1]["value"])
        return str(found[0]["room"])

    return Instance(
        scene.say(
            "Which room is the coldest, according to the temperature sensors?",
            "Look at the temperature sensors: in which room is it coldest?",
        ),
        solve,
    )


def lights_out(scene: Scene) -> Instance:
    floor = scene.dice.integer(0, 1)

    def solve(do: Do) -> None:
        rooms = [one for one in do("smart_home.list_rooms")["rooms"] if one["floor"] == floor and one["lights_on"]]
        need(rooms)
        for one in rooms:
            do("smart_home.switch_room", room_id=one["id"], on=False)

    where = ("on the ground floor (floor 0)", "upstairs (floor 1)")[floor]
    return Instance(
        scene.say(
            f"Switch off every light {where} that can be reached.",
            f"Nobody is {where}: put out all the lights there. Those that are offline have to stay as they are.",
        ),
        solve,
    )


def visitor(scene: Scene) -> Instance:
    mail = scene.row("SELECT sender, sender_name, body FROM mail_messages WHERE subject = 'My visit'")
    event = scene.row("SELECT start FROM calendar_events WHERE title = ?", f"Visit of {mail['sender_name']}")
    code = scene.row("SELECT id, code FROM smart_home_codes WHERE holder = ?", mail["sender"])
    ended, last = plus_days(scene.db.today, -scene.dice.integer(1, 6)), event["start"][:10]
    scene.plant(lambda db: _end_access(db, mail["sender"], ended))

    def solve(do: Do) -> None:
        found = do("mail.search", query="My visit", folder="inbox")["messages"]
        message = next(one for one in found if one["subject"] == "My visit")
        day = do("calendar.list_events", query=f"Visit of {message['sender_name']}")["events"][0]["start"][:10]
        lock = _named(do("smart_home.list_locks")["locks"], "Front door")["id"]
        codes = do("smart_home.list_codes", lock_id=lock)["codes"]
        own = next(one for one in codes if one["holder"] == message["sender"])
        member = _named(do("smart_home.list_access")["members"], message["sender_name"])
        do("smart_home.grant_access", address=member["address"], name=member["name"], role=member["role"], until=day)
        do("smart_home.extend_code", code_id=own["id"], valid_until=day)
        do("mail.reply", message_id=message["id"], body=f"Yes, {own['code']} works until {day}.")

    return Instance(
        scene.say(
            "In the mail 'My visit' somebody asks about their code. It has run out: let their access to the home as a guest and "
            "their code for the front door both last until the day of the visit, that day included. Then answer the mail: give "
            "them the digits of the code and the last day, as in 2025-03-14.",
            "Somebody announced themselves with a mail 'My visit'. Their access as a guest and their code of the front door have "
            "ended; make the day of the visit the last day of both. Reply to the mail with the digits of the code and with that "
            "day (in the form 2025-03-14).",
        ),
        solve,
        free={"mail_messages.body": Says((code["code"], last))},
    )


def _end_access(db: Database, address: str, day: str) -> None:
    for table, column in (("smart_home_codes", "holder"), ("smart_home_members", "address")):
        field = "valid_until" if table == "smart_home_codes" else "until"
        for one in db.column(f"SELECT id FROM {table} WHERE {column} = ?", address):
            db.update(table, one, {field: day})


def stay(scene: Scene) -> Instance:
    person, digits = a_person(scene, "friend"), f"{scene.dice.integer(10_000, 99_999)}"
    need(scene.db.value("SELECT COUNT(*) FROM smart_home_members WHERE address = ?", person["email"]) == 0)
    first = plus_days(scene.db.today, scene.dice.integer(3, 15))
    last = plus_days(first, scene.dice.integer(2, 7))

    def solve(do: Do) -> None:
        address = address_of(do, person["name"])
        do("smart_home.grant_access", address=address, name=person["name"], role="guest", until=last)
        lock = _named(do("smart_home.list_locks")["locks"], "Front door")["id"]
        dates = {"valid_from": first, "valid_until": last}
        do("smart_home.add_code", lock_id=lock, code=digits, holder=address, **dates)
        own = _named(do("calendar.list_calendars")["calendars"], "Personal")["id"]
        start, end = f"{first}T15:00", f"{last}T11:00"
        title = f"{person['name']} stays here"
        do("calendar.create_event", title=title, start=start, end=end, calendar_id=own, guests=[address])
        home = _named(do("todo.list_lists")["lists"], "Home")["id"]
        task = do("todo.add_task", list_id=home, title="Make the guest bed", due=plus_days(first, -1))["id"]
        do("todo.set_reminder", task_id=task, remind_at=f"{plus_days(first, -1)}T17:00")
        do("mail.send", to=[address], subject="Your stay", body=f"Your code is {digits}. Welcome!")

    name = person["name"]
    return Instance(
        scene.say(
            f"{name} stays with me from {first} to {last}. Give them access to the home as a guest until the last day, under their "
            f"full name, and the code {digits} for the front door, good for these days only. Put '{name} stays here' into my "
            "calendar Personal, from 15:00 on the first day to 11:00 on the last, with them as guest. On my to-do list 'Home' I "
            "need 'Make the guest bed', due the day before they come, with a reminder at 17:00 on that day. Then mail them the "
            "code, with the subject 'Your stay'.",
            f"My guest {name} comes on {first} and leaves on {last}. They need access to the smart home until they leave (as a "
            f"guest, by full name) and the code {digits} of the front door, valid from the first to the last day. The calendar "
            f"Personal gets the event '{name} stays here', {first} 15:00 to {last} 11:00, with {name} as its guest. Write them a "
            "mail 'Your stay' with the code. For myself, add the task 'Make the guest bed' to the list 'Home', due on the day "
            "before the arrival and with a reminder at 17:00 of that day.",
        ),
        solve,
        free={"mail_messages.body": Says((digits,))},
    )


def old_guests(scene: Scene) -> Instance:
    people = scene.db.rows(
        "SELECT name, email FROM contacts_people WHERE relation IN ('friend', 'neighbour') AND email != '' AND email NOT IN "
        "(SELECT address FROM smart_home_members) ORDER BY id"
    )
    more = scene.some(people, scene.dice.integer(1, 3))
    ended = [plus_days(scene.db.today, -scene.dice.integer(1, 90)) for _ in more]
    today = scene.db.today
    scene.plant(lambda db: _add_guests(db, [(one["email"], one["name"], day) for one, day in zip(more, ended)]))

    def solve(do: Do) -> None:
        members = do("smart_home.list_access")["members"]
        over = [one for one in members if one["until"] and one["until"] < today]
        need(0 < len(over) < len(members))
        for one in over:
            do("smart_home.revoke_access", address=one["address"])

    return Instance(
        scene.say(
            "Take away the access to my home from everybody whose last day is over. Whoever may still come in today keeps it.",
            "Clean up the guests of the smart home: whose last day was before today loses the access, with the codes.",
        ),
        solve,
    )


def _add_guests(db: Database, guests: list[tuple[str, str, str]]) -> None:
    for address, name, until in guests:
        db.insert("smart_home_members", {"address": address, "name": name, "role": "guest", "until": until})


def evening_scene(scene: Scene) -> Instance:
    name = scene.dice.one(("Reading hour", "Quiet evening", "Chess night"))
    light = scene.row(
        "SELECT l.name, r.name AS room FROM smart_home_lights l JOIN smart_home_rooms r ON r.id = l.room_id WHERE l.online = 1"
    )
    room, warm = (
        scene.dice.one(("Living room", "Bedroom", "Study")),
        scene.dice.one(("Living room", "Bedroom", "Study")),
    )
    bright, gap, degrees = scene.dice.integer(1, 19) * 5, scene.dice.integer(1, 9) * 10, scene.dice.integer(17, 23)
    hour = f"{scene.dice.integer(18, 21)}:{scene.dice.one((0, 15, 30, 45)):02d}"
    days = scene.dice.one((["mon", "tue", "wed", "thu", "fri"], ["sat", "sun"], ["fri", "sat"]))
    words = {5: "from Monday to Friday", 2: f"on {'Saturdays' if days[0] == 'sat' else 'Fridays'} and "}[len(days)]
    words += "" if len(days) == 5 else ("Sundays" if days[0] == "sat" else "Saturdays")

    def solve(do: Do) -> None:
        lights = do("smart_home.list_lights")["lights"]
        lamp = next(one["id"] for one in lights if (one["name"], one["room"]) == (light["name"], light["room"]))
        blind = next(one["id"] for one in do("smart_home.list_blinds")["blinds"] if one["room"] == room)
        heat = next(one["id"] for one in do("smart_home.list_thermostats")["thermostats"] if one["room"] == warm)
        made = do("smart_home.create_scene", name=name)["id"]
        for kind, device, value in (("light", lamp, bright), ("blind", blind, gap), ("thermostat", heat, degrees)):
            do("smart_home.set_step", scene_id=made, kind=kind, device_id=device, value=value)
        do("smart_home.create_routine", name=name, scene_id=made, at=hour, days=days)
        routines = do("smart_home.list_routines")["routines"]
        bedtime = _named(routines, "Bedtime")
        if bedtime["enabled"]:
            do("smart_home.update_routine", routine_id=bedtime["id"], enabled=False)
        do("smart_home.run_scene", scene_id=made)

    what = (
        f"the light '{light['name']}' in the room '{light['room']}' at {bright} % brightness, the blind of the room '{room}' at "
        f"{gap} % open, the thermostat of the room '{warm}' at {degrees} degrees"
    )
    return Instance(
        scene.say(
            f"Make a scene '{name}': {what}. Let a routine of the same name run it {words} at {hour}. See that the routine "
            "'Bedtime' is off. At last run the new scene once, now.",
            f"I want a scene called '{name}' with {what}, and a routine, called so too, that runs it {words} at {hour}. Switch the "
            "routine 'Bedtime' off unless it is off already, and try the scene out once.",
        ),
        solve,
    )


def most_energy(scene: Scene) -> Instance:
    circuit = scene.dice.one(_CIRCUITS)
    first, last = plus_days(scene.db.today, -scene.dice.integer(8, 14)), plus_days(scene.db.today, -1)

    def solve(do: Do) -> str:
        found = do("smart_home.energy", since=first, until=last, circuit=circuit)["readings"]
        found = sorted(found, key=lambda one: -int(one["watt_hours"]))
        need(
            len(found) > 2 and found[0]["watt_hours"] > found[1]["watt_hours"] and found[0]["day"] not in (first, last)
        )
        return str(found[0]["day"])

    return Instance(
        scene.say(
            f"On which day from {first} to {last} did the circuit '{circuit}' use the most energy? Give the date as in 2025-03-14.",
            f"Look at the energy of the circuit '{circuit}' between {first} and {last}, both days included: on which date "
            "(2025-03-14) was it highest?",
        ),
        solve,
    )


def warm_up(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT r.name, t.target FROM smart_home_thermostats t JOIN smart_home_rooms r ON r.id = t.room_id WHERE t.mode = 'eco'"
    )
    degrees = scene.dice.integer(36, 46) / 2
    need(degrees != row["target"])

    def solve(do: Do) -> None:
        found = do("smart_home.list_thermostats")["thermostats"]
        one = next(one["id"] for one in found if one["room"] == row["name"])
        do("smart_home.set_thermostat", thermostat_id=one, target=degrees, mode="heat")

    return Instance(
        scene.say(
            "One room has to be warmer tonight. Ask me which room and how many degrees, then set its thermostat to that, in the "
            "mode heat.",
            "Put a thermostat into the mode heat for me: ask me for the room, and for the temperature that it is to have.",
        ),
        solve,
        facts={
            "room where thermostat": f"It is the room '{row['name']}'.",
            "degrees temperature warm target room thermostat": f"I want {degrees:g} degrees.",
        },
    )


def wrong_report(scene: Scene) -> Instance:
    first, last = plus_days(scene.db.today, -7), plus_days(scene.db.today, -1)
    reading = scene.row("SELECT id, watt_hours FROM smart_home_energy WHERE day BETWEEN ? AND ?", first, last)
    more = scene.dice.integer(120, 2900)
    scene.plant(lambda db: db.update("smart_home_energy", reading["id"], {"watt_hours": reading["watt_hours"] + more}))

    def solve(do: Do) -> int:
        found = do("mail.search", query=f"Your energy from {first} to {last}")["messages"]
        body = do("mail.show", message_id=found[0]["id"])["body"]
        told = int(body.split(" used ")[1].split()[0])
        return int(do("smart_home.energy", since=first, until=last)["total"]) - told

    return Instance(
        scene.say(
            f"The weekly mail about my energy from {first} to {last} names a total that is lower than what the readings of these "
            "days add up to. How many watt hours are missing in the mail?",
            f"Compare the energy readings from {first} to {last} with the total in the mail that I got about these days. By how "
            "many watt hours is the mail too low?",
        ),
        solve,
    )


SCENARIOS = (
    Scenario("smart_home.coldest", "easy", "train", coldest),
    Scenario("smart_home.lights_out", "easy", "train", lights_out),
    Scenario("smart_home.visitor", "hard", "train", visitor),
    Scenario("smart_home.stay", "hard", "test", stay),
    Scenario("smart_home.old_guests", "medium", "test", old_guests),
    Scenario("smart_home.evening_scene", "hard", "test", evening_scene),
    Scenario("smart_home.most_energy", "easy", "train", most_energy),
    Scenario("smart_home.warm_up", "medium", "valid", warm_up),
    Scenario("smart_home.wrong_report", "medium", "train", wrong_report),
)
