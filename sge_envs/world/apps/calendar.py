"""Calendar: events in own and shared calendars, guests and their answers, free time, series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from zlib import crc32

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.clock import minutes_between, plus_days, plus_minutes, weekday
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Date, Email, Length, Moment, Name, Page, PageSize, Range, Text, TimeOfDay
from sge_envs.world.letters import PLACES, PROJECTS
from sge_envs.world.operation import Record
from sge_envs.world.people import Person, work_email
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE calendar_calendars (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, owner TEXT NOT NULL,
    access TEXT NOT NULL CHECK (access IN ('own', 'edit', 'view'))
);
CREATE TABLE calendar_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, calendar_id INTEGER NOT NULL REFERENCES calendar_calendars (id),
    title TEXT NOT NULL, location TEXT NOT NULL DEFAULT '', notes TEXT NOT NULL DEFAULT '', start TEXT NOT NULL,
    "end" TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'confirmed' CHECK (status IN ('confirmed', 'tentative', 'cancelled')),
    organizer TEXT NOT NULL, my_answer TEXT NOT NULL DEFAULT 'yes' CHECK (my_answer IN ('yes', 'no', 'maybe', 'none')),
    reminder_minutes INTEGER, series_id INTEGER REFERENCES calendar_events (id)
);
CREATE INDEX calendar_events_start ON calendar_events (start);
CREATE INDEX calendar_events_calendar ON calendar_events (calendar_id);
CREATE INDEX calendar_events_series ON calendar_events (series_id);
CREATE TABLE calendar_guests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event_id INTEGER NOT NULL REFERENCES calendar_events (id),
    address TEXT NOT NULL, answer TEXT NOT NULL DEFAULT 'none' CHECK (answer IN ('yes', 'no', 'maybe', 'none')),
    UNIQUE (event_id, address)
);
CREATE TABLE calendar_busy (
    id INTEGER PRIMARY KEY AUTOINCREMENT, address TEXT NOT NULL, start TEXT NOT NULL, "end" TEXT NOT NULL
);
CREATE INDEX calendar_busy_address ON calendar_busy (address, start);
CREATE TABLE calendar_settings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, work_start TEXT NOT NULL, work_end TEXT NOT NULL,
    default_reminder_minutes INTEGER
);
"""

Answer = Literal["yes", "no", "maybe"]
Repeat = Literal["daily", "weekly", "every_two_weeks"]
Scope = Literal["this", "following", "all"]
Guests = Annotated[list[Email], Length(1, 20)]
Minutes = Annotated[int, Range(5, 720)]
_STEP = {"daily": 1, "weekly": 7, "every_two_weeks": 14}
_LISTED = 'e.id, e.title, e.start, e."end", e.location, e.status, e.my_answer, c.name AS calendar'
_FROM = "FROM calendar_events e JOIN calendar_calendars c ON c.id = e.calendar_id"
MAX_GUESTS = 30
MAX_DAYS = 14


# Reading ------------------------------------------------------------------------------------------------------------


def list_calendars(db: Database) -> Record:
    """List the calendars.

    Returns:
        calendars, each with id, name, owner, access (own, edit, or view for reading only) and events (how many).
    """
    return {
        "calendars": db.rows(
            "SELECT c.id, c.name, c.owner, c.access, COUNT(e.id) AS events FROM calendar_calendars c "
            "LEFT JOIN calendar_events e ON e.calendar_id = c.id GROUP BY c.id ORDER BY c.name"
        )
    }


def list_events(
    db: Database,
    since: Date | None = None,
    until: Date | None = None,
    query: str | None = None,
    calendar_id: int | None = None,
    guest: Email | None = None,
    include_cancelled: bool = False,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """List events in the order of time; every filter that is given must hold.

    Args:
        since: Events that end on this date or later.
        until: Events that start on this date or earlier.
        query: Words that must stand in title, location or notes.
        calendar_id: Only this calendar.
        guest: Only events with this guest.
        include_cancelled: Cancelled events too.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and events with id, title, start, end, location, status, my_answer and calendar.
    """
    where = Where()
    if since and until and since > until:
        raise invalid("since must not be after until.")
    if calendar_id is not None:
        _calendar(db, calendar_id)
    where.given('e."end" >= ?', since)
    where.given("substr(e.start, 1, 10) <= ?", until)
    where.words(("e.title", "e.location", "e.notes"), query)
    where.given("e.calendar_id = ?", calendar_id)
    where.given("e.id IN (SELECT event_id FROM calendar_guests WHERE address = ?)", guest)
    if not include_cancelled:
        where.add("e.status != 'cancelled'")
    sql = f"SELECT {_LISTED} {_FROM} {{where}} ORDER BY e.start, e.id"
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"events": found}


