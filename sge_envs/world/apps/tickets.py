"""Tickets: projects with members and roles, tickets with status, assignee, priority, labels, comments, links, history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.clock import plus_days, plus_minutes
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Date, Email, Length, Name, Page, PageSize, Range, Text
from sge_envs.world.letters import PROJECTS
from sge_envs.world.operation import Record
from sge_envs.world.people import work_email
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE tickets_projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, about TEXT NOT NULL
);
CREATE TABLE tickets_members (
    id INTEGER PRIMARY KEY AUTOINCREMENT, project_id INTEGER NOT NULL REFERENCES tickets_projects (id),
    name TEXT NOT NULL, address TEXT NOT NULL, role TEXT NOT NULL CHECK (role IN ('viewer', 'reporter', 'member', 'admin')),
    UNIQUE (project_id, address)
);
CREATE TABLE tickets_tickets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, project_id INTEGER NOT NULL REFERENCES tickets_projects (id),
    kind TEXT NOT NULL CHECK (kind IN ('bug', 'task', 'question')), title TEXT NOT NULL, description TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'in_progress', 'waiting', 'resolved', 'closed')),
    priority TEXT NOT NULL CHECK (priority IN ('low', 'medium', 'high', 'urgent')), reporter TEXT NOT NULL,
    assignee TEXT, due TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE INDEX tickets_tickets_project ON tickets_tickets (project_id, status);
CREATE TABLE tickets_comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ticket_id INTEGER NOT NULL REFERENCES tickets_tickets (id),
    author TEXT NOT NULL, text TEXT NOT NULL, written_at TEXT NOT NULL
);
CREATE INDEX tickets_comments_ticket ON tickets_comments (ticket_id);
CREATE TABLE tickets_labels (
    id INTEGER PRIMARY KEY AUTOINCREMENT, project_id INTEGER NOT NULL REFERENCES tickets_projects (id), name TEXT NOT NULL,
    UNIQUE (project_id, name)
);
CREATE TABLE tickets_labelled (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ticket_id INTEGER NOT NULL REFERENCES tickets_tickets (id),
    label_id INTEGER NOT NULL REFERENCES tickets_labels (id), UNIQUE (ticket_id, label_id)
);
CREATE INDEX tickets_labelled_label ON tickets_labelled (label_id);
CREATE TABLE tickets_watchers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ticket_id INTEGER NOT NULL REFERENCES tickets_tickets (id),
    address TEXT NOT NULL, UNIQUE (ticket_id, address)
);
CREATE TABLE tickets_links (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ticket_id INTEGER NOT NULL REFERENCES tickets_tickets (id),
    other_id INTEGER NOT NULL REFERENCES tickets_tickets (id),
    kind TEXT NOT NULL CHECK (kind IN ('blocks', 'duplicates', 'relates')), UNIQUE (ticket_id, other_id)
);
CREATE INDEX tickets_links_other ON tickets_links (other_id);
CREATE TABLE tickets_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ticket_id INTEGER NOT NULL REFERENCES tickets_tickets (id), at TEXT NOT NULL,
    who TEXT NOT NULL, field TEXT NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL
);
CREATE INDEX tickets_history_ticket ON tickets_history (ticket_id, field);
"""

Kind = Literal["bug", "task", "question"]
Status = Literal["open", "in_progress", "waiting", "resolved", "closed"]
Priority = Literal["low", "medium", "high", "urgent"]
LinkKind = Literal["blocks", "duplicates", "relates"]
By = Literal["status", "priority", "assignee", "label"]
SortBy = Literal["newest", "due", "priority", "updated"]
Label = Annotated[str, Length(1, 40)]
Comment = Annotated[str, Length(1, 5_000)]
_ROLES = ("viewer", "reporter", "member", "admin")
_DONE = "('resolved', 'closed')"
_ORDER = {
    "newest": "t.created_at DESC, t.id DESC",
    "due": "t.due IS NULL, t.due, t.id",
    "priority": "instr('urgent high medium low', t.priority), t.id",
    "updated": "t.updated_at DESC, t.id DESC",
}
_LISTED = "t.id, t.project_id, t.title, t.kind, t.status, t.priority, t.assignee, t.due, t.created_at"
MAX_WATCHERS = 30


# Reading ------------------------------------------------------------------------------------------------------------


