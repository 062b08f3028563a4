from __future__ import annotations

from typing import Any

import pytest

from sge_envs.world.clock import plus_days
from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, refused


def _project(world: World, role: str) -> int:
    """The project in which the user has this role."""
    projects = do(world, "tickets.list_projects")["projects"]
    return int(next(one["id"] for one in projects if one["my_role"] == role))


def _new(world: World, role: str = "admin", **values: Any) -> int:
    """A new ticket, which belongs to the beginning."""
    made = do(world, "tickets.create", project_id=_project(world, role), **({"title": "A thing"} | values))
    world.db.rebase()
    return int(made["id"])


def _worker(world: World, project_id: int) -> str:
    """Somebody else who can be given tickets of a project."""
    members = do(world, "tickets.show_project", project_id=project_id)["members"]
    me = world.db.user["work_email"]
    return str(next(one["address"] for one in members if one["role"] in ("member", "admin") and one["address"] != me))


def test_search_filters_and_sorts() -> None:
    world = new_world()
    found = everything(world, "tickets.search", "tickets")
    assert len(found) == world.db.value("SELECT COUNT(*) FROM tickets_tickets")
    assert [one["created_at"] for one in found] == sorted((one["created_at"] for one in found), reverse=True)
    order = ["urgent", "high", "medium", "low"]
    pressing = everything(world, "tickets.search", "tickets", sort_by="priority")
    assert [one["priority"] for one in pressing] == sorted((one["priority"] for one in found), key=order.index)
    due = [one["due"] for one in everything(world, "tickets.search", "tickets", sort_by="due")]
    assert due == sorted(due, key=lambda date: (date is None, date))
    done = ("resolved", "closed")
    assert all(one["status"] not in done for one in everything(world, "tickets.search", "tickets", unfinished=True))
    assert all(one["status"] in done for one in everything(world, "tickets.search", "tickets", unfinished=False))
    assert all(one["assignee"] is None for one in everything(world, "tickets.search", "tickets", unassigned=True))
    one = found[0]
    filters = {"query": one["title"].upper(), "status": one["status"], "kind": one["kind"], "priority": one["priority"]}
    hits = everything(world, "tickets.search", "tickets", project_id=one["project_id"], **filters)
    assert one["id"] in [hit["id"] for hit in hits]
    late = everything(world, "tickets.search", "tickets", due_before=world.db.today)
    assert late
    assert all(one["due"] < world.db.today for one in late)


def test_counts_add_up_to_the_tickets() -> None:
    world = new_world()
    project = _project(world, "member")
    for by in ("status", "priority", "assignee"):
        groups = do(world, "tickets.count_by", project_id=project, by=by, unfinished=True)["groups"]
        total = do(world, "tickets.search", project_id=project, unfinished=True)["total"]
        assert sum(one["tickets"] for one in groups) == total
    label = do(world, "tickets.count_by", project_id=project, by="label")["groups"][0]
    assert do(world, "tickets.search", project_id=project, label=label["value"].upper())["total"] == label["tickets"]
    assert "not_found" in refused(world, "tickets.count_by", project_id=1, by="status")


def test_a_ticket_is_created_with_labels_and_watched() -> None:
    world = new_world()
    project = _project(world, "admin")
    label = do(world, "tickets.show_project", project_id=project)["labels"][0]
    who, due = _worker(world, project), plus_days(world.db.today, 3)
    values = {"title": " Fix it ", "assignee": who, "due": due, "labels": [label, label.upper()], "kind": "bug"}
    made = do(world, "tickets.create", project_id=project, **values)["id"]
    shown = do(world, "tickets.show", ticket_id=made)
    assert (shown["title"], shown["status"], shown["assignee"], shown["due"]) == ("Fix it", "open", who, due)
    assert (shown["labels"], shown["watchers"]) == ([label], [world.db.user["work_email"]])
    assert "in the past" in refused(world, "tickets.create", project_id=project, title="x", due="2001-01-01")
    assert "no member" in refused(world, "tickets.create", project_id=project, title="x", assignee="a@b.example")
    assert "not_found" in refused(world, "tickets.create", project_id=project, title="x", labels=["nope"])


def test_roles_decide_who_may_do_what() -> None:
    world = new_world()
    assert "needs the role reporter" in refused(
        world, "tickets.create", project_id=_project(world, "viewer"), title="x"
    )
    own = _new(world, "reporter")
    do(world, "tickets.update", ticket_id=own, title="Better", kind="question")
    do(world, "tickets.comment", ticket_id=own, text="Hello")
    assert "needs the role member" in refused(world, "tickets.set_status", ticket_id=own, status="closed")
    assert "needs the role member" in refused(world, "tickets.set_priority", ticket_id=own, priority="low")
    assert "needs the role admin" in refused(world, "tickets.delete", ticket_id=own)
    project = _project(world, "member")
    assert "needs the role admin" in refused(world, "tickets.create_label", project_id=project, name="new")
    theirs = world.db.value("SELECT id FROM tickets_tickets WHERE project_id = ?", _project(world, "viewer"))
    assert "needs the role member" in refused(world, "tickets.update", ticket_id=theirs, title="Mine")


