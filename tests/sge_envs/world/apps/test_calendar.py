from __future__ import annotations

from sge_envs.world.apps.calendar import add_event
from sge_envs.world.clock import plus_days
from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def _at(world: World, days: int, time: str) -> str:
    return f"{plus_days(world.db.today, days)}T{time}"


def _new(world: World, days: int = 100, start: str = "10:00", end: str = "11:00", **more: object) -> int:
    value = do(
        world, "calendar.create_event", title="Test", start=_at(world, days, start), end=_at(world, days, end), **more
    )
    return int(value["id"])


def test_events_are_listed_in_time_with_filters() -> None:
    world = new_world()
    events = everything(world, "calendar.list_events", "events")
    assert [one["start"] for one in events] == sorted(one["start"] for one in events)
    assert "cancelled" not in {one["status"] for one in events}
    more = everything(world, "calendar.list_events", "events", include_cancelled=True)
    assert len(more) == world.db.value("SELECT COUNT(*) FROM calendar_events") > len(events)
    today = world.db.today
    coming = everything(world, "calendar.list_events", "events", since=today)
    past = everything(world, "calendar.list_events", "events", until=plus_days(today, -1))
    assert len(coming) + len(past) >= len(events)
    assert all(one["end"] >= today for one in coming)
    meetings = everything(world, "calendar.list_events", "events", query="team meeting")
    assert len(meetings) == 6
    team = next(one for one in do(world, "calendar.list_calendars")["calendars"] if one["name"] == "Team")
    assert team["access"] == "edit"
    assert team["events"] == 6
    assert everything(world, "calendar.list_events", "events", calendar_id=team["id"]) == meetings
    guest = do(world, "calendar.show_event", event_id=meetings[0]["id"])["guests"][0]["address"]
    assert meetings[0] in everything(world, "calendar.list_events", "events", guest=guest)
    assert "since must not be after until" in refused(world, "calendar.list_events", since=today, until="2000-01-01")
    assert "not_found" in refused(world, "calendar.list_events", calendar_id=1)


def test_a_day_has_an_agenda_conflicts_and_free_time() -> None:
    world = new_world()
    day = plus_days(world.db.today, 100)
    first, second = _new(world, 100, "10:00", "11:00"), _new(world, 100, "10:30", "12:00")
    _new(world, 100, "15:00", "15:30")
    off = _new(world, 100, "13:00", "14:00")
    do(world, "calendar.cancel_event", event_id=off)
    assert [one["id"] for one in do(world, "calendar.day_agenda", date=day)["events"]][:2] == [first, second]
    assert do(world, "calendar.find_conflicts", since=day, until=day)["conflicts"] == [
        {"first_id": first, "first_title": "Test", "second_id": second, "second_title": "Test", "overlap_minutes": 30}
    ]
    slots = do(world, "calendar.free_slots", date=day)["slots"]
    assert [(one["start"][11:], one["end"][11:]) for one in slots] == [
        ("09:00", "10:00"),
        ("12:00", "15:00"),
        ("15:30", "17:00"),
    ]
    slots = do(world, "calendar.free_slots", date=day, minutes=100, earliest="14:00", latest="20:00")["slots"]
    assert slots == [{"start": f"{day}T15:30", "end": f"{day}T20:00", "minutes": 270}]
    assert "earliest must be before latest" in refused(
        world, "calendar.free_slots", date=day, earliest="18:00", latest="17:00"
    )
    assert "until must be from since" in refused(world, "calendar.find_conflicts", since=day, until=plus_days(day, 15))


def test_colleagues_share_their_busy_times_and_others_do_not() -> None:
    world = new_world()
    row = world.db.one("SELECT * FROM calendar_busy")
    assert row
    busy = do(world, "calendar.busy_times", address=row["address"], date=row["start"][:10])["busy"]
    assert {"start": row["start"], "end": row["end"]} in busy
    assert "does not share" in refused(world, "calendar.busy_times", address="x@y.example", date=row["start"][:10])