def show_event(db: Database, event_id: int) -> Record:
    """Show an event in full.

    Args:
        event_id: The event's id.

    Returns:
        All fields, the calendar's name, weekday, and guests with address and answer.
    """
    row = _event(db, event_id)
    guests = db.rows("SELECT address, answer FROM calendar_guests WHERE event_id = ? ORDER BY address", event_id)
    name = _calendar(db, row["calendar_id"])["name"]
    return row | {"calendar": name, "weekday": weekday(row["start"]), "guests": guests}


def day_agenda(db: Database, date: Date) -> Record:
    """List the events of one day that are not cancelled or declined, in the order of time.

    Args:
        date: The day.

    Returns:
        date, weekday, and events with id, title, start, end, location, status, my_answer and calendar.
    """
    events = db.rows(
        f"SELECT {_LISTED} {_FROM} WHERE e.start < ? AND e.\"end\" > ? AND e.status != 'cancelled' "
        "AND e.my_answer != 'no' ORDER BY e.start, e.id",
        plus_days(date, 1),
        date,
    )
    return {"date": date, "weekday": weekday(date), "events": events}


def find_conflicts(db: Database, since: Date, until: Date) -> Record:
    """List the pairs of events that overlap, cancelled and declined ones aside.

    Args:
        since: The first day.
        until: The last day, at most 14 days after the first.

    Returns:
        conflicts, each with first_id, first_title, second_id, second_title, and overlap_minutes.
    """
    if not since <= until <= plus_days(since, MAX_DAYS):
        raise invalid(f"until must be from since to {MAX_DAYS} days after it.")
    busy = _own_events(db, since, plus_days(until, 1))
    pairs = []
    for place, first in enumerate(busy):
        for second in busy[place + 1 :]:
            if second["start"] >= first["end"]:
                break
            shared = minutes_between(second["start"], min(first["end"], second["end"]))
            pairs.append(
                {
                    "first_id": first["id"],
                    "first_title": first["title"],
                    "second_id": second["id"],
                    "second_title": second["title"],
                    "overlap_minutes": shared,
                }
            )
    return {"conflicts": pairs[:50]}


def free_slots(
    db: Database, date: Date, minutes: Minutes = 30, earliest: TimeOfDay | None = None, latest: TimeOfDay | None = None
) -> Record:
    """List the times of a day in which the user has no event, cancelled and declined ones aside.

    Args:
        date: The day.
        minutes: The shortest time of interest.
        earliest: Not before this time; by default the start of the working hours.
        latest: Not after this time; by default the end of the working hours.

    Returns:
        slots, each with start, end and minutes.
    """
    hours = _settings(db)
    start, end = f"{date}T{earliest or hours['work_start']}", f"{date}T{latest or hours['work_end']}"
    if start >= end:
        raise invalid("earliest must be before latest.")
    slots = []
    for row in [*_own_events(db, date, plus_days(date, 1)), {"start": end, "end": end}]:
        until = min(row["start"], end)
        if start < until and minutes_between(start, until) >= minutes:
            slots.append({"start": start, "end": until, "minutes": minutes_between(start, until)})
        start = max(start, row["end"])
    return {"slots": slots}


def busy_times(db: Database, address: Email, date: Date) -> Record:
    """List when a colleague is busy on a day; what they do stays private.

    Args:
        address: The colleague's e-mail address.
        date: The day.

    Returns:
        address, date, and busy with start and end.
    """
    if db.value("SELECT id FROM calendar_busy WHERE address = ?", address) is None:
        raise not_allowed(f"{address} does not share free and busy times with you.")
    busy = db.rows(
        'SELECT start, "end" FROM calendar_busy WHERE address = ? AND substr(start, 1, 10) = ? ORDER BY start, id',
        address,
        date,
    )
    return {"address": address, "date": date, "busy": busy}