def test_history_counts_what_happens_within_a_minute_as_one_change() -> None:
    world = new_world()
    ticket = _new(world)
    for status in ("in_progress", "waiting", "resolved"):
        do(world, "tickets.set_status", ticket_id=ticket, status=status)
    (entry,) = changed(world)["tickets_history"]
    assert entry.after is not None
    assert (entry.after["old"], entry.after["new"]) == ("open", "resolved")
    listed = do(world, "tickets.list_history", ticket_id=ticket, who=world.db.user["work_email"])["changes"]
    assert [(one["field"], one["new"]) for one in listed] == [("status", "resolved")]
    do(world, "tickets.set_status", ticket_id=ticket, status="open")
    assert world.changes() == ()
    dates = [one["at"] for one in everything(world, "tickets.list_history", "changes")]
    assert dates == sorted(dates, reverse=True)


def test_a_closed_ticket_must_be_opened_first() -> None:
    world = new_world()
    ticket = _new(world)
    do(world, "tickets.set_status", ticket_id=ticket, status="closed")
    for operation, arguments in (
        ("tickets.set_status", {"status": "in_progress"}),
        ("tickets.assign", {"assignee": None}),
        ("tickets.set_due", {"due": None}),
    ):
        assert "set it to open first" in refused(world, operation, ticket_id=ticket, **arguments)
    do(world, "tickets.set_status", ticket_id=ticket, status="open")
    do(world, "tickets.set_priority", ticket_id=ticket, priority="urgent")
    assert do(world, "tickets.show", ticket_id=ticket)["priority"] == "urgent"


def test_what_blocks_a_ticket_must_be_finished_first() -> None:
    world = new_world()
    first, second = _new(world), _new(world)
    do(world, "tickets.link", ticket_id=first, other_id=second, kind="blocks")
    assert do(world, "tickets.show", ticket_id=second)["links"] == [{"kind": "blocked_by", "ticket_id": first}]
    assert f"blocked by the ticket {first}" in refused(world, "tickets.set_status", ticket_id=second, status="resolved")
    assert "linked already" in refused(world, "tickets.link", ticket_id=second, other_id=first, kind="relates")
    assert "two different" in refused(world, "tickets.link", ticket_id=first, other_id=first, kind="relates")
    do(world, "tickets.set_status", ticket_id=first, status="resolved")
    do(world, "tickets.set_status", ticket_id=second, status="resolved")
    do(world, "tickets.unlink", ticket_id=second, other_id=first)
    assert "not linked" in refused(world, "tickets.unlink", ticket_id=second, other_id=first)


def test_tickets_are_assigned_to_those_who_can_work_on_them() -> None:
    world = new_world()
    ticket = _new(world)
    project = _project(world, "admin")
    me = world.db.user["work_email"]
    before = len(do(world, "tickets.my_work")["tickets"])
    do(world, "tickets.assign", ticket_id=ticket, assignee=me)
    do(world, "tickets.set_due", ticket_id=ticket, due=world.db.today)
    work = do(world, "tickets.my_work")["tickets"]
    assert len(work) == before + 1
    soon = do(world, "tickets.my_work", days=0)["tickets"]
    assert ticket in [one["id"] for one in soon]
    assert all(one["due"] <= world.db.today for one in soon)
    reporters = [
        one["address"]
        for one in do(world, "tickets.show_project", project_id=project)["members"]
        if one["role"] == "reporter"
    ]
    assert "no member" in refused(world, "tickets.assign", ticket_id=ticket, assignee=reporters[0])
    do(world, "tickets.assign", ticket_id=ticket, assignee=None)
    assert do(world, "tickets.show", ticket_id=ticket)["assignee"] is None


def test_labels_are_made_put_on_and_taken_off() -> None:
    world = new_world()
    ticket = _new(world)
    do(world, "tickets.create_label", project_id=_project(world, "admin"), name="Fresh")
    assert "already" in refused(world, "tickets.create_label", project_id=_project(world, "admin"), name="fresh")
    world.db.rebase()
    do(world, "tickets.add_label", ticket_id=ticket, label="fresh")
    assert "already" in refused(world, "tickets.add_label", ticket_id=ticket, label="Fresh")
    assert do(world, "tickets.show", ticket_id=ticket)["labels"] == ["Fresh"]
    do(world, "tickets.remove_label", ticket_id=ticket, label="Fresh")
    assert "does not have" in refused(world, "tickets.remove_label", ticket_id=ticket, label="Fresh")
    assert world.changes() == ()


