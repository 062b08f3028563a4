from __future__ import annotations

from calendar import monthrange
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_envs.ui.pages.apps.calendar import DAYS, PAGES
from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools


@pytest.fixture(scope="module")
def visitor() -> Visitor:
    return Visitor()


@given(day=st.dates(date(2024, 1, 1), date(2027, 12, 31)))
@settings(max_examples=40, deadline=None)
def test_the_month_has_each_day_once_under_its_weekday(visitor: Visitor, day: date) -> None:
    shape = PAGES.page("calendar.day_agenda").shape
    assert shape is not None
    found = shape(visitor.world.call("calendar.day_agenda", {"date": day.isoformat()}).value, visitor.world.call)
    cells = [(name, week[name]) for week in found["weeks"] for name in DAYS if week[name]["text"]]
    days = [date.fromisoformat(cell["date"]) for _, cell in cells]
    assert days == [day.replace(day=number + 1) for number in range(monthrange(day.year, day.month)[1])]
    assert [DAYS[one.weekday()] for one in days] == [name for name, _ in cells]
    assert date.fromisoformat(found["month_before"]) < min(days)
    assert max(days) < date.fromisoformat(found["month_after"])


def test_the_month_counts_the_events_of_each_day(visitor: Visitor) -> None:
    shape, now = PAGES.page("calendar.day_agenda").shape, visitor.world.db.today
    assert shape is not None
    found = shape(visitor.world.call("calendar.day_agenda", {"date": now}).value, visitor.world.call)
    counted = {cell["date"]: cell["text"] for week in found["weeks"] for cell in week.values() if cell["text"]}
    for day, text in counted.items():
        events = visitor.value(
            "SELECT COUNT(*) FROM calendar_events WHERE substr(start, 1, 10) <= ? AND \"end\" > ? AND status != 'cancelled'",
            day,
            day,
        )
        assert text == (f"{int(day[8:])} ({events})" if events else f"{int(day[8:])}")


def test_an_invitation_is_answered_from_the_list() -> None:
    visitor = Visitor()
    first = visitor.world.call("calendar.list_invitations").value["invitations"][0]["id"]
    visitor.send(visitor.button("/calendar/list_invitations", "Accept"))
    assert same_as_tools(visitor, ("calendar.answer_invitation", {"event_id": first, "answer": "yes"}))


def test_only_events_of_others_are_answered_and_only_own_ones_edited(visitor: Visitor) -> None:
    own = visitor.value(
        "SELECT id FROM calendar_events WHERE organizer = (SELECT email FROM world_user) AND status = 'confirmed'"
    )
    other = visitor.value("SELECT id FROM calendar_events WHERE my_answer = 'none' AND status = 'confirmed'")
    assert visitor.buttons(f"/calendar/show_event?event_id={own}", "Edit")
    assert not visitor.buttons(f"/calendar/show_event?event_id={own}", "Accept")
    assert visitor.buttons(f"/calendar/show_event?event_id={other}", "Accept")
    assert not visitor.buttons(f"/calendar/show_event?event_id={other}", "Edit")


def test_a_guest_is_taken_off_at_the_event() -> None:
    visitor = Visitor()
    event, guest = visitor.world.db.rows(
        "SELECT e.id, g.address FROM calendar_events e JOIN calendar_guests g ON g.event_id = e.id "
        "WHERE e.organizer IN (SELECT email FROM world_user UNION SELECT work_email FROM world_user) ORDER BY e.id, g.address"
    )[0].values()
    visitor.send(visitor.button(f"/calendar/show_event?event_id={event}", "Uninvite"))
    assert same_as_tools(visitor, ("calendar.uninvite", {"event_id": event, "guest": guest}))
