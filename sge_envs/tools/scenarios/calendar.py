"""Scenarios in the calendar."""

from __future__ import annotations

from sge_envs.tools.scenario import Do, Instance, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, address_of, everything, need
from sge_envs.world.clock import plus_days, plus_minutes, weekday
from sge_envs.world.database import Row

_COMING = "e.start > (SELECT now FROM world_clock) AND e.status != 'cancelled'"


def _mine(scene: Scene, more: str = "1") -> Row:
    """A coming event of my own whose title stands only once in the calendar, and that no other app answers for."""
    return scene.row(
        "SELECT e.* FROM calendar_events e JOIN calendar_calendars c ON c.id = e.calendar_id JOIN world_user u "
        f"WHERE {_COMING} AND c.access = 'own' AND e.organizer IN (u.email, u.work_email) AND e.series_id IS NULL "
        f"AND {more} "
        "AND (SELECT COUNT(*) FROM calendar_events o WHERE o.title = e.title) = 1 AND e.notes NOT LIKE '%ooking%' "
        "AND e.notes NOT LIKE '%eservation%' AND e.title NOT LIKE 'Visit%' AND e.title NOT LIKE 'Table%'"
    )


def _find(do: Do, title: str) -> int:
    found = everything(do, "calendar.list_events", "events", query=title, since="2020-01-01", until="2030-01-01")
    return int(next(one["id"] for one in found if one["title"] == title))


def when_is(scene: Scene) -> Instance:
    row = _mine(scene)

    def solve(do: Do) -> str:
        found = everything(do, "calendar.list_events", "events", query=row["title"])
        return str(next(one["start"] for one in found if one["title"] == row["title"]))

    return Instance(f"When does '{row['title']}' start? Answer in the form 2025-03-14T09:30.", solve)


def move_by_days(scene: Scene) -> Instance:
    row, days = _mine(scene), scene.dice.integer(1, 5)
    start = plus_days(row["start"], days)

    def solve(do: Do) -> None:
        do("calendar.move_event", event_id=_find(do, row["title"]), start=start)

    more = "one day" if days == 1 else f"{days} days"
    return Instance(
        scene.say(
            f"Move '{row['title']}' in my calendar {more} later, at the same time.",
            f"'{row['title']}' will be {more} later: move it.",
        ),
        solve,
    )


def cancel(scene: Scene) -> Instance:
    row = _mine(scene)

    def solve(do: Do) -> None:
        do("calendar.cancel_event", event_id=_find(do, row["title"]))

    return Instance(f"'{row['title']}' will not take place. Cancel it in my calendar, but do not delete it.", solve)


def appointment(scene: Scene) -> Instance:
    title = scene.dice.one(("Haircut", "Car inspection", "Eye test", "Piano lesson", "Parents' evening"))
    need(scene.db.value("SELECT COUNT(*) FROM calendar_events WHERE title = ?", title) == 0)
    day = plus_days(scene.db.today, scene.dice.integer(2, 20))
    start = f"{day}T{scene.dice.integer(9, 17):02}:{scene.dice.one(('00', '15', '30', '45'))}"
    minutes = scene.dice.one((30, 45, 60, 90))
    place = scene.dice.one(("Main Street 4", "Town hall", "Old Market 12"))

    def solve(do: Do) -> None:
        own = next(one["id"] for one in do("calendar.list_calendars")["calendars"] if one["name"] == "Personal")
        end = plus_minutes(start, minutes)
        do("calendar.create_event", title=title, start=start, end=end, location=place, calendar_id=own)

    return Instance(
        f"Put '{title}' into my calendar Personal: {weekday(day)} {day} at {start[11:]}, {minutes} minutes, place "
        f"'{place}'.",
        solve,
    )


def invite(scene: Scene) -> Instance:
    row, person = _mine(scene), a_person(scene, "friend", "colleague")
    need(
        scene.db.value(
            "SELECT COUNT(*) FROM calendar_guests WHERE event_id = ? AND address = ?", row["id"], person["email"]
        )
        == 0
    )

    def solve(do: Do) -> None:
        do("calendar.invite", event_id=_find(do, row["title"]), guests=[address_of(do, person["name"])])

    return Instance(f"Invite {person['name']} to '{row['title']}'.", solve)


def answer_all(scene: Scene) -> Instance:
    need(
        scene.db.value(
            "SELECT COUNT(*) FROM calendar_events WHERE my_answer = 'none' AND start > (SELECT now FROM world_clock)"
        )
        >= 2
    )
    word = scene.dice.one(("workshop", "party"))

    def solve(do: Do) -> None:
        found = do("calendar.list_invitations")["invitations"]
        yes = [one for one in found if word in one["title"]]
        need(yes and len(yes) < len(found))
        for one in found:
            do("calendar.answer_invitation", event_id=one["id"], answer="yes" if one in yes else "no")

    return Instance(
        scene.say(
            f"Answer all open invitations in my calendar: yes where it is a {word}, no to everything else.",
            f"Go through my open invitations. I come to what has '{word}' in its title, and to nothing else.",
        ),
        solve,
    )


def free_slot(scene: Scene) -> Instance:
    day = plus_days(scene.db.today, scene.dice.integer(1, 14))
    minutes = scene.dice.one((60, 90, 120))
    title = scene.dice.one(("Tax return", "Writing", "Deep work", "Spring cleaning"))

    def solve(do: Do) -> None:
        slots = do("calendar.free_slots", date=day, minutes=minutes)["slots"]
        need(slots)
        start = slots[0]["start"]
        own = next(one["id"] for one in do("calendar.list_calendars")["calendars"] if one["name"] == "Personal")
        do("calendar.create_event", title=title, start=start, end=plus_minutes(start, minutes), calendar_id=own)

    return Instance(
        f"I need {minutes} minutes for '{title}' on {weekday(day)} {day}. Take the earliest time within my working "
        "hours at which I "
        "am free for so long, and put it into my calendar Personal.",
        solve,
    )


def busy_day(scene: Scene) -> Instance:
    row = scene.row(
        f"SELECT substr(start, 1, 10) AS day FROM calendar_events e WHERE {_COMING} AND my_answer = 'yes' GROUP BY day "
        "HAVING COUNT(*) >= 2"
    )

    def solve(do: Do) -> list[str]:
        found = do("calendar.day_agenda", date=row["day"])["events"]
        return [one["title"] for one in found if one["status"] != "cancelled"]

    return Instance(f"What is in my calendar on {row['day']}, leaving out what is cancelled? Give the titles.", solve)


def remind(scene: Scene) -> Instance:
    row, minutes = _mine(scene, "e.reminder_minutes IS NULL"), scene.dice.one((10, 20, 45, 120))

    def solve(do: Do) -> None:
        do("calendar.set_reminder", event_id=_find(do, row["title"]), minutes_before=minutes)

    return Instance(f"Remind me of '{row['title']}' {minutes} minutes before it starts.", solve)


SCENARIOS = (
    Scenario("calendar.when", "easy", "train", when_is),
    Scenario("calendar.move_by_days", "easy", "train", move_by_days),
    Scenario("calendar.cancel", "easy", "train", cancel),
    Scenario("calendar.appointment", "medium", "train", appointment),
    Scenario("calendar.invite", "medium", "train", invite),
    Scenario("calendar.answer_invitations", "medium", "test", answer_all),
    Scenario("calendar.earliest_slot", "hard", "test", free_slot),
    Scenario("calendar.agenda", "easy", "valid", busy_day),
    Scenario("calendar.remind", "easy", "valid", remind),
)
