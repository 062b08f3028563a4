"""Scenarios with tickets."""

from __future__ import annotations

from typing import Any

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import address_of, everything, need
from sge_envs.world.clock import plus_days
from sge_envs.world.database import Database, Row

_OPEN = "t.status NOT IN ('resolved', 'closed')"
_CHANGEABLE = (
    "t.project_id IN (SELECT project_id FROM tickets_members WHERE address = (SELECT work_email FROM world_user) "
    "AND role IN ('member', 'admin'))"
)


def _project(scene: Scene) -> Row:
    """A project in which I may change tickets."""
    return scene.row(f"SELECT t.* FROM (SELECT id AS project_id, id, name FROM tickets_projects) t WHERE {_CHANGEABLE}")


def _project_id(do: Do, name: str) -> int:
    return int(next(one["id"] for one in do("tickets.list_projects")["projects"] if one["name"] == name))


def _ticket(scene: Scene, more: str) -> Row:
    """A ticket that I may change."""
    return scene.row(
        f"SELECT t.*, p.name AS project FROM tickets_tickets t JOIN tickets_projects p ON p.id = t.project_id WHERE {_CHANGEABLE} "
        f"AND {more}"
    )


def how_many(scene: Scene) -> Instance:
    row = scene.row(
        f"SELECT p.name, t.priority FROM tickets_tickets t JOIN tickets_projects p ON p.id = t.project_id WHERE {_OPEN} "
        "GROUP BY p.id, t.priority HAVING COUNT(*) >= 2"
    )

    def solve(do: Do) -> int:
        project = _project_id(do, row["name"])
        return int(
            do("tickets.search", project_id=project, priority=row["priority"], unfinished=True, page_size=50)["total"]
        )

    return Instance(
        scene.say(
            f"How many tickets of the project '{row['name']}' with the priority {row['priority']} are neither resolved nor closed?",
            f"Count the tickets in '{row['name']}' that are not finished (resolved or closed) and whose priority is "
            f"{row['priority']}.",
        ),
        solve,
    )


def ask_back(scene: Scene) -> Instance:
    row = _ticket(scene, "t.status IN ('open', 'in_progress')")

    def solve(do: Do) -> None:
        do("tickets.comment", ticket_id=row["id"], text="Please send a screenshot.")
        do("tickets.set_status", ticket_id=row["id"], status="waiting")

    return Instance(
        scene.say(
            f"Ask for a screenshot in a comment on ticket {row['id']}, and set the ticket to waiting.",
            f"We need a screenshot for the ticket {row['id']}: write that as a comment there. Its status should be waiting "
            "until then.",
        ),
        solve,
        free={"tickets_comments.text": Says(("screenshot",))},
    )


def give_to_least(scene: Scene) -> Instance:
    project = _project(scene)

    def solve(do: Do) -> None:
        waiting = everything(
            do, "tickets.search", "tickets", project_id=project["id"], unassigned=True, unfinished=True
        )
        need(2 <= len(waiting) <= 8)
        counts = do("tickets.count_by", project_id=_project_id(do, project["name"]), by="assignee", unfinished=True)
        busy = {one["value"]: one["tickets"] for one in counts["groups"]}
        members = do("tickets.show_project", project_id=project["id"])["members"]
        able = [one["address"] for one in members if one["role"] in ("member", "admin")]
        able.sort(key=lambda address: busy.get(address, 0))
        need(busy.get(able[0], 0) < busy.get(able[1], 0))
        for one in waiting:
            do("tickets.assign", ticket_id=one["id"], assignee=able[0])

    return Instance(
        scene.say(
            f"Give all unfinished tickets of '{project['name']}' that nobody has to the one of its members and admins who "
            "has the fewest unfinished tickets there now. Unfinished means: neither resolved nor closed.",
            f"In the project '{project['name']}' some tickets have no assignee. Assign those that are neither resolved nor "
            "closed, all of them, to whoever of the members and admins of the project (I count too) has the least tickets "
            "of that sort there today.",
        ),
        solve,
    )