def list_invitations(db: Database) -> Record:
    """List the coming events to which the user was invited and has not answered.

    Returns:
        invitations, each with id, title, start, end, location and organizer.
    """
    return {
        "invitations": db.rows(
            'SELECT id, title, start, "end", location, organizer FROM calendar_events '
            "WHERE my_answer = 'none' AND status != 'cancelled' AND start >= ? ORDER BY start, id",
            db.now,
        )
    }


def show_settings(db: Database) -> Record:
    """Show the working hours and the reminder that new events get.

    Returns:
        work_start, work_end and default_reminder_minutes (null for none).
    """
    return {name: value for name, value in _settings(db).items() if name != "id"}


# Writing ------------------------------------------------------------------------------------------------------------


def create_event(
    db: Database,
    title: Name,
    start: Moment,
    end: Moment,
    calendar_id: int | None = None,
    location: str = "",
    notes: Text = "",
    guests: Guests | None = None,
    tentative: bool = False,
    repeat: Repeat | None = None,
    times: Annotated[int, Range(1, 30)] = 1,
) -> Record:
    """Make an event, or a series of them. It must not start in the past nor last longer than 14 days.

    Args:
        title: What it is.
        start: When it starts.
        end: When it ends.
        calendar_id: The calendar it goes into; by default the one called Personal.
        location: Where it is.
        notes: Anything else.
        guests: E-mail addresses of people to invite.
        tentative: True while it is not certain.
        repeat: How often a series repeats; times says how many events it has.
        times: Number of events of the series, 1 without repeat.

    Returns:
        id of the event (the first of a series), and ids of all.
    """
    if (repeat is None) != (times == 1):
        raise invalid("A series needs both repeat and times above 1.")
    if start < db.now:
        raise invalid(f"The event would start in the past: it is {db.now} now.")
    _check_span(start, end)
    calendar = _writable(db, calendar_id if calendar_id is not None else _personal(db))
    first, ids = None, []
    for number in range(times):
        shift = number * _STEP.get(repeat or "", 0)
        values = {
            "calendar_id": calendar["id"],
            "title": title.strip(),
            "location": location,
            "notes": notes,
            "start": plus_days(start, shift),
            "end": plus_days(end, shift),
            "status": "tentative" if tentative else "confirmed",
            "organizer": db.user["email"],
            "reminder_minutes": _settings(db)["default_reminder_minutes"],
            "series_id": first,
        }
        ids.append(db.insert("calendar_events", values))
        first = first or ids[0]
        for address in dict.fromkeys(guests or []):
            db.insert("calendar_guests", {"event_id": ids[-1], "address": address})
    return {"id": ids[0], "ids": ids}


def update_event(
    db: Database,
    event_id: int,
    title: Name | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    location: str | None = None,
    notes: Text | None = None,
    tentative: bool | None = None,
) -> Record:
    """Change an event; what is not given stays. Only events that the user organizes can be changed.

    Args:
        event_id: The event's id.
        title: New title.
        start: New start.
        end: New end.
        location: New location.
        notes: New notes, in place of the old ones.
        tentative: True while it is not certain, false for confirmed.

    Returns:
        id of the event and changed, the names of the fields that were set.
    """
    row = _organized(db, event_id)
    given = {"title": title, "start": start, "end": end, "location": location, "notes": notes}
    values = {name: value for name, value in given.items() if value is not None}
    if tentative is not None:
        values["status"] = "tentative" if tentative else "confirmed"
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    _check_span(start or row["start"], end or row["end"])
    db.update("calendar_events", event_id, values)
    return {"id": event_id, "changed": list(values)}


def move_event(db: Database, event_id: int, start: Moment) -> Record:
    """Move an event to another time; it stays as long as it is. Only events that the user organizes can be moved.

    Args:
        event_id: The event's id.
        start: When it is to start, not in the past.

    Returns:
        id, start and end.
    """
    row = _organized(db, event_id)
    if start < db.now:
        raise invalid(f"The event would start in the past: it is {db.now} now.")
    end = plus_minutes(start, minutes_between(row["start"], row["end"]))
    db.update("calendar_events", event_id, {"start": start, "end": end})
    return {"id": event_id, "start": start, "end": end}


def cancel_event(db: Database, event_id: int, scope: Scope = "this") -> Record:
    """Cancel an event that the user organizes: it stays in the calendar, marked as cancelled.

    Args:
        event_id: The event's id.
        scope: Of a series: this event, this and the following ones, or all.

    Returns:
        cancelled, the ids of the events.
    """
    row = _organized(db, event_id)
    if row["status"] == "cancelled":
        raise conflict(f"The event {event_id} is cancelled already.")
    ids = [one["id"] for one in _of_series(db, row, scope) if one["status"] != "cancelled"]
    for one in ids:
        db.update("calendar_events", one, {"status": "cancelled"})
    return {"cancelled": ids}


