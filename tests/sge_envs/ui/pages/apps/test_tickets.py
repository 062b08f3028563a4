from __future__ import annotations

from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools, words

_MINE = (
    "SELECT t.id FROM tickets_tickets t JOIN tickets_members m ON m.project_id = t.project_id JOIN world_user u ON "
    "u.work_email = m.address WHERE m.role IN ('member', 'admin') AND t.status != 'closed' ORDER BY t.id"
)


def test_a_ticket_is_linked_and_the_link_is_taken_away_at_the_other_end() -> None:
    visitor = Visitor()
    linked = {
        one for row in visitor.world.db.rows("SELECT ticket_id, other_id FROM tickets_links") for one in row.values()
    }
    first, second = [one for one in visitor.world.db.column(_MINE) if one not in linked][:2]
    page = f"/tickets/show?ticket_id={first}"
    visitor.send(visitor.button(page, "Link"), form="1", other_id=second, kind="duplicates")
    assert same_as_tools(visitor, ("tickets.link", {"ticket_id": first, "other_id": second, "kind": "duplicates"}))
    assert "duplicates" in words(visitor.read(page))
    visitor.send(visitor.button(f"/tickets/show?ticket_id={second}", "Remove link"))
    assert same_as_tools(visitor)


def test_a_comment_is_written_at_the_ticket_and_only_own_ones_can_be_edited() -> None:
    visitor = Visitor()
    ticket = visitor.world.db.column(_MINE)[0]
    page = f"/tickets/show?ticket_id={ticket}"
    edits = len(visitor.buttons(page, "Edit"))
    visitor.send(f"/tickets/comment?ticket_id={ticket}", form="1", text="On my way.")
    assert same_as_tools(visitor, ("tickets.comment", {"ticket_id": ticket, "text": "On my way."}))
    assert "On my way." in words(visitor.read(page))
    assert len(visitor.buttons(page, "Edit")) == edits + 1


def test_watching_is_one_press_and_so_is_stopping() -> None:
    visitor = Visitor()
    me = visitor.value("SELECT work_email FROM world_user")
    ticket = visitor.value(
        "SELECT id FROM tickets_tickets WHERE project_id IN (SELECT project_id FROM tickets_members WHERE address = ?) AND id "
        "NOT IN (SELECT ticket_id FROM tickets_watchers WHERE address = ?)",
        me,
        me,
    )
    page, before = f"/tickets/show?ticket_id={ticket}", visitor.world.key()
    visitor.send(visitor.button(page, "Watch"))
    assert same_as_tools(visitor, ("tickets.watch", {"ticket_id": ticket}))
    assert not visitor.buttons(page, "Watch")
    visitor.send(visitor.button(page, "Stop watching"))
    assert visitor.world.key() == before


def test_nobody_can_be_chosen_as_assignee() -> None:
    visitor = Visitor()
    ticket = visitor.value(f"{_MINE.replace('ORDER', 'AND t.assignee IS NOT NULL ORDER')}")
    visitor.send(visitor.button(f"/tickets/show?ticket_id={ticket}", "Assign"), form="1", assignee="")
    assert same_as_tools(visitor, ("tickets.assign", {"ticket_id": ticket, "assignee": None}))


def test_lists_of_tickets_name_projects_and_people() -> None:
    visitor = Visitor()
    tickets = visitor.world.call("tickets.search", {"page_size": 50, "unassigned": False}).value["tickets"]
    said = words(visitor.read("/tickets/search?unassigned=false"))
    for ticket in tickets[:20]:
        project = visitor.value("SELECT name FROM tickets_projects WHERE id = ?", ticket["project_id"])
        person = visitor.value("SELECT name FROM tickets_members WHERE address = ?", ticket["assignee"])
        assert f"Ticket {ticket['id']} Project {project}" in said
        assert f"Assignee {person}" in said


def test_only_admins_of_a_project_can_make_labels() -> None:
    visitor = Visitor()
    for project in visitor.world.call("tickets.list_projects").value["projects"]:
        offered = visitor.buttons(f"/tickets/show_project?project_id={project['id']}", "New label")
        assert bool(offered) is (project["my_role"] == "admin")