def list_projects(db: Database) -> Record:
    """List the projects that the user is a member of.

    Returns:
        projects, each with id, name, about, my_role and open (tickets neither resolved nor closed).
    """
    return {
        "projects": db.rows(
            "SELECT p.id, p.name, p.about, m.role AS my_role, (SELECT COUNT(*) FROM tickets_tickets t WHERE t.project_id = p.id "
            f"AND t.status NOT IN {_DONE}) AS open FROM tickets_projects p JOIN tickets_members m ON m.project_id = p.id "
            "WHERE m.address = ? ORDER BY p.name",
            _me(db),
        )
    }


def show_project(db: Database, project_id: int) -> Record:
    """Show a project with its members and labels.

    Viewers only read. Reporters also write tickets and comments. Members also change tickets. Admins also delete
    tickets and make labels.

    Args:
        project_id: The project's id.

    Returns:
        id, name, about, my_role, members with name, address and role, and labels by name.
    """
    role = _role(db, project_id)
    row = db.get("tickets_projects", project_id)
    assert row is not None
    sql = "SELECT name, address, role FROM tickets_members WHERE project_id = ? ORDER BY name, id"
    labels = db.column("SELECT name FROM tickets_labels WHERE project_id = ? ORDER BY name", project_id)
    return row | {"my_role": role, "members": db.rows(sql, project_id), "labels": labels}