def delete_event(db: Database, event_id: int, scope: Scope = "this") -> Record:
    """Delete an event from a calendar that the user may edit.

    Args:
        event_id: The event's id.
        scope: Of a series: this event, this and the following ones, or all.

    Returns:
        deleted, the ids of the events.
    """
    row = _event(db, event_id)
    _writable(db, row["calendar_id"])
    ids = [one["id"] for one in _of_series(db, row, scope)]
    for one in ids:
        _destroy(db, one)
    return {"deleted": ids}


def answer_invitation(db: Database, event_id: int, answer: Answer) -> Record:
    """Answer an invitation, or change the answer.

    Args:
        event_id: An event that somebody else organizes.
        answer: Whether the user comes.

    Returns:
        id and my_answer.
    """
    row = _event(db, event_id)
    _writable(db, row["calendar_id"])
    if row["organizer"] in _own_addresses(db):
        raise not_allowed("You organize this event: there is nothing to answer.")
    if row["status"] == "cancelled":
        raise conflict(f"The event {event_id} is cancelled.")
    db.update("calendar_events", event_id, {"my_answer": answer})
    return {"id": event_id, "my_answer": answer}


def invite(db: Database, event_id: int, guests: Guests) -> Record:
    """Invite people to an event that the user organizes.

    Args:
        event_id: The event's id.
        guests: E-mail addresses; who is invited already stays.

    Returns:
        id of the event and invited (how many are new).
    """
    _organized(db, event_id)
    known = db.column("SELECT address FROM calendar_guests WHERE event_id = ?", event_id)
    new = [one for one in dict.fromkeys(guests) if one not in known]
    if len(known) + len(new) > MAX_GUESTS:
        raise limit_reached(f"An event can have {MAX_GUESTS} guests, not {len(known) + len(new)}.")
    for address in new:
        db.insert("calendar_guests", {"event_id": event_id, "address": address})
    return {"id": event_id, "invited": len(new)}


def uninvite(db: Database, event_id: int, guest: Email) -> Record:
    """Take a guest off an event that the user organizes.

    Args:
        event_id: The event's id.
        guest: The guest's e-mail address.

    Returns:
        id of the event and guest.
    """
    _organized(db, event_id)
    found = db.value("SELECT id FROM calendar_guests WHERE event_id = ? AND address = ?", event_id, guest)
    if found is None:
        raise not_found("guest of this event", guest)
    db.delete("calendar_guests", found)
    return {"id": event_id, "guest": guest}


def set_reminder(db: Database, event_id: int, minutes_before: Annotated[int, Range(0, 10_080)] | None) -> Record:
    """Set or remove the reminder of an event, also of events of others.

    Args:
        event_id: The event's id.
        minutes_before: How long before the event; null for no reminder.

    Returns:
        id and reminder_minutes.
    """
    _writable(db, _event(db, event_id)["calendar_id"])
    db.update("calendar_events", event_id, {"reminder_minutes": minutes_before})
    return {"id": event_id, "reminder_minutes": minutes_before}


def copy_event(db: Database, event_id: int, start: Moment, calendar_id: int | None = None) -> Record:
    """Copy an event to another time, without its guests; the user organizes the copy.

    Args:
        event_id: The event to copy.
        start: When the copy starts, not in the past.
        calendar_id: The calendar of the copy; by default the one called Personal.

    Returns:
        id of the copy.
    """
    row = _event(db, event_id)
    end = plus_minutes(start, minutes_between(row["start"], row["end"]))
    return {"id": create_event(db, row["title"], start, end, calendar_id, row["location"], row["notes"])["id"]}


def change_calendar(db: Database, event_id: int, calendar_id: int) -> Record:
    """Put an event into another calendar; the user must be allowed to edit both.

    Args:
        event_id: The event's id.
        calendar_id: The calendar it goes into.

    Returns:
        id and calendar_id.
    """
    _writable(db, _event(db, event_id)["calendar_id"])
    _writable(db, calendar_id)
    db.update("calendar_events", event_id, {"calendar_id": calendar_id})
    return {"id": event_id, "calendar_id": calendar_id}