def closed_by_mistake(scene: Scene) -> Instance:
    project = _project(scene)
    found = scene.db.rows(
        f"SELECT * FROM tickets_tickets t WHERE project_id = ? AND {_OPEN} ORDER BY id", project["id"]
    )
    rows = scene.some(found, 3)
    person = scene.row(
        "SELECT * FROM tickets_members WHERE project_id = ? AND role IN ('member', 'admin') AND address != (SELECT work_email FROM "
        "world_user)",
        project["id"],
    )
    day = plus_days(scene.db.today, -1)

    def plant(db: Database) -> None:
        for place, row in enumerate(rows):
            at = f"{day}T18:{10 + 3 * place}"
            db.update("tickets_tickets", row["id"], {"status": "closed", "updated_at": at})
            change = {"ticket_id": row["id"], "at": at, "who": person["address"], "field": "status"}
            db.insert("tickets_history", change | {"old": row["status"], "new": "closed"})

    scene.plant(plant)

    def solve(do: Do) -> None:
        project_id = _project_id(do, project["name"])
        changes = everything(
            do, "tickets.list_history", "changes", project_id=project_id, who=person["address"], since=day
        )
        wrong = [one for one in changes if (one["field"], one["new"], one["at"][:10]) == ("status", "closed", day)]
        for one in wrong:
            do("tickets.set_status", ticket_id=one["ticket_id"], status="open")
            if one["old"] != "open":
                do("tickets.set_status", ticket_id=one["ticket_id"], status=one["old"])
            do("tickets.comment", ticket_id=one["ticket_id"], text="This was closed by mistake.")

    return Instance(
        scene.say(
            f"{person['name']} ({person['address']}) closed tickets of '{project['name']}' yesterday, by mistake. Give each "
            "of them the status that it had before, and comment on each that it was closed by mistake.",
            f"What {person['name']} ({person['address']}) set to closed in '{project['name']}' yesterday should not have "
            "been closed. Bring back the status that each of these tickets had before, and say 'closed by mistake' in a "
            "comment on every one of them.",
        ),
        solve,
        free={"tickets_comments.text": Says(("closed by mistake",))},
    )


def overdue(scene: Scene) -> Instance:
    days = scene.dice.integer(3, 9)
    rows = scene.some(scene.db.rows(f"SELECT * FROM tickets_tickets t WHERE {_OPEN} AND {_CHANGEABLE} ORDER BY id"), 4)
    me, late_by = scene.db.user["work_email"], scene.some(range(1, 15), 4)

    def plant(db: Database) -> None:
        for row, late in zip(rows, late_by):
            db.update("tickets_tickets", row["id"], {"assignee": me, "due": plus_days(db.today, -late)})

    scene.plant(plant)
    later, tomorrow = plus_days(scene.db.today, days), plus_days(scene.db.today, 1)

    def solve(do: Do) -> None:
        found = do("tickets.my_work", days=0)
        late = [one for one in found["tickets"] if one["due"] < found["today"]]
        pressing = [one for one in late if one["priority"] in ("high", "urgent")]
        for one in late:
            do("tickets.set_due", ticket_id=one["id"], due=tomorrow if one in pressing else later)

    return Instance(
        scene.say(
            "Some unfinished tickets of mine are overdue (due before today). Set a new due date for each of them: tomorrow "
            f"where the priority is high or urgent, else {later}.",
            "Go through my tickets that are neither resolved nor closed and should have been done before today. Those of "
            f"high or urgent priority are due tomorrow now, the others on {later}.",
        ),
        solve,
    )


def hand_over(scene: Scene) -> Instance:
    project = scene.row(
        "SELECT p.* FROM tickets_projects p JOIN tickets_tickets t ON t.project_id = p.id JOIN world_user u WHERE t.assignee = "
        f"u.work_email AND {_OPEN} AND {_CHANGEABLE} GROUP BY p.id HAVING COUNT(*) >= 2"
    )
    deputy = scene.row(
        "SELECT * FROM tickets_members AS m WHERE project_id = ? AND role IN ('member', 'admin') AND address != (SELECT work_email "
        "FROM world_user) AND (SELECT COUNT(*) FROM contacts_people p WHERE p.name = m.name) = 1",
        project["id"],
    )
    mine = scene.db.column(
        f"SELECT t.id FROM tickets_tickets t JOIN world_user u WHERE t.project_id = ? AND t.assignee = u.work_email AND {_OPEN} "
        "ORDER BY t.id",
        project["id"],
    )
    first = plus_days(scene.db.today, scene.dice.integer(1, 5))
    last = plus_days(first, scene.dice.integer(5, 15))
    topic = "whom colleague person somebody stands substitute deputy cover hand assign take tickets address name"

    def solve(do: Do) -> None:
        address = address_of(do, deputy["name"])
        project_id, me = _project_id(do, project["name"]), do("contacts.my_profile")["work_email"]
        found = everything(do, "tickets.search", "tickets", project_id=project_id, assignee=me, unfinished=True)
        for one in found:
            do("tickets.assign", ticket_id=one["id"], assignee=address)
        body = f"Please look after the tickets {', '.join(str(one['id']) for one in found)}."
        do("mail.send", to=[address], subject="My tickets", body=body)
        do("mail.set_auto_reply", text="I am away.", first_day=first, last_day=last)

    return Instance(
        scene.say(
            f"I am away from {first} to {last}. Give my unfinished tickets of '{project['name']}' to the colleague who "
            "stands in for me, write them a mail with the subject 'My tickets' that lists the ids of these tickets, and "
            "set an automatic reply for these days that says that I am away.",
            f"Hand my tickets of '{project['name']}' that are neither resolved nor closed over to my substitute. They also "
            f"get a mail, subject 'My tickets', with the ids. And set an automatic reply from {first} to {last}: I am away. "
            "Ask me what you need.",
        ),
        solve,
        free={
            "mail_messages.body": Says(tuple(str(one) for one in mine)),
            "mail_settings.auto_reply": Says(("away",)),
        },
        facts={topic: f"{deputy['name']} does, as usual."},
    )