def test_invitations_are_answered() -> None:
    world = new_world()
    invitations = do(world, "calendar.list_invitations")["invitations"]
    assert len(invitations) == 5
    do(world, "calendar.answer_invitation", event_id=invitations[0]["id"], answer="maybe")
    assert only_change(world).columns == ("my_answer",)
    assert len(do(world, "calendar.list_invitations")["invitations"]) == 4
    assert "You organize this event" in refused(world, "calendar.answer_invitation", event_id=_new(world), answer="yes")
    assert "only they can change it" in refused(
        world, "calendar.update_event", event_id=invitations[0]["id"], title="Mine"
    )


def test_an_event_is_made_changed_moved_cancelled_and_deleted() -> None:
    world = new_world()
    event = _new(world, guests=["a@x.example"], location="Room 1", tentative=True)
    shown = do(world, "calendar.show_event", event_id=event)
    assert (shown["calendar"], shown["status"], shown["guests"]) == (
        "Personal",
        "tentative",
        [{"address": "a@x.example", "answer": "none"}],
    )
    assert do(world, "calendar.update_event", event_id=event, title="New", tentative=False)["changed"] == [
        "title",
        "status",
    ]
    moved = do(world, "calendar.move_event", event_id=event, start=_at(world, 101, "23:30"))
    assert moved["end"] == _at(world, 102, "00:30")
    assert "end after its start" in refused(
        world, "calendar.update_event", event_id=event, end=_at(world, 100, "09:00")
    )
    assert "14 days" in refused(world, "calendar.update_event", event_id=event, end=_at(world, 130, "09:00"))
    assert "Nothing to change" in refused(world, "calendar.update_event", event_id=event)
    for operation in ("move_event", "copy_event"):
        assert "in the past" in refused(world, f"calendar.{operation}", event_id=event, start="2000-01-01T10:00")
    do(world, "calendar.cancel_event", event_id=event)
    assert "cancelled already" in refused(world, "calendar.cancel_event", event_id=event)
    do(world, "calendar.delete_event", event_id=event)
    assert world.changes() == ()


def test_new_events_keep_the_rules() -> None:
    world = new_world()
    start, end = _at(world, 3, "10:00"), _at(world, 3, "11:00")
    holidays = world.db.value("SELECT id FROM calendar_calendars WHERE access = 'view'")
    for says, arguments in (
        ("in the past", {"start": "2000-01-01T10:00"}),
        ("end after its start", {"end": start}),
        ("both repeat and times", {"repeat": "daily"}),
        ("both repeat and times", {"times": 3}),
        ("for reading only", {"calendar_id": holidays}),
        ("a text that is not empty", {"title": " "}),
    ):
        assert says in refused(world, "calendar.create_event", **{"title": "T", "start": start, "end": end} | arguments)


def test_a_series_is_cancelled_and_deleted_in_part_or_as_a_whole() -> None:
    world = new_world()
    start, end = _at(world, 100, "10:00"), _at(world, 100, "11:00")
    ids = do(world, "calendar.create_event", title="S", start=start, end=end, repeat="weekly", times=4)["ids"]
    assert [do(world, "calendar.show_event", event_id=one)["start"] for one in ids] == [
        plus_days(start, 7 * n) for n in range(4)
    ]
    assert do(world, "calendar.cancel_event", event_id=ids[2], scope="following")["cancelled"] == ids[2:]
    assert do(world, "calendar.delete_event", event_id=ids[0])["deleted"] == [ids[0]]
    assert do(world, "calendar.show_event", event_id=ids[2])["series_id"] == ids[1]
    assert do(world, "calendar.delete_event", event_id=ids[3], scope="all")["deleted"] == ids[1:]
    assert world.changes() == ()