def create_calendar(db: Database, name: Name) -> Record:
    """Make a calendar of the user's own.

    Args:
        name: Its name, not used by another.

    Returns:
        id of the calendar.
    """
    _check_name(db, name)
    return {"id": db.insert("calendar_calendars", {"name": name.strip(), "owner": db.user["email"], "access": "own"})}


def rename_calendar(db: Database, calendar_id: int, name: Name) -> Record:
    """Give one's own calendar another name. The one called Personal keeps its name.

    Args:
        calendar_id: The calendar's id.
        name: The new name, not used by another.

    Returns:
        id and name.
    """
    row = _own_calendar(db, calendar_id)
    if row["name"] != name.strip():
        _check_name(db, name)
    db.update("calendar_calendars", calendar_id, {"name": name.strip()})
    return {"id": calendar_id, "name": name.strip()}


def delete_calendar(db: Database, calendar_id: int) -> Record:
    """Delete one's own calendar, which must be empty. The one called Personal cannot be deleted.

    Args:
        calendar_id: The calendar's id.

    Returns:
        id of the deleted calendar.
    """
    row = _own_calendar(db, calendar_id)
    events = db.value("SELECT COUNT(*) FROM calendar_events WHERE calendar_id = ?", calendar_id)
    if events:
        raise conflict(f"The calendar {row['name']!r} has {events} events: delete or move them first.")
    db.delete("calendar_calendars", calendar_id)
    return {"id": calendar_id}


def set_working_hours(db: Database, work_start: TimeOfDay, work_end: TimeOfDay) -> Record:
    """Set the hours in which free time is looked for.

    Args:
        work_start: Start of the working day.
        work_end: End of the working day.

    Returns:
        work_start and work_end.
    """
    if work_start >= work_end:
        raise invalid("work_start must be before work_end.")
    db.update("calendar_settings", _settings(db)["id"], {"work_start": work_start, "work_end": work_end})
    return {"work_start": work_start, "work_end": work_end}


def set_default_reminder(db: Database, minutes_before: Annotated[int, Range(0, 10_080)] | None) -> Record:
    """Set the reminder that new events get.

    Args:
        minutes_before: How long before the event; null for no reminder.

    Returns:
        default_reminder_minutes.
    """
    db.update("calendar_settings", _settings(db)["id"], {"default_reminder_minutes": minutes_before})
    return {"default_reminder_minutes": minutes_before}


# For other apps -----------------------------------------------------------------------------------------------------


def add_event(db: Database, title: str, start: str, end: str, location: str = "", notes: str = "") -> int:
    """Put an event into the user's Personal calendar, as other apps do for bookings. Its id is returned."""
    values = {"title": title, "start": start, "end": end, "location": location, "notes": notes}
    return db.insert(
        "calendar_events", values | {"calendar_id": _personal(db), "organizer": db.user["email"], "my_answer": "yes"}
    )


def record_event(
    plot: Plot,
    title: str,
    start: str,
    end: str,
    *,
    location: str = "",
    notes: str = "",
    guests: Sequence[str] = (),
    calendar: str = "Personal",
    organizer: str | None = None,
    my_answer: str = "yes",
    status: str = "confirmed",
    series_id: int | None = None,
) -> int:
    """Put an event into a world being made; ``guests`` and ``organizer`` are e-mail addresses."""
    calendar_id = next(row["id"] for row in plot.rows("calendar_calendars") if row["name"] == calendar)
    values = {
        "calendar_id": calendar_id,
        "title": title,
        "location": location,
        "notes": notes,
        "start": start,
        "end": end,
        "status": status,
        "organizer": organizer or plot.me.email,
        "my_answer": my_answer,
        "series_id": series_id,
    }
    event_id = plot.add("calendar_events", values)
    for address in guests:
        answer = ("yes", "yes", "maybe", "no", "none")[crc32(f"{address} {start}".encode()) % 5]
        plot.add("calendar_guests", {"event_id": event_id, "address": address, "answer": answer})
    return event_id


# The inside ---------------------------------------------------------------------------------------------------------


def _event(db: Database, event_id: int) -> Row:
    row = db.get("calendar_events", event_id)
    if row is None:
        raise not_found("event", event_id)
    return row