def search(
    db: Database,
    query: str | None = None,
    project_id: int | None = None,
    status: Status | None = None,
    unfinished: bool | None = None,
    priority: Priority | None = None,
    kind: Kind | None = None,
    assignee: Email | None = None,
    unassigned: bool | None = None,
    reporter: Email | None = None,
    label: str | None = None,
    due_before: Date | None = None,
    created_since: Date | None = None,
    sort_by: SortBy = "newest",
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find tickets; every filter that is given must hold.

    Args:
        query: Words that must stand in title or description.
        project_id: Only this project.
        status: Only this status.
        unfinished: Only what is neither resolved nor closed (true), or only what is (false).
        priority: Only this priority.
        kind: Only this kind.
        assignee: Only tickets of this person.
        unassigned: Only tickets of nobody (true) or of somebody (false).
        reporter: Only tickets that this person wrote.
        label: Only with this label.
        due_before: Due before this date.
        created_since: Written on this date or later.
        sort_by: The order of the results; due and priority put the most pressing first.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and tickets with id, project_id, title, kind, status, priority, assignee, due and created_at.
    """
    where = Where()
    if project_id is not None:
        _role(db, project_id)
    where.words(("t.title", "t.description"), query)
    where.given("t.project_id = ?", project_id)
    where.given("t.status = ?", status)
    where.given(f"(t.status NOT IN {_DONE}) = ?", unfinished)
    where.given("t.priority = ?", priority)
    where.given("t.kind = ?", kind)
    where.given("t.assignee = ?", assignee)
    where.given("(t.assignee IS NULL) = ?", unassigned)
    where.given("t.reporter = ?", reporter)
    named = "SELECT d.ticket_id FROM tickets_labelled d JOIN tickets_labels l ON l.id = d.label_id WHERE l.name = ?"
    where.given(f"t.id IN ({named} COLLATE NOCASE)", label)
    where.given("t.due < ?", due_before)
    where.given("t.created_at >= ?", created_since)
    sql = f"SELECT {_LISTED} FROM tickets_tickets t {{where}} ORDER BY {_ORDER[sort_by]}"
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"tickets": found}


def show(db: Database, ticket_id: int) -> Record:
    """Show a ticket in full, without its comments.

    Args:
        ticket_id: The ticket's id.

    Returns:
        All fields of the ticket, project, labels, watchers (addresses), comments (how many), and links with kind and
        ticket_id, where a kind is read from this ticket: blocks, blocked_by, duplicates, duplicated_by, relates.
    """
    row = _ticket(db, ticket_id)
    project = db.value("SELECT name FROM tickets_projects WHERE id = ?", row["project_id"])
    labels = db.column(
        "SELECT l.name FROM tickets_labels l JOIN tickets_labelled d ON d.label_id = l.id WHERE d.ticket_id = ? ORDER BY l.name",
        ticket_id,
    )
    watchers = db.column("SELECT address FROM tickets_watchers WHERE ticket_id = ? ORDER BY address", ticket_id)
    comments = db.value("SELECT COUNT(*) FROM tickets_comments WHERE ticket_id = ?", ticket_id)
    shown = {"project": project, "labels": labels, "watchers": watchers, "comments": comments}
    return row | shown | {"links": _links(db, ticket_id)}


def list_comments(db: Database, ticket_id: int) -> Record:
    """List the comments on a ticket, the oldest first.

    Args:
        ticket_id: The ticket's id.

    Returns:
        comments, each with id, author (an e-mail address), text and written_at.
    """
    _ticket(db, ticket_id)
    sql = "SELECT id, author, text, written_at FROM tickets_comments WHERE ticket_id = ? ORDER BY written_at, id"
    return {"comments": db.rows(sql, ticket_id)}


def list_history(
    db: Database,
    ticket_id: int | None = None,
    project_id: int | None = None,
    who: Email | None = None,
    since: Date | None = None,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """List who changed what in tickets, the newest change first; every filter that is given must hold.

    Args:
        ticket_id: Only this ticket.
        project_id: Only tickets of this project.
        who: Only changes by this person.
        since: On this date or later.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and changes with ticket_id, title, at, who, field, old and new.
    """
    where = Where()
    if ticket_id is not None:
        _ticket(db, ticket_id)
    where.given("h.ticket_id = ?", ticket_id)
    where.given("t.project_id = ?", project_id)
    where.given("h.who = ?", who)
    where.given("h.at >= ?", since)
    sql = (
        "SELECT h.ticket_id, t.title, h.at, h.who, h.field, h.old, h.new FROM tickets_history h JOIN tickets_tickets t "
        "ON t.id = h.ticket_id {where} ORDER BY h.at DESC, h.id DESC"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"changes": found}


def my_work(db: Database, days: Annotated[int, Range(0, 90)] | None = None) -> Record:
    """List the user's own tickets that are neither resolved nor closed, those due first in front.

    Args:
        days: Only what is due within so many days or is overdue.

    Returns:
        today, and tickets with id, project_id, title, kind, status, priority, assignee, due and created_at.
    """
    where = Where()
    where.add("t.assignee = ?", _me(db))
    where.add(f"t.status NOT IN {_DONE}")
    where.given("t.due <= ?", None if days is None else plus_days(db.today, days))
    sql = f"SELECT {_LISTED} FROM tickets_tickets t {where} ORDER BY {_ORDER['due']}"
    return {"today": db.today, "tickets": db.rows(sql, *where.values)}


def count_by(db: Database, project_id: int, by: By, unfinished: bool | None = None) -> Record:
    """Count the tickets of a project.

    Args:
        project_id: The project's id.
        by: What to group them by.
        unfinished: Only what is neither resolved nor closed (true), or only what is (false).

    Returns:
        groups, each with value (null: unassigned) and tickets, the largest first.
    """
    _role(db, project_id)
    where = Where()
    where.add("t.project_id = ?", project_id)
    where.given(f"(t.status NOT IN {_DONE}) = ?", unfinished)
    label = "JOIN tickets_labelled d ON d.ticket_id = t.id JOIN tickets_labels l ON l.id = d.label_id"
    source, value = (label, "l.name") if by == "label" else ("", f"t.{by}")
    sql = (
        f"SELECT {value} AS value, COUNT(*) AS tickets FROM tickets_tickets t {source} {where} GROUP BY {value} "
        "ORDER BY tickets DESC, value"
    )
    return {"groups": db.rows(sql, *where.values)}


# Writing ------------------------------------------------------------------------------------------------------------


def create(
    db: Database,
    project_id: int,
    title: Name,
    description: Text = "",
    kind: Kind = "task",
    priority: Priority = "medium",
    assignee: Email | None = None,
    due: Date | None = None,
    labels: list[Label] | None = None,
) -> Record:
    """Write a ticket; it is open, and the user watches it.

    Args:
        project_id: The project's id.
        title: What it is about.
        description: The details.
        kind: What kind of ticket it is.
        priority: How pressing it is.
        assignee: A member or admin of the project who is to do it; by default nobody.
        due: When it must be done, not in the past.
        labels: Labels of the project.

    Returns:
        id of the ticket.
    """
    _need(db, project_id, "reporter")
    _check_due(db, due)
    if assignee is not None:
        _check_assignee(db, project_id, assignee)
    values: Row = {"project_id": project_id, "kind": kind, "title": title.strip(), "description": description}
    values |= {"status": "open", "priority": priority, "reporter": _me(db), "assignee": assignee, "due": due}
    ticket_id = db.insert("tickets_tickets", values | {"created_at": db.now, "updated_at": db.now})
    db.insert("tickets_watchers", {"ticket_id": ticket_id, "address": _me(db)})
    for label_id in dict.fromkeys(_label(db, project_id, name) for name in labels or []):
        db.insert("tickets_labelled", {"ticket_id": ticket_id, "label_id": label_id})
    return {"id": ticket_id}


def update(
    db: Database, ticket_id: int, title: Name | None = None, description: Text | None = None, kind: Kind | None = None
) -> Record:
    """Change what a ticket says; what is not given stays. Reporters can change their own tickets.

    Args:
        ticket_id: The ticket's id.
        title: New title.
        description: New description, in place of the old one.
        kind: New kind.

    Returns:
        id and changed, the names of the fields that were set.
    """
    row = _changeable(db, ticket_id, own=True)
    given = {"title": title.strip() if title else None, "description": description, "kind": kind}
    values = {name: value for name, value in given.items() if value is not None}
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    _change(db, row, values)
    return {"id": ticket_id, "changed": list(values)}


def set_status(db: Database, ticket_id: int, status: Status) -> Record:
    """Set the status of a ticket. It cannot be resolved or closed while a ticket that blocks it is unfinished; a closed
    one must be opened before anything else.

    Args:
        ticket_id: The ticket's id.
        status: The new status.

    Returns:
        id and status.
    """
    row = _ticket(db, ticket_id)
    _need(db, row["project_id"], "member")
    if row["status"] == "closed" and status not in ("open", "closed"):
        raise conflict(f"The ticket {ticket_id} is closed: set it to open first.")
    if status in ("resolved", "closed"):
        blocking = db.value(
            "SELECT t.id FROM tickets_links l JOIN tickets_tickets t ON t.id = l.ticket_id WHERE l.other_id = ? "
            f"AND l.kind = 'blocks' AND t.status NOT IN {_DONE} ORDER BY t.id",
            ticket_id,
        )
        if blocking is not None:
            raise conflict(f"The ticket {ticket_id} is blocked by the ticket {blocking}, which is not finished.")
    _change(db, row, {"status": status})
    return {"id": ticket_id, "status": status}


def assign(db: Database, ticket_id: int, assignee: Email | None) -> Record:
    """Give a ticket to a member or admin of its project, or to nobody.

    Args:
        ticket_id: The ticket's id.
        assignee: The person's address; null for nobody.

    Returns:
        id and assignee.
    """
    row = _changeable(db, ticket_id)
    if assignee is not None:
        _check_assignee(db, row["project_id"], assignee)
    _change(db, row, {"assignee": assignee})
    return {"id": ticket_id, "assignee": assignee}


def set_priority(db: Database, ticket_id: int, priority: Priority) -> Record:
    """Set how pressing a ticket is.

    Args:
        ticket_id: The ticket's id.
        priority: The new priority.

    Returns:
        id and priority.
    """
    _change(db, _changeable(db, ticket_id), {"priority": priority})
    return {"id": ticket_id, "priority": priority}


def set_due(db: Database, ticket_id: int, due: Date | None) -> Record:
    """Set when a ticket must be done.

    Args:
        ticket_id: The ticket's id.
        due: The date, not in the past; null for none.

    Returns:
        id and due.
    """
    row = _changeable(db, ticket_id)
    _check_due(db, due)
    _change(db, row, {"due": due})
    return {"id": ticket_id, "due": due}


def move(db: Database, ticket_id: int, project_id: int) -> Record:
    """Move a ticket to another project; it loses its labels, and its assignee if they are not a member there.

    Args:
        ticket_id: The ticket's id.
        project_id: The project it goes to.

    Returns:
        id, project_id and assignee.
    """
    row = _changeable(db, ticket_id)
    _need(db, project_id, "member")
    if row["project_id"] == project_id:
        raise conflict(f"The ticket {ticket_id} is in this project already.")
    db.delete_all("tickets_labelled", "ticket_id", ticket_id)
    stays = _role_of(db, project_id, row["assignee"]) in ("member", "admin")
    assignee = row["assignee"] if stays else None
    _change(db, row, {"project_id": project_id, "assignee": assignee})
    return {"id": ticket_id, "project_id": project_id, "assignee": assignee}


def delete(db: Database, ticket_id: int) -> Record:
    """Delete a ticket with everything that hangs on it. Only admins of the project can.

    Args:
        ticket_id: The ticket's id.

    Returns:
        id of the deleted ticket.
    """
    row = _ticket(db, ticket_id)
    _need(db, row["project_id"], "admin")
    for table in ("comments", "labelled", "watchers", "links", "history"):
        db.delete_all(f"tickets_{table}", "ticket_id", ticket_id)
    db.delete_all("tickets_links", "other_id", ticket_id)
    db.delete("tickets_tickets", ticket_id)
    return {"id": ticket_id}


def comment(db: Database, ticket_id: int, text: Comment) -> Record:
    """Comment on a ticket.

    Args:
        ticket_id: The ticket's id.
        text: What to say.

    Returns:
        id of the comment.
    """
    row = _ticket(db, ticket_id)
    _need(db, row["project_id"], "reporter")
    values = {"ticket_id": ticket_id, "author": _me(db), "text": text, "written_at": db.now}
    return {"id": db.insert("tickets_comments", values)}


def edit_comment(db: Database, comment_id: int, text: Comment) -> Record:
    """Change a comment of the user's own.

    Args:
        comment_id: The comment's id.
        text: The new text.

    Returns:
        id of the comment.
    """
    _own_comment(db, comment_id)
    db.update("tickets_comments", comment_id, {"text": text})
    return {"id": comment_id}


def delete_comment(db: Database, comment_id: int) -> Record:
    """Delete a comment of the user's own.

    Args:
        comment_id: The comment's id.

    Returns:
        id of the deleted comment.
    """
    _own_comment(db, comment_id)
    db.delete("tickets_comments", comment_id)
    return {"id": comment_id}


def create_label(db: Database, project_id: int, name: Label) -> Record:
    """Make a label. Only admins of the project can.

    Args:
        project_id: The project's id.
        name: Its name, not used in this project.

    Returns:
        id of the label.
    """
    _need(db, project_id, "admin")
    known = "SELECT id FROM tickets_labels WHERE project_id = ? AND name = ? COLLATE NOCASE"
    if db.value(known, project_id, name.strip()) is not None:
        raise conflict(f"There is a label {name.strip()!r} already.")
    return {"id": db.insert("tickets_labels", {"project_id": project_id, "name": name.strip()})}


def add_label(db: Database, ticket_id: int, label: Label) -> Record:
    """Put a label on a ticket.

    Args:
        ticket_id: The ticket's id.
        label: Name of a label of its project.

    Returns:
        id and label.
    """
    row = _changeable(db, ticket_id)
    label_id = _label(db, row["project_id"], label)
    if _labelled(db, ticket_id, label_id) is not None:
        raise conflict(f"The ticket {ticket_id} has the label {label.strip()!r} already.")
    db.insert("tickets_labelled", {"ticket_id": ticket_id, "label_id": label_id})
    return {"id": ticket_id, "label": label.strip()}


def remove_label(db: Database, ticket_id: int, label: Label) -> Record:
    """Take a label off a ticket.

    Args:
        ticket_id: The ticket's id.
        label: Name of a label that it has.

    Returns:
        id and label.
    """
    row = _changeable(db, ticket_id)
    known = _labelled(db, ticket_id, _label(db, row["project_id"], label))
    if known is None:
        raise conflict(f"The ticket {ticket_id} does not have the label {label.strip()!r}.")
    db.delete("tickets_labelled", known)
    return {"id": ticket_id, "label": label.strip()}


def watch(db: Database, ticket_id: int, address: Email | None = None) -> Record:
    """Let somebody watch a ticket.

    Args:
        ticket_id: The ticket's id.
        address: Somebody of the project; by default the user.

    Returns:
        id and address.
    """
    row, who = _ticket(db, ticket_id), address or _me(db)
    if _role_of(db, row["project_id"], who) is None:
        raise not_allowed(f"{who} is not in the project of the ticket {ticket_id}.")
    if _watcher(db, ticket_id, who) is not None:
        raise conflict(f"{who} watches the ticket {ticket_id} already.")
    if db.value("SELECT COUNT(*) FROM tickets_watchers WHERE ticket_id = ?", ticket_id) >= MAX_WATCHERS:
        raise limit_reached(f"A ticket can have {MAX_WATCHERS} watchers.")
    db.insert("tickets_watchers", {"ticket_id": ticket_id, "address": who})
    return {"id": ticket_id, "address": who}


def unwatch(db: Database, ticket_id: int, address: Email | None = None) -> Record:
    """Let somebody no longer watch a ticket. Only members of the project can do this for others.

    Args:
        ticket_id: The ticket's id.
        address: Who watches it; by default the user.

    Returns:
        id and address.
    """
    row, who = _ticket(db, ticket_id), address or _me(db)
    if who != _me(db):
        _need(db, row["project_id"], "member")
    known = _watcher(db, ticket_id, who)
    if known is None:
        raise conflict(f"{who} does not watch the ticket {ticket_id}.")
    db.delete("tickets_watchers", known)
    return {"id": ticket_id, "address": who}


def link(db: Database, ticket_id: int, other_id: int, kind: LinkKind) -> Record:
    """Link two tickets, which need not be in the same project.

    Args:
        ticket_id: The ticket that blocks, duplicates or relates to the other one.
        other_id: The other ticket.
        kind: What the first one does to the other one.

    Returns:
        ticket_id, other_id and kind.
    """
    row = _changeable(db, ticket_id)
    _ticket(db, other_id)
    if row["id"] == other_id:
        raise invalid("ticket_id and other_id must be two different tickets.")
    if _linked(db, ticket_id, other_id) is not None:
        raise conflict(f"The tickets {ticket_id} and {other_id} are linked already: remove that link first.")
    db.insert("tickets_links", {"ticket_id": ticket_id, "other_id": other_id, "kind": kind})
    return {"ticket_id": ticket_id, "other_id": other_id, "kind": kind}


def unlink(db: Database, ticket_id: int, other_id: int) -> Record:
    """Remove the link between two tickets, whichever way it points.

    Args:
        ticket_id: One of the tickets.
        other_id: The other ticket.

    Returns:
        ticket_id and other_id.
    """
    _changeable(db, ticket_id)
    known = _linked(db, ticket_id, other_id)
    if known is None:
        raise conflict(f"The tickets {ticket_id} and {other_id} are not linked.")
    db.delete("tickets_links", known)
    return {"ticket_id": ticket_id, "other_id": other_id}


# The inside ---------------------------------------------------------------------------------------------------------


def _me(db: Database) -> str:
    return str(db.user["work_email"])


def _role_of(db: Database, project_id: int, address: str | None) -> str | None:
    sql = "SELECT role FROM tickets_members WHERE project_id = ? AND address = ?"
    found: str | None = db.value(sql, project_id, address)
    return found


def _role(db: Database, project_id: int) -> str:
    """The user's role."""
    role = _role_of(db, project_id, _me(db))
    if role is None:
        raise not_found("project", project_id)
    return role


def _need(db: Database, project_id: int, least: str) -> None:
    role = _role(db, project_id)
    if _ROLES.index(role) < _ROLES.index(least):
        name = db.value("SELECT name FROM tickets_projects WHERE id = ?", project_id)
        raise not_allowed(f"You are a {role} of {name!r}, and this needs the role {least}.")


def _ticket(db: Database, ticket_id: int) -> Row:
    row = db.get("tickets_tickets", ticket_id)
    if row is None:
        raise not_found("ticket", ticket_id)
    return row


def _changeable(db: Database, ticket_id: int, *, own: bool = False) -> Row:
    """A ticket that the user may change; with ``own``, also as its reporter."""
    row = _ticket(db, ticket_id)
    _need(db, row["project_id"], "reporter" if own and row["reporter"] == _me(db) else "member")
    if row["status"] == "closed":
        raise conflict(f"The ticket {ticket_id} is closed: set it to open first.")
    return row


def _own_comment(db: Database, comment_id: int) -> Row:
    row = db.get("tickets_comments", comment_id)
    if row is None:
        raise not_found("comment", comment_id)
    if row["author"] != _me(db):
        raise not_allowed(f"{row['author']} wrote this comment: only they can change it.")
    return row


def _check_assignee(db: Database, project_id: int, address: str) -> None:
    if _role_of(db, project_id, address) not in ("member", "admin"):
        raise not_allowed(f"{address} is no member or admin of this project.")


def _check_due(db: Database, due: str | None) -> None:
    if due is not None and due < db.today:
        raise invalid(f"The due date must not be in the past: it is {db.today} today.")


def _label(db: Database, project_id: int, name: str) -> int:
    sql = "SELECT id FROM tickets_labels WHERE project_id = ? AND name = ? COLLATE NOCASE"
    found = db.value(sql, project_id, name.strip())
    if found is None:
        raise not_found("label in this project", name)
    return int(found)


def _labelled(db: Database, ticket_id: int, label_id: int) -> int | None:
    sql = "SELECT id FROM tickets_labelled WHERE ticket_id = ? AND label_id = ?"
    found: int | None = db.value(sql, ticket_id, label_id)
    return found


def _watcher(db: Database, ticket_id: int, address: str) -> int | None:
    sql = "SELECT id FROM tickets_watchers WHERE ticket_id = ? AND address = ?"
    found: int | None = db.value(sql, ticket_id, address)
    return found


def _linked(db: Database, first: int, second: int) -> int | None:
    sql = "SELECT id FROM tickets_links WHERE (ticket_id = ? AND other_id = ?) OR (ticket_id = ? AND other_id = ?)"
    found: int | None = db.value(sql, first, second, second, first)
    return found


def _links(db: Database, ticket_id: int) -> list[Row]:
    back = {"blocks": "blocked_by", "duplicates": "duplicated_by", "relates": "relates"}
    sql = "SELECT * FROM tickets_links WHERE ticket_id = ? OR other_id = ? ORDER BY id"
    return [
        {"kind": row["kind"], "ticket_id": row["other_id"]}
        if row["ticket_id"] == ticket_id
        else {"kind": back[row["kind"]], "ticket_id": row["ticket_id"]}
        for row in db.rows(sql, ticket_id, ticket_id)
    ]


def _change(db: Database, row: Row, values: Mapping[str, str | int | None]) -> None:
    """Set fields and write the history; what one person changes within a minute counts as one change."""
    changed = {name: value for name, value in values.items() if row[name] != value}
    if not changed:
        return
    db.update("tickets_tickets", row["id"], {**changed, "updated_at": db.now})
    for name, value in changed.items():
        old, new = (str(one) if one is not None else "" for one in (row[name], value))
        sql = "SELECT id, old FROM tickets_history WHERE ticket_id = ? AND field = ? AND who = ? AND at = ?"
        last = db.one(sql, row["id"], name, _me(db), db.now)
        if last is None:
            entry = {"ticket_id": row["id"], "at": db.now, "who": _me(db), "field": name, "old": old, "new": new}
            db.insert("tickets_history", entry)
        elif last["old"] == new:
            db.delete("tickets_history", last["id"])
        else:
            db.update("tickets_history", last["id"], {"new": new})


# The generated history ----------------------------------------------------------------------------------------------

_TITLES = (
    ("bug", "Login page hangs on {day}s"),
    ("bug", "Export of {project} loses columns"),
    ("bug", "Search in {project} finds nothing"),
    ("bug", "Wrong total in report {number}"),
    ("bug", "Mail from {person} cannot be answered"),
    ("task", "Write the handover of {project}"),
    ("task", "Update the price list {number}"),
    ("task", "Plan the {project} workshop"),
    ("task", "Renew licence {number}"),
    ("task", "Order {number} badges for visitors"),
    ("question", "Who owns {project}?"),
    ("question", "Which budget pays for order {order}?"),
    ("question", "Can {person} get access to {project}?"),
)
_COMMENTS = (
    *("I can reproduce this.", "Any news?", "Waiting for an answer from {person}.", "Done on my side."),
    *("Please see order {order}.", "This is more pressing than it looks.", "I will look at it on {day}."),
)
_STATUSES: tuple[Status, ...] = ("open", "in_progress", "waiting", "resolved", "closed")


def generate(plot: Plot) -> None:
    """Four projects in which the user has different roles, tickets with comments, labels, watchers, links, history."""
    dice = plot.dice("tickets")
    mates, me = plot.who("colleague"), work_email(plot.me)
    areas = (("Helpdesk", "member"), ("Website", "admin"), ("Purchasing", "reporter"), ("Security", "viewer"))
    for (name, role), number in zip(areas, (14, 9, 5, 3)):
        project = plot.add("tickets_projects", {"name": name, "about": f"{name} of {plot.me.company}."})
        people = some(dice, mates, dice.integer(4, 5))
        for person, duty in zip(people, ("admin", "member", "member", "reporter", "viewer")):
            values = {"project_id": project, "name": person.name, "address": person.email, "role": duty}
            plot.add("tickets_members", values)
        plot.add("tickets_members", {"project_id": project, "name": plot.me.name, "address": me, "role": role})
        for label in some(dice, ("customer", "internal", "quick", "legal", "design"), 3):
            plot.add("tickets_labels", {"project_id": project, "name": label})
        workers = [one.email for one in people[:3]] + ([me] if role in ("member", "admin") else [])
        reporters = [one.email for one in people] + [me] * (role != "viewer")
        for _ in range(number):
            _ticket_row(plot, dice, project, workers, reporters)
    tickets = plot.rows("tickets_tickets")
    seen: set[frozenset[int]] = set()
    for kind in ("relates", "relates", "duplicates", "blocks", "blocks"):
        first, second = some(dice, [one for one in tickets if one["project_id"] == tickets[0]["project_id"]], 2)
        finished = kind == "blocks" and second["status"] in ("resolved", "closed")
        if frozenset((first["id"], second["id"])) not in seen and not finished:
            seen.add(frozenset((first["id"], second["id"])))
            plot.add("tickets_links", {"ticket_id": first["id"], "other_id": second["id"], "kind": kind})


def _ticket_row(plot: Plot, dice: Dice, project: int, workers: list[str], reporters: list[str]) -> None:
    words = {
        "project": dice.one(PROJECTS),
        "person": dice.one(plot.who("friend", "service", "neighbour")).name,
        "number": str(dice.integer(3, 400)),
        "day": dice.one(("Monday", "Tuesday", "Thursday", "Friday")),
        "order": str(dice.one(plot.rows("shop_orders"))["id"]),
    }
    kind, title = dice.one(_TITLES)
    age = dice.integer(2, 70)
    created = plot.at(-age, dice.integer(8, 17), dice.integer(0, 59))
    status = dice.one(_STATUSES, (5, 3, 2, 2, 2))
    assignee = dice.one(workers) if status != "open" or dice.chance(0.5) else None
    values = {
        "project_id": project,
        "kind": kind,
        "title": title.format(**words),
        "description": f"Reported on {created[:10]}. " + dice.one(_COMMENTS).format(**words),
        "status": status,
        "priority": dice.one(("low", "medium", "high", "urgent"), (3, 5, 3, 1)),
    }
    when = plus_minutes(created, dice.integer(30, age * 700))
    due = plot.day(dice.integer(-12, 25)) if dice.chance(0.6) else None
    people = {"reporter": dice.one(reporters), "assignee": assignee, "due": due}
    times = {"created_at": created, "updated_at": when if status != "open" else created}
    ticket = plot.add("tickets_tickets", values | people | times)
    plot.add("tickets_watchers", {"ticket_id": ticket, "address": people["reporter"]})
    if status != "open":
        who = assignee or people["reporter"]
        change = {"ticket_id": ticket, "at": when, "who": who, "field": "status", "old": "open", "new": status}
        plot.add("tickets_history", change)
    if dice.chance(0.5):
        text, author = dice.one(_COMMENTS).format(**words), dice.one(reporters)
        plot.add("tickets_comments", {"ticket_id": ticket, "author": author, "text": text, "written_at": when})
    if dice.chance(0.35):
        labels = [row["id"] for row in plot.rows("tickets_labels") if row["project_id"] == project]
        plot.add("tickets_labelled", {"ticket_id": ticket, "label_id": dice.one(labels)})


APP = App(
    name="tickets",
    about="The tickets of the company's projects: status, assignee, priority, labels, comments, watchers, links, history.",
    tables=TABLES,
    generate=generate,
    reads=(list_projects, show_project, search, show, list_comments, list_history, my_work, count_by),
    writes=(
        *(create, update, set_status, assign, set_priority, set_due, move, delete, comment, edit_comment),
        *(delete_comment, create_label, add_label, remove_label, watch, unwatch, link, unlink),
    ),
    needs=("contacts", "shop"),
)
