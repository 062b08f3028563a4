"""The pages of the tickets: one's own work, the search, projects with their members, a ticket with all that hangs on it."""

from __future__ import annotations

from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing

TICKET = {"ticket_id": "id"}
THIS_TICKET = {"ticket_id": "ticket_id"}
PROJECT = {"project_id": "id"}
THIS_PROJECT = {"project_id": "project_id"}
COMMENT = {"comment_id": "id"}
OPEN_TICKET = Go("show", TICKET)
TICKETS = ("title", ("id", "Ticket"), "project", "kind", "status", "priority", "assignee", "due")


# What the pages show beside their own operations ---------------------------------------------------------------------


def _projects(look: Look) -> list[Record]:
    found: list[Record] = look("tickets.list_projects", {}).value["projects"]
    return found


def _with_names(found: Record, look: Look) -> Record:
    """A list of tickets that names their projects, and the people who are to do them."""
    projects, people = {one["id"]: one["name"] for one in _projects(look)}, dict(_people(look))
    named = [
        {
            **one,
            "project": projects.get(one["project_id"]),
            "assignee": people.get(one["assignee"], one["assignee"]),
        }
        for one in found["tickets"]
    ]
    return {**found, "tickets": named}


def _whole(ticket: Record, look: Look) -> Record:
    """A ticket with its comments, and with what is linked to it by name."""
    me = look("contacts.my_profile", {}).value["work_email"]
    comments = look("tickets.list_comments", {"ticket_id": ticket["id"]}).value["comments"]
    return {
        **ticket,
        "labels": [{"label": name} for name in ticket["labels"]],
        "watchers": [{"address": address} for address in ticket["watchers"]],
        "watched": me in ticket["watchers"],
        "comments": [{**one, "own": one["author"] == me} for one in comments],
        "links": [_with_title(one, look) for one in ticket["links"]],
    }


def _with_title(link: Record, look: Look) -> Record:
    """A link with the ticket at its other end."""
    other = look("tickets.show", {"ticket_id": link["ticket_id"]}).value
    return {"kind": link["kind"], "other": other["id"], "title": other["title"], "status": other["status"]}


def _people(look: Look) -> list[tuple[str, str]]:
    """Everybody in the projects of the user, by address."""
    shown = (look("tickets.show_project", {"project_id": one["id"]}).value for one in _projects(look))
    names = {one["address"]: one["name"] for project in shown for one in project["members"]}
    known = list(names.values())
    called = {address: name if known.count(name) == 1 else f"{name} ({address})" for address, name in names.items()}
    return sorted(called.items(), key=lambda pair: pair[1])


def _labels(look: Look) -> list[tuple[str, str]]:
    """The labels of all projects of the user."""
    shown = (look("tickets.show_project", {"project_id": one["id"]}).value for one in _projects(look))
    return [(name, name) for name in sorted({name for project in shown for name in project["labels"]})]


def _is_own(comment: Record) -> bool:
    return bool(comment["own"])


def _is_watched(ticket: Record) -> bool:
    return bool(ticket["watched"])


def _is_admin(project: Record) -> bool:
    return bool(project["my_role"] == "admin")