def _calendar(db: Database, calendar_id: int) -> Row:
    row = db.get("calendar_calendars", calendar_id)
    if row is None:
        raise not_found("calendar", calendar_id)
    return row


def _writable(db: Database, calendar_id: int) -> Row:
    row = _calendar(db, calendar_id)
    if row["access"] == "view":
        raise not_allowed(f"The calendar {row['name']!r} is shared with you for reading only.")
    return row


def _own_calendar(db: Database, calendar_id: int) -> Row:
    row = _calendar(db, calendar_id)
    if row["access"] != "own":
        raise not_allowed(f"The calendar {row['name']!r} belongs to {row['owner']}.")
    if row["name"] == "Personal":
        raise not_allowed("The calendar called Personal stays as it is.")
    return row


def _organized(db: Database, event_id: int) -> Row:
    row = _event(db, event_id)
    _writable(db, row["calendar_id"])
    if row["organizer"] not in _own_addresses(db):
        raise not_allowed(f"{row['organizer']} organizes this event: only they can change it.")
    return row


def _own_addresses(db: Database) -> tuple[str, str]:
    user = db.user
    return user["email"], user["work_email"]


def _personal(db: Database) -> int:
    return int(db.value("SELECT id FROM calendar_calendars WHERE name = 'Personal'"))


def _settings(db: Database) -> Row:
    found = db.one("SELECT * FROM calendar_settings")
    assert found is not None
    return found


def _check_name(db: Database, name: str) -> None:
    if db.value("SELECT id FROM calendar_calendars WHERE name = ? COLLATE NOCASE", name.strip()) is not None:
        raise conflict(f"There is a calendar {name.strip()!r} already.")


def _check_span(start: str, end: str) -> None:
    if end <= start:
        raise invalid(f"The event must end after its start ({start}), not at {end}.")
    if minutes_between(start, end) > MAX_DAYS * 24 * 60:
        raise invalid(f"An event can last {MAX_DAYS} days at most.")


def _own_events(db: Database, start: str, end: str) -> list[Row]:
    return db.rows(
        'SELECT id, title, start, "end" FROM calendar_events WHERE start < ? AND "end" > ? '
        "AND status != 'cancelled' AND my_answer NOT IN ('no', 'none') ORDER BY start, id",
        end,
        start,
    )


def _of_series(db: Database, row: Row, scope: str) -> list[Row]:
    if scope == "this":
        return [row]
    root = row["series_id"] or row["id"]
    rows = db.rows("SELECT * FROM calendar_events WHERE id = ? OR series_id = ? ORDER BY start, id", root, root)
    return [one for one in rows if scope == "all" or one["start"] >= row["start"]]


def _destroy(db: Database, event_id: int) -> None:
    rest = db.column("SELECT id FROM calendar_events WHERE series_id = ? ORDER BY start, id", event_id)
    for one in rest:  # the next event becomes the first of the series
        db.update("calendar_events", one, {"series_id": None if one == rest[0] else rest[0]})
    db.delete_all("calendar_guests", "event_id", event_id)
    db.delete("calendar_events", event_id)


# The generated history ----------------------------------------------------------------------------------------------


def generate(plot: Plot) -> None:
    """Four calendars, a weekly team meeting, meetings, private events, invitations, and colleagues' busy times."""
    dice = plot.dice("calendar")
    me, office = plot.me.email, work_email(plot.me)
    mates = plot.who("colleague")
    for name, owner, access in (
        ("Personal", me, "own"),
        ("Work", office, "own"),
        ("Team", mates[0].email, "edit"),
        ("Public holidays", "calendars@publicdays.example", "view"),
    ):
        plot.add("calendar_calendars", {"name": name, "owner": owner, "access": access})
    plot.add("calendar_settings", {"work_start": "09:00", "work_end": "17:00", "default_reminder_minutes": None})
    _team_meeting(plot, dice, mates[0], [one.email for one in some(dice, mates[1:], 4)])
    for _ in range(26):
        _work_event(plot, dice, mates)
    for _ in range(16):
        _private_event(plot, dice)
    _invitations(plot, dice, mates)
    for days, name in ((-30, "Founders' Day"), (12, "Spring Holiday"), (40, "Harvest Day")):
        at = plot.at(days), plot.at(days, 23, 59)
        record_event(plot, name, *at, calendar="Public holidays", organizer="calendars@publicdays.example")
    _busy(plot, dice, mates)