def test_comments_belong_to_their_authors() -> None:
    world = new_world()
    ticket = _new(world)
    made = do(world, "tickets.comment", ticket_id=ticket, text="One")["id"]
    do(world, "tickets.edit_comment", comment_id=made, text="Two")
    assert [one["text"] for one in do(world, "tickets.list_comments", ticket_id=ticket)["comments"]] == ["Two"]
    do(world, "tickets.delete_comment", comment_id=made)
    assert world.changes() == ()
    other = world.db.value("SELECT id FROM tickets_comments WHERE author != ?", world.db.user["work_email"])
    assert "only they can change it" in refused(world, "tickets.edit_comment", comment_id=other, text="x")
    assert "only they can change it" in refused(world, "tickets.delete_comment", comment_id=other)


def test_watchers_come_and_go() -> None:
    world = new_world()
    ticket = _new(world)
    who = _worker(world, _project(world, "admin"))
    assert "already" in refused(world, "tickets.watch", ticket_id=ticket)
    do(world, "tickets.watch", ticket_id=ticket, address=who)
    assert "not in the project" in refused(world, "tickets.watch", ticket_id=ticket, address="a@b.example")
    do(world, "tickets.unwatch", ticket_id=ticket, address=who)
    do(world, "tickets.unwatch", ticket_id=ticket)
    assert "does not watch" in refused(world, "tickets.unwatch", ticket_id=ticket)
    assert do(world, "tickets.show", ticket_id=ticket)["watchers"] == []


def test_a_moved_ticket_loses_labels_and_a_strange_assignee() -> None:
    world = new_world()
    here, there = _project(world, "admin"), _project(world, "member")
    label = do(world, "tickets.show_project", project_id=here)["labels"][0]
    strangers = [
        one["address"]
        for one in do(world, "tickets.show_project", project_id=here)["members"]
        if one["role"] in ("member", "admin")
        and one["address"] not in [m["address"] for m in do(world, "tickets.show_project", project_id=there)["members"]]
    ]
    assignee = strangers[0] if strangers else None
    ticket = _new(world, labels=[label], assignee=assignee)
    assert do(world, "tickets.move", ticket_id=ticket, project_id=there)["assignee"] is None
    assert do(world, "tickets.show", ticket_id=ticket)["labels"] == []
    assert "already" in refused(world, "tickets.move", ticket_id=ticket, project_id=there)
    assert "needs the role" in refused(world, "tickets.move", ticket_id=ticket, project_id=_project(world, "reporter"))


def test_a_deleted_ticket_takes_everything_with_it() -> None:
    world = new_world()
    other = _new(world)
    before = world.key()
    ticket = do(world, "tickets.create", project_id=_project(world, "admin"), title="Short life")["id"]
    do(world, "tickets.comment", ticket_id=ticket, text="Hm")
    do(world, "tickets.set_priority", ticket_id=ticket, priority="high")
    do(world, "tickets.link", ticket_id=other, other_id=ticket, kind="relates")
    do(world, "tickets.delete", ticket_id=ticket)
    assert world.key() == before
    assert "not_found" in refused(world, "tickets.show", ticket_id=ticket)


def test_an_update_needs_something_to_change() -> None:
    world = new_world()
    ticket = _new(world)
    assert "Nothing to change" in refused(world, "tickets.update", ticket_id=ticket)
    do(world, "tickets.update", ticket_id=ticket, title="A thing")
    assert world.changes() == ()
    do(world, "tickets.set_due", ticket_id=ticket, due=plus_days(world.db.today, 1))
    assert {one.table for one in world.changes()} == {"tickets_tickets", "tickets_history"}
    assert _columns(world, "tickets_tickets") == ("due",)


def _columns(world: World, table: str) -> tuple[str, ...]:
    """The columns that changed in the one row of ``table`` that did."""
    (change,) = changed(world)[table]
    return change.columns


@pytest.mark.parametrize("number", range(8))
def test_the_history_of_the_tickets_is_consistent(number: int) -> None:
    db = new_world(number).db
    assert db.value("SELECT MAX(updated_at) FROM tickets_tickets") <= db.now
    assert db.value("SELECT COUNT(*) FROM tickets_tickets WHERE created_at > updated_at") == 0
    for row in db.rows("SELECT * FROM tickets_tickets"):
        roles = {
            one["address"]: one["role"]
            for one in db.rows("SELECT * FROM tickets_members WHERE project_id = ?", row["project_id"])
        }
        assert row["reporter"] in roles
        assert row["assignee"] is None or roles[row["assignee"]] in ("member", "admin")
        entry = db.one("SELECT * FROM tickets_history WHERE ticket_id = ? AND field = 'status'", row["id"])
        assert row["status"] == (entry["new"] if entry else "open")
    orders = [text for text in db.column("SELECT title FROM tickets_tickets") if "order " in text and "budget" in text]
    for title in orders:
        assert db.get("shop_orders", int(title.removesuffix("?").split()[-1])) is not None