WORK = (
    Page(
        "my_work",
        fields=("today",),
        shape=_with_names,
        rows=(Rows("tickets", TICKETS[:6] + TICKETS[7:], link=OPEN_TICKET, empty="Nothing to do."),),
        actions=(Go("create", label="New ticket"),),
    ),
    Page(
        "search",
        shape=_with_names,
        rows=(Rows("tickets", TICKETS, link=OPEN_TICKET, empty="No tickets."),),
        actions=(Go("create", THIS_PROJECT, label="New ticket here"), Go("create", label="New ticket")),
    ),
    Page(
        "show",
        title="title",
        fields=(
            *(("id", "Ticket"), "project", "kind", "status", "priority", "assignee", "reporter", "due"),
            *("created_at", "updated_at", "description"),
        ),
        shape=_whole,
        links={"project": Go("show_project", THIS_PROJECT)},
        rows=(
            Rows(
                "links",
                ("kind", "title", ("other", "Ticket"), "status"),
                links={"title": Go("show", {"ticket_id": "other"})},
                actions=(Go("unlink", {"ticket_id": "id", "other_id": "other"}, label="Remove link"),),
                empty="None.",
            ),
            Rows(
                "labels",
                ("label",),
                actions=(Go("remove_label", {**TICKET, "label": "label"}, label="Remove"),),
                empty="None.",
            ),
            Rows(
                "watchers",
                ("address",),
                actions=(Go("unwatch", {**TICKET, "address": "address"}, label="Remove"),),
                empty="Nobody.",
            ),
            Rows(
                "comments",
                ("author", "written_at", "text"),
                actions=(
                    Go("edit_comment", COMMENT, label="Edit", when=_is_own),
                    Go("delete_comment", COMMENT, label="Delete", when=_is_own),
                ),
                empty="No comments.",
            ),
        ),
        actions=(
            Go("update", TICKET, label="Edit"),
            Go("set_status", TICKET, label="Status"),
            Go("assign", TICKET, label="Assign"),
            Go("set_priority", TICKET, label="Priority"),
            Go("set_due", TICKET, label="Due date"),
            Go("move", TICKET, label="Move"),
            Go("add_label", TICKET),
            Go("link", TICKET, label="Link"),
            Go("watch", TICKET, label="Watch", now=True, when=lambda ticket: not ticket["watched"]),
            Go("unwatch", TICKET, label="Stop watching", now=True, when=_is_watched),
            Go("watch", TICKET, label="Add watcher"),
            Go("list_history", TICKET, label="History"),
            Go("list_comments", TICKET, label="Comments"),
            Go("delete", TICKET),
            Go("comment", TICKET, label="Comment", inline=True),
        ),
    ),
    Page(
        "list_comments",
        title="Comments on {ticket_id}",
        rows=(Rows("comments", ("author", "written_at", "text"), empty="No comments."),),
    ),
    Page(
        "list_history",
        rows=(
            Rows(
                "changes",
                ("title", ("ticket_id", "Ticket"), "at", "who", "field", "old", "new"),
                link=Go("show", THIS_TICKET),
                empty="No changes.",
            ),
        ),
    ),
)
PROJECTS = (
    Page(
        "list_projects",
        rows=(
            Rows(
                "projects",
                ("name", "about", "my_role", ("open", "Unfinished tickets")),
                link=Go("show_project", PROJECT),
                actions=(Go("search", PROJECT, label="Tickets"),),
            ),
        ),
    ),
    Page(
        "show_project",
        title="name",
        fields=("about", "my_role", "labels"),
        rows=(Rows("members", ("name", "address", "role"), link=Go("search", {**PROJECT, "assignee": "address"})),),
        actions=(
            Go("search", PROJECT, label="Tickets"),
            Go("create", PROJECT, label="New ticket"),
            Go("count_by", PROJECT, {"by": "status"}, "Counts"),
            Go("list_history", PROJECT, label="History"),
            Go("create_label", PROJECT, label="New label", when=_is_admin),
        ),
    ),
    Page(
        "count_by",
        title="{project_id} by {by}",
        rows=(Rows("groups", ("value", "tickets"), grid=True, empty="No tickets."),),
    ),
)
PAGES = AppPages(
    app="tickets",
    title="Tickets",
    tabs=(
        Tab("my_work", "My work"),
        Tab("search", "Tickets"),
        Tab("list_projects", "Projects"),
        Tab("list_history", "History"),
    ),
    search="search",
    pages=(*WORK, *PROJECTS),
    forms=(
        Form("create", then=OPEN_TICKET),
        *(Form(name, load="show") for name in ("update", "set_status", "assign", "set_priority", "set_due", "move")),
    ),
    things={
        "ticket_id": Thing(shown=("show", "title")),
        "other_id": Thing(choices=("search", "tickets", "id", "title"), shown=("show", "title"), by="ticket_id"),
        "project_id": Thing(choices=("list_projects", "projects", "id", "name")),
        "label": Thing(choices=_labels),
        "labels": Thing(choices=_labels),
        **dict.fromkeys(("assignee", "reporter", "who", "address"), Thing(choices=_people)),
    },
    labels={"other_id": "Other ticket", "my_role": "Your role"},
    verbs={
        "search": "Tickets",
        "show": "Ticket",
        "create": "Create ticket",
        "update": "Save",
        "link": "Link",
        "watch": "Watch",
        "move": "Move",
        "delete": "Delete ticket",
        "comment": "Comment",
        "count_by": "Counts",
        "my_work": "My work",
    },
)