def _team_meeting(plot: Plot, dice: Dice, lead: Person, guests: list[str]) -> None:
    day = -plot.now.weekday() + dice.integer(0, 4) - 14
    hour, first = dice.integer(9, 15), None
    for week in range(6):
        start, end = plot.at(day + 7 * week, hour), plot.at(day + 7 * week, hour, 45)
        event = record_event(
            plot,
            "Team meeting",
            start,
            end,
            location="Room 12",
            guests=guests,
            calendar="Team",
            organizer=lead.email,
            series_id=first,
        )
        first = first or event


def _work_event(plot: Plot, dice: Dice, mates: list[Person]) -> None:
    day, hour, quarter = _workday(plot, dice, -25, 25), dice.integer(8, 16), dice.integer(0, 3) * 15
    start = plot.at(day, hour, quarter)
    title = dice.one(("{} review", "{} planning", "{} kick-off", "Interview", "One-on-one", "{} demo")).format(
        dice.one(PROJECTS)
    )
    mine = dice.chance(0.6)
    guests = [one.email for one in some(dice, mates, dice.integer(1, 4))]
    record_event(
        plot,
        title,
        start,
        plus_minutes(start, dice.one((30, 45, 60, 90))),
        location=f"Room {dice.integer(1, 20)}" if dice.chance(0.7) else "Online",
        guests=guests,
        calendar="Work",
        organizer=work_email(plot.me) if mine else guests[0],
        status=dice.one(("confirmed", "cancelled", "tentative"), (0.8, 0.12, 0.08)),
    )


def _private_event(plot: Plot, dice: Dice) -> None:
    person = dice.one(plot.who("friend", "family"))
    title, place = dice.one(
        (
            (f"Dinner with {person.first}", dice.one(PLACES)),
            (f"Coffee with {person.first}", dice.one(PLACES)),
            (f"Call {person.name}", ""),
            ("Gym", "City Gym"),
            ("Dentist", "Main Street Dental"),
            ("Book club", person.street),
        )
    )
    start = plot.at(dice.integer(-20, 25), dice.integer(17, 20), dice.integer(0, 1) * 30)
    guests = [person.email] if person.first in title else []
    status = "cancelled" if dice.chance(0.12) else "confirmed"
    record_event(
        plot, title, start, plus_minutes(start, dice.one((60, 90, 120))), location=place, guests=guests, status=status
    )


def _invitations(plot: Plot, dice: Dice, mates: list[Person]) -> None:
    for person in some(dice, mates, 3) + some(dice, plot.who("friend"), 2):
        at_work = person.relation == "colleague"
        start = plot.at(_workday(plot, dice, 1, 12), dice.integer(9, 15) if at_work else 19)
        title = f"{dice.one(PROJECTS)} workshop" if at_work else f"{person.first}'s party"
        record_event(
            plot,
            title,
            start,
            plus_minutes(start, 120),
            location=f"Room {dice.integer(1, 20)}" if at_work else person.street,
            calendar="Work" if at_work else "Personal",
            organizer=person.email,
            my_answer="none",
        )


def _busy(plot: Plot, dice: Dice, mates: list[Person]) -> None:
    for person in mates[:6]:
        for day in range(11):
            if (plot.now.weekday() + day) % 7 < 5:
                for hour in sorted(some(dice, range(9, 17), 2)):
                    start = plot.at(day, hour)
                    end = plus_minutes(start, dice.one((30, 60)))
                    plot.add("calendar_busy", {"address": person.email, "start": start, "end": end})


def _workday(plot: Plot, dice: Dice, first: int, last: int) -> int:
    days = [day for day in range(first, last + 1) if (plot.now.weekday() + day) % 7 < 5]
    return dice.one(days)


APP = App(
    name="calendar",
    about="Events in own and shared calendars, series, guests, invitations, free and busy times.",
    tables=TABLES,
    generate=generate,
    reads=(
        *(
            list_calendars,
            list_events,
            show_event,
            day_agenda,
            find_conflicts,
            free_slots,
            busy_times,
            list_invitations,
        ),
        *(show_settings,),
    ),
    writes=(
        *(create_event, update_event, move_event, cancel_event, delete_event, answer_invitation, invite, uninvite),
        *(set_reminder, copy_event, change_calendar, create_calendar, rename_calendar, delete_calendar),
        *(set_working_hours, set_default_reminder),
    ),
    needs=("contacts",),
)