def test_guests_are_invited_and_uninvited() -> None:
    world = new_world()
    event = _new(world)
    assert do(world, "calendar.invite", event_id=event, guests=["a@x.example", "b@x.example"])["invited"] == 2
    assert do(world, "calendar.invite", event_id=event, guests=["a@x.example"])["invited"] == 0
    do(world, "calendar.uninvite", event_id=event, guest="a@x.example")
    assert "not_found" in refused(world, "calendar.uninvite", event_id=event, guest="a@x.example")
    for part in range(2):
        guests = [f"p{part}-{number}@x.example" for number in range(14)]
        do(world, "calendar.invite", event_id=event, guests=guests)
    assert "limit_reached" in refused(world, "calendar.invite", event_id=event, guests=["c@x.example", "d@x.example"])


def test_reminders_and_settings() -> None:
    world = new_world()
    do(world, "calendar.set_default_reminder", minutes_before=15)
    event = _new(world)
    assert do(world, "calendar.show_event", event_id=event)["reminder_minutes"] == 15
    do(world, "calendar.set_reminder", event_id=event, minutes_before=None)
    assert do(world, "calendar.show_event", event_id=event)["reminder_minutes"] is None
    do(world, "calendar.set_working_hours", work_start="08:00", work_end="12:00")
    settings = do(world, "calendar.show_settings")
    assert settings == {"work_start": "08:00", "work_end": "12:00", "default_reminder_minutes": 15}
    assert "before work_end" in refused(world, "calendar.set_working_hours", work_start="12:00", work_end="12:00")


def test_events_are_copied_and_change_their_calendar() -> None:
    world = new_world()
    calendars = {one["name"]: one["id"] for one in do(world, "calendar.list_calendars")["calendars"]}
    holiday = do(world, "calendar.list_events", calendar_id=calendars["Public holidays"])["events"][-1]
    copy = do(
        world,
        "calendar.copy_event",
        event_id=holiday["id"],
        start=_at(world, 50, "10:00"),
        calendar_id=calendars["Work"],
    )["id"]
    assert do(world, "calendar.show_event", event_id=copy)["title"] == holiday["title"]
    do(world, "calendar.change_calendar", event_id=copy, calendar_id=calendars["Personal"])
    assert do(world, "calendar.show_event", event_id=copy)["calendar"] == "Personal"
    for event, target in ((holiday["id"], calendars["Work"]), (copy, calendars["Public holidays"])):
        assert "for reading only" in refused(world, "calendar.change_calendar", event_id=event, calendar_id=target)
    assert "for reading only" in refused(world, "calendar.delete_event", event_id=holiday["id"])


def test_own_calendars_are_made_renamed_and_deleted_when_empty() -> None:
    world = new_world()
    new = do(world, "calendar.create_calendar", name="Hobby")["id"]
    assert "already" in refused(world, "calendar.create_calendar", name="hobby")
    do(world, "calendar.rename_calendar", calendar_id=new, name="Sport")
    event = _new(world, calendar_id=new)
    assert "has 1 events" in refused(world, "calendar.delete_calendar", calendar_id=new)
    do(world, "calendar.delete_event", event_id=event)
    do(world, "calendar.delete_calendar", calendar_id=new)
    assert world.changes() == ()
    names = {one["name"]: one["id"] for one in do(world, "calendar.list_calendars")["calendars"]}
    assert "stays as it is" in refused(world, "calendar.delete_calendar", calendar_id=names["Personal"])
    assert "belongs to" in refused(world, "calendar.rename_calendar", calendar_id=names["Team"], name="Ours")


def test_other_apps_put_events_into_the_personal_calendar() -> None:
    world = new_world()
    with world.db.writing("test"):
        event = add_event(world.db, "Flight", _at(world, 5, "08:00"), _at(world, 5, "10:00"), "Airport")
    assert do(world, "calendar.show_event", event_id=event)["calendar"] == "Personal"
    assert set(changed(world)) == {"calendar_events"}