def duplicate(scene: Scene) -> Instance:
    row = _ticket(
        scene,
        f"{_OPEN} AND (SELECT COUNT(*) FROM tickets_tickets o WHERE o.title = t.title) = 1 AND t.created_at < date((SELECT "
        "now FROM world_clock), '-3 days')",
    )

    def plant(db: Database) -> None:
        at = plus_days(db.now, -2)
        kept = {name: value for name, value in row.items() if name not in ("id", "project", "due")}
        text = {"description": "It happens again and again.", "status": "open", "assignee": None}
        ticket = db.insert("tickets_tickets", kept | text | {"created_at": at, "updated_at": at})
        db.insert("tickets_watchers", {"ticket_id": ticket, "address": row["reporter"]})

    scene.plant(plant)

    def solve(do: Do) -> None:
        found = do("tickets.search", query=row["title"], project_id=_project_id(do, row["project"]))["tickets"]
        newer, older = (one["id"] for one in found if one["title"] == row["title"])
        do("tickets.link", ticket_id=newer, other_id=older, kind="duplicates")
        do("tickets.set_status", ticket_id=newer, status="closed")

    return Instance(
        scene.say(
            f"'{row['title']}' was reported twice in '{row['project']}'. Link the newer ticket as a duplicate of the older "
            "one, and close the newer one.",
            f"There are two tickets called '{row['title']}' in the project '{row['project']}'. The one written later "
            "duplicates the first: link it so, and set it to closed.",
        ),
        solve,
    )


def blockers(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT l.other_id AS id FROM tickets_links l JOIN tickets_tickets t ON t.id = l.ticket_id WHERE l.kind = 'blocks' AND "
        f"{_OPEN} GROUP BY l.other_id"
    )

    def solve(do: Do) -> list[int]:
        links = do("tickets.show", ticket_id=row["id"])["links"]
        found = [one["ticket_id"] for one in links if one["kind"] == "blocked_by"]
        shown: list[dict[str, Any]] = [do("tickets.show", ticket_id=one) for one in found]
        return [one["id"] for one in shown if one["status"] not in ("resolved", "closed")]

    return Instance(
        scene.say(
            f"Which unfinished tickets block the ticket {row['id']}? Give a list of their ids.",
            f"List the ids of the tickets that must be resolved or closed before ticket {row['id']} can be.",
        ),
        solve,
    )


def from_mail(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT sender, sender_name FROM mail_messages m JOIN contacts_people p ON p.email = m.sender WHERE folder = "
        "'inbox' GROUP BY sender HAVING COUNT(DISTINCT m.id) BETWEEN 2 AND 4 AND COUNT(DISTINCT subject) = COUNT(DISTINCT "
        "m.id)"
    )
    project, priority = _project(scene), scene.dice.one(("low", "high", "urgent"))

    def solve(do: Do) -> None:
        project_id = _project_id(do, project["name"])
        found = do("mail.search", sender=row["sender"], folder="inbox")["messages"]
        for one in found:
            body = do("mail.show", message_id=one["id"])["body"]
            values = {"title": one["subject"], "description": body, "kind": "question", "priority": priority}
            made = do("tickets.create", project_id=project_id, **values)
            do("mail.reply", message_id=one["id"], body=f"This is a ticket now: {made['id']}. Thank you.")
        do("mail.move", message_ids=[one["id"] for one in found], folder="archive")

    return Instance(
        scene.say(
            f"Every message in my inbox from {row['sender_name']} ({row['sender']}) is to become a ticket in "
            f"'{project['name']}': its subject is the title, its text the description, kind question, priority {priority}, "
            "no assignee, due date or labels. Answer each message (only to its sender) with a few words of thanks that say "
            "'ticket', then move these messages to the archive.",
            f"Turn what {row['sender_name']} ({row['sender']}) has written into my inbox into questions in the project "
            f"'{project['name']}', one ticket for each message: title = subject, description = text, priority {priority}, "
            "and nothing else set. Thank them for each in a reply to the sender that has the word 'ticket' in it, and "
            "archive the messages afterwards.",
        ),
        solve,
        free={"mail_messages.body": Says(("ticket",))},
    )


SCENARIOS = (
    Scenario("tickets.how_many", "easy", "train", how_many),
    Scenario("tickets.ask_back", "easy", "train", ask_back),
    Scenario("tickets.give_to_least", "hard", "train", give_to_least),
    Scenario("tickets.closed_by_mistake", "hard", "test", closed_by_mistake),
    Scenario("tickets.overdue", "medium", "test", overdue),
    Scenario("tickets.hand_over", "hard", "train", hand_over),
    Scenario("tickets.duplicate", "medium", "valid", duplicate),
    Scenario("tickets.blockers", "medium", "valid", blockers),
    Scenario("tickets.from_mail", "hard", "test", from_mail),
)
