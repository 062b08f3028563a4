"""The pages of the calendar: a day with its month, events, invitations, free time, calendars, settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing
from sge_envs.world.clock import plus_days, weekday

EVENT = {"event_id": "id"}
CALENDAR = {"calendar_id": "id"}
OPEN = Go("show_event", EVENT)
ANSWER = ("my_answer", "Answer")
OF_DAY = ("title", "start", "end", "location", "calendar", "status", ANSWER)
LISTED = ("title", ("weekday", "Day"), *OF_DAY[1:])
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NEW = Go("create_event", label="New event")
MOST = 4
"""Pages of 50 events that are counted for a month."""


def _today(now: str) -> str:
    return now[:10]


def _in_two_weeks(now: str) -> str:
    return plus_days(now[:10], 14)


def _is_on(event: Record) -> bool:
    return bool(event["status"] != "cancelled")


def _is_mine(event: Record) -> bool:
    return bool(event["mine"])


def _is_ordinary(calendar: Record) -> bool:
    return bool(calendar["access"] == "own" and calendar["name"] != "Personal")


def _with_weekdays(found: Record, _: Look) -> Record:
    return {**found, "events": [{**event, "weekday": weekday(event["start"])[:3]} for event in found["events"]]}


def _with_owner(found: Record, look: Look) -> Record:
    """The event with whether the user organizes it."""
    me = look("contacts.my_profile", {}).value
    return {**found, "mine": found["organizer"] in (me["email"], me["work_email"])}


def _with_month(found: Record, look: Look) -> Record:
    """The agenda of a day with its month as weeks: each day with the number of its events."""
    today = date.fromisoformat(found["date"])
    first = today.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    counts = _count(look, first, last)
    return {
        **found,
        "before": plus_days(found["date"], -1),
        "after": plus_days(found["date"], 1),
        "month_before": (first - timedelta(days=1)).replace(day=1).isoformat(),
        "month_after": (last + timedelta(days=1)).isoformat(),
        "weeks": [_week(start, first, counts) for start in _mondays(first, last)],
    }


def _mondays(first: date, last: date) -> Iterator[date]:
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        yield monday
        monday += timedelta(days=7)


def _week(monday: date, first: date, counts: dict[str, int]) -> dict[str, Any]:
    days: dict[str, Any] = {}
    for place, name in enumerate(DAYS):
        day = monday + timedelta(days=place)
        number = counts.get(day.isoformat(), 0)
        text = f"{day.day} ({number})" if number else f"{day.day}"
        days[name] = {"date": day.isoformat(), "text": text} if day.month == first.month else {"text": ""}
    return days


def _count(look: Look, first: date, last: date) -> dict[str, int]:
    """How many events there are on each day that has any."""
    counts: dict[str, int] = {}
    span = {"since": first.isoformat(), "until": last.isoformat()}
    for page in range(1, MOST + 1):
        found = look("calendar.list_events", {**span, "page": page, "page_size": 50}).value
        for event in found["events"]:
            day = date.fromisoformat(event["start"][:10])
            while day.isoformat() < event["end"]:
                counts[day.isoformat()] = counts.get(day.isoformat(), 0) + 1
                day += timedelta(days=1)
        if page >= found["pages"]:
            break
    return counts


def _answers(answer: str, label: str) -> Go:
    """A button that answers an invitation, where that is not the answer already."""

    def fits(event: Record) -> bool:
        return event.get("my_answer") != answer and not event.get("mine") and event.get("status") != "cancelled"

    return Go("answer_invitation", EVENT, {"answer": answer}, label, fits)


ANSWERS = (_answers("yes", "Accept"), _answers("maybe", "Maybe"), _answers("no", "Decline"))
EVENTS = (
    Page(
        "day_agenda",
        title="{weekday} {date}",
        fields=(),
        rows=(
            Rows("events", OF_DAY, link=OPEN, empty="Nothing on this day."),
            Rows(
                "weeks",
                tuple((f"{day}.text", day) for day in DAYS),
                links={f"{day}.text": Go("day_agenda", {"date": f"{day}.date"}) for day in DAYS},
                title="Month: day (events)",
                grid=True,
            ),
        ),
        actions=(
            Go("day_agenda", {"date": "before"}, label="Day before"),
            Go("day_agenda", {"date": "after"}, label="Day after"),
            Go("day_agenda", {"date": "month_before"}, label="Month before"),
            Go("day_agenda", {"date": "month_after"}, label="Month after"),
            NEW,
        ),
        shape=_with_month,
    ),
    Page(
        "list_events",
        rows=(Rows("events", LISTED, link=OPEN, empty="No events."),),
        actions=(NEW, Go("create_event", {"calendar_id": "calendar_id"}, label="New event in this calendar")),
        shape=_with_weekdays,
    ),
    Page(
        "show_event",
        title="title",
        fields=(
            *("weekday", "start", "end", "location", "calendar", "status", "organizer", ANSWER),
            *(("reminder_minutes", "Reminder, minutes before"), "notes"),
        ),
        links={
            "calendar": Go("list_events", {"calendar_id": "calendar_id"}),
            "organizer": Go("contacts.find_by_email", {"email": "organizer"}),
        },
        hide=("mine",),
        rows=(
            Rows(
                "guests",
                ("address", "answer"),
                link=Go("contacts.find_by_email", {"email": "address"}),
                actions=(Go("uninvite", {"event_id": "id", "guest": "address"}, label="Uninvite", when=_is_mine),),
                empty="No guests.",
            ),
        ),
        actions=(
            Go("update_event", EVENT, label="Edit", when=_is_mine),
            Go("move_event", EVENT, label="Move", when=_is_mine),
            Go("invite", EVENT, when=_is_mine),
            *ANSWERS,
            Go("set_reminder", EVENT),
            Go("copy_event", EVENT, label="Copy"),
            Go("change_calendar", EVENT),
            Go("cancel_event", EVENT, when=lambda event: _is_mine(event) and _is_on(event)),
            Go("delete_event", EVENT),
        ),
        shape=_with_owner,
    ),
    Page(
        "list_invitations",
        rows=(
            Rows(
                "invitations",
                ("title", "start", "end", "location", "organizer"),
                link=OPEN,
                actions=ANSWERS,
                empty="No open invitations.",
            ),
        ),
    ),
)
TIMES = (
    Page("free_slots", rows=(Rows("slots", ("start", "end", "minutes"), empty="No free time."),), actions=(NEW,)),
    Page(
        "find_conflicts",
        rows=(
            Rows(
                "conflicts",
                (("first_title", "First"), ("second_title", "Second"), ("overlap_minutes", "Minutes")),
                link=Go("show_event", {"event_id": "first_id"}),
                links={"second_title": Go("show_event", {"event_id": "second_id"})},
                empty="No events overlap.",
            ),
        ),
    ),
    Page("busy_times", rows=(Rows("busy", ("start", "end"), empty="Not busy on this day."),)),
    Page(
        "list_calendars",
        rows=(
            Rows(
                "calendars",
                ("name", "owner", "access", "events"),
                link=Go("list_events", CALENDAR),
                actions=(
                    Go("create_event", CALENDAR, label="New event", when=lambda row: row["access"] != "view"),
                    Go("rename_calendar", CALENDAR, label="Rename", when=_is_ordinary),
                    Go("delete_calendar", CALENDAR, label="Delete", when=_is_ordinary),
                ),
            ),
        ),
        actions=(Go("create_calendar", inline=True),),
    ),
    Page("show_settings", actions=(Go("set_working_hours"), Go("set_default_reminder"))),
)
PAGES = AppPages(
    app="calendar",
    title="Calendar",
    tabs=(
        Tab("day_agenda", "Day", {"date": _today}),
        Tab("list_events", "Coming", {"since": _today}),
        Tab("list_events", "All events"),
        Tab("list_invitations", "Invitations"),
        Tab("free_slots", "Free time", {"date": _today}),
        Tab("find_conflicts", "Conflicts", {"since": _today, "until": _in_two_weeks}),
        Tab("busy_times", "Colleagues"),
        Tab("list_calendars", "Calendars"),
        Tab("show_settings", "Settings"),
    ),
    search="list_events",
    pages=(*EVENTS, *TIMES),
    forms=(
        Form("create_event", then=OPEN),
        Form("copy_event", then=OPEN),
        Form("update_event", load="show_event"),
        Form("move_event", load="show_event"),
        Form("set_reminder", load="show_event", keys={"minutes_before": "reminder_minutes"}),
        Form("rename_calendar", load="list_calendars", row=("calendars", "id", "calendar_id")),
        Form("set_working_hours", load="show_settings"),
        Form("set_default_reminder", load="show_settings", keys={"minutes_before": "default_reminder_minutes"}),
    ),
    things={
        "event_id": Thing(shown=("show_event", "title")),
        "address": Thing(choices=("contacts.search", "contacts", "email", "name"), given={"relation": "colleague"}),
        "calendar_id": Thing(choices=("list_calendars", "calendars", "id", "name")),
    },
    verbs={"update_event": "Edit event"},
    labels={"default_reminder_minutes": "Reminder of new events, minutes before"},
)
