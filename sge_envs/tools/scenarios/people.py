"""Scenarios in the address book."""

from __future__ import annotations

from sge_envs.tools.scenario import Do, Instance, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, everything, need


def phone_of(scene: Scene) -> Instance:
    row = a_person(scene)

    def solve(do: Do) -> str:
        found = do("contacts.search", query=row["name"])["contacts"]
        return str(next(one["phone"] for one in found if one["email"] == row["email"]))

    return Instance(
        scene.say(
            f"What is the phone number of {row['name']} ({row['email']})?",
            f"Look up the phone number of {row['email']}.",
        ),
        solve,
    )


def new_number(scene: Scene) -> Instance:
    row = a_person(scene, "friend", "family", "neighbour")
    number = f"+1 555 {scene.dice.integer(100, 199)} {scene.dice.integer(1000, 9999)}"

    def solve(do: Do) -> None:
        found = do("contacts.search", query=row["name"])["contacts"]
        contact = next(one for one in found if one["email"] == row["email"])
        do("contacts.update", contact_id=contact["id"], phone=number)

    return Instance(
        f"{row['name']} ({row['email']}) has a new phone number: {number}. Change it in my contacts.", solve
    )


def merge_duplicates(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT name FROM contacts_people GROUP BY name HAVING COUNT(*) = 2 AND SUM(email IS NOT NULL AND email != "
        "'') = 1"
    )

    def solve(do: Do) -> None:
        found = [one for one in do("contacts.search", query=row["name"])["contacts"] if one["name"] == row["name"]]
        keep = next(one for one in found if one["email"])
        other = next(one for one in found if not one["email"])
        do("contacts.merge", keep_id=keep["id"], remove_id=other["id"])

    return Instance(
        f"{row['name']} stands in my address book twice. Merge the two entries, and keep the one with the e-mail "
        "address.",
        solve,
    )


def make_group(scene: Scene) -> Instance:
    title = scene.dice.one(("Choir", "Garden", "Ski trip", "Chess", "Board games"))
    need(scene.db.value("SELECT id FROM contacts_groups WHERE name = ?", title) is None)
    rows = scene.some(
        scene.db.rows(
            "SELECT name, email FROM contacts_people WHERE relation IN ('friend', 'neighbour') AND email IS NOT NULL "
            "AND email != '' ORDER BY id"
        ),
        3,
    )

    def solve(do: Do) -> None:
        ids = []
        for row in rows:
            found = do("contacts.search", query=row["name"])["contacts"]
            ids.append(next(one["id"] for one in found if one["email"] == row["email"]))
        do("contacts.create_group", name=title, contact_ids=ids)

    listed = ", ".join(f"{row['name']} ({row['email']})" for row in rows)
    return Instance(f"Make a group '{title}' in my contacts with these three: {listed}.", solve)


def group_size(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT g.name, COUNT(*) AS n FROM contacts_groups g JOIN contacts_members m ON m.group_id = g.id GROUP BY g.id"
    )

    def solve(do: Do) -> list[str]:
        groups = do("contacts.list_groups")["groups"]
        group = next(one["id"] for one in groups if one["name"] == row["name"])
        return [one["name"] for one in everything(do, "contacts.show_group", "members", group_id=group)]

    return Instance(f"Who is in my contact group '{row['name']}'? Give the full names.", solve)


def next_birthday(scene: Scene) -> Instance:
    def solve(do: Do) -> str:
        found = do("contacts.upcoming_birthdays", days=365)["birthdays"]
        need(len(found) > 1 and found[0]["date"] != found[1]["date"])
        return str(found[0]["name"])

    return Instance(
        scene.say("Whose birthday comes next among my contacts?", "Who of my contacts has the next birthday?"), solve
    )


def leave_group(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT g.name AS title, p.name, p.email FROM contacts_groups g JOIN contacts_members m ON m.group_id = g.id "
        "JOIN contacts_people p ON p.id = m.contact_id WHERE p.email IS NOT NULL AND p.email != ''"
    )

    def solve(do: Do) -> None:
        groups = do("contacts.list_groups")["groups"]
        group = next(one["id"] for one in groups if one["name"] == row["title"])
        found = do("contacts.search", query=row["name"])["contacts"]
        contact = next(one["id"] for one in found if one["email"] == row["email"])
        do("contacts.remove_from_group", group_id=group, contact_id=contact)

    return Instance(
        f"{row['name']} ({row['email']}) is no longer in '{row['title']}': take them out of that contact group.", solve
    )


SCENARIOS = (
    Scenario("people.phone", "easy", "train", phone_of),
    Scenario("people.new_number", "easy", "train", new_number),
    Scenario("people.merge", "medium", "train", merge_duplicates),
    Scenario("people.make_group", "medium", "train", make_group),
    Scenario("people.group_members", "easy", "test", group_size),
    Scenario("people.next_birthday", "easy", "valid", next_birthday),
    Scenario("people.leave_group", "medium", "test", leave_group),
)
