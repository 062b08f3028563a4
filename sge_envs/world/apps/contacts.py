"""Contacts: the address book, its groups, and the user's own profile."""

from __future__ import annotations

from typing import Literal

from sge_envs.world.app import App
from sge_envs.world.clock import parse_date, plus_days
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, not_allowed, not_found
from sge_envs.world.kinds import Date, Email, Ids, Name, Page, PageSize, Phone, Text
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE contacts_people (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, nickname TEXT NOT NULL DEFAULT '', email TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '', birthday TEXT, company TEXT NOT NULL DEFAULT '', job TEXT NOT NULL DEFAULT '',
    relation TEXT NOT NULL DEFAULT 'other', street TEXT NOT NULL DEFAULT '', city TEXT NOT NULL DEFAULT '',
    notes TEXT NOT NULL DEFAULT '', favourite INTEGER NOT NULL DEFAULT 0, blocked INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL DEFAULT 'own' CHECK (source IN ('own', 'directory')), created_at TEXT NOT NULL
);
CREATE INDEX contacts_people_email ON contacts_people (email);
CREATE TABLE contacts_groups (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE contacts_members (
    id INTEGER PRIMARY KEY AUTOINCREMENT, group_id INTEGER NOT NULL REFERENCES contacts_groups (id),
    contact_id INTEGER NOT NULL REFERENCES contacts_people (id), UNIQUE (group_id, contact_id)
);
"""

Relation = Literal["family", "friend", "colleague", "neighbour", "service", "other"]
SortBy = Literal["name", "birthday", "newest"]
_ORDER = {"name": "name, id", "birthday": "substr(birthday, 6), name, id", "newest": "created_at DESC, id DESC"}


# Reading ------------------------------------------------------------------------------------------------------------


def search(
    db: Database,
    query: str | None = None,
    relation: Relation | None = None,
    city: str | None = None,
    company: str | None = None,
    favourite: bool | None = None,
    sort_by: SortBy = "name",
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find contacts; every filter that is given must hold.

    Args:
        query: Words that must stand in the name, nickname, e-mail address, phone number or notes.
        relation: What the person is to the user.
        city: The city, in full.
        company: The company, in full.
        favourite: Only favourites (true) or only others (false).
        sort_by: The order of the results.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and contacts with id, name, email, phone, relation and favourite.
    """
    where = Where()
    where.words(("name", "nickname", "email", "phone", "notes"), query)
    where.given("relation = ?", relation)
    where.given("city = ? COLLATE NOCASE", city)
    where.given("company = ? COLLATE NOCASE", company)
    where.given("favourite = ?", favourite)
    sql = (
        f"SELECT id, name, email, phone, relation, favourite FROM contacts_people {{where}} ORDER BY {_ORDER[sort_by]}"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"contacts": [row | {"favourite": bool(row["favourite"])} for row in found]}


def show(db: Database, contact_id: int) -> Record:
    """Show everything that is known of one contact, with the groups they are in.

    Args:
        contact_id: The contact's id.

    Returns:
        All fields of the contact, and groups by name.
    """
    row = _contact(db, contact_id)
    groups = db.column(
        "SELECT g.name FROM contacts_groups g JOIN contacts_members m ON m.group_id = g.id "
        "WHERE m.contact_id = ? ORDER BY g.name",
        contact_id,
    )
    return row | {"favourite": bool(row["favourite"]), "blocked": bool(row["blocked"]), "groups": groups}


def find_by_email(db: Database, email: Email) -> Record:
    """Find the contact with an e-mail address.

    Args:
        email: The address.

    Returns:
        The contact, as contacts.show gives it.
    """
    found = db.value("SELECT id FROM contacts_people WHERE email = ? ORDER BY id", email)
    if found is None:
        raise not_found("contact with the address", email)
    return show(db, found)


def upcoming_birthdays(db: Database, days: int = 30) -> Record:
    """List the birthdays of the coming days, the nearest first.

    Args:
        days: How many days to look ahead, today included, from 1 to 366.

    Returns:
        birthdays, each with contact_id, name, date (of this birthday) and turns (the age reached).
    """
    if not 1 <= days <= 366:
        raise invalid("days must be from 1 to 366.")
    today, last = db.today, plus_days(db.today, days - 1)
    coming = []
    for row in db.rows("SELECT id, name, birthday FROM contacts_people WHERE birthday IS NOT NULL"):
        born = parse_date(row["birthday"])
        for year in (int(today[:4]), int(today[:4]) + 1):
            leap_day = (born.month, born.day) == (2, 29) and year % 4 != 0
            date = f"{year}-03-01" if leap_day else f"{year}-{born:%m-%d}"
            if today <= date <= last:
                coming.append({"contact_id": row["id"], "name": row["name"], "date": date, "turns": year - born.year})
    return {"birthdays": sorted(coming, key=lambda one: (one["date"], one["contact_id"]))}


def find_duplicates(db: Database) -> Record:
    """List pairs of contacts that share their name, e-mail address or phone number.

    Returns:
        pairs, each with first_id, second_id and shared (what they have in common).
    """
    pairs = []
    for first, second, *same in [
        tuple(row.values())
        for row in db.rows(
            "SELECT a.id AS a, b.id AS b, a.name = b.name AS name, a.email = b.email AND a.email != '' AS email, "
            "a.phone = b.phone AND a.phone != '' AS phone FROM contacts_people a JOIN contacts_people b ON a.id < b.id "
            "WHERE a.name = b.name OR (a.email = b.email AND a.email != '') OR (a.phone = b.phone AND a.phone != '') "
            "ORDER BY a.id, b.id LIMIT 50"
        )
    ]:
        shared = [name for name, equal in zip(("name", "email", "phone"), same) if equal]
        pairs.append({"first_id": first, "second_id": second, "shared": shared})
    return {"pairs": pairs}


def list_groups(db: Database) -> Record:
    """List the groups of contacts.

    Returns:
        groups, each with id, name and members (how many).
    """
    return {
        "groups": db.rows(
            "SELECT g.id, g.name, COUNT(m.id) AS members FROM contacts_groups g "
            "LEFT JOIN contacts_members m ON m.group_id = g.id GROUP BY g.id ORDER BY g.name"
        )
    }


def show_group(db: Database, group_id: int, page: Page = 1, page_size: PageSize = 20) -> Record:
    """List the members of a group.

    Args:
        group_id: The group's id.
        page: Which page of the members, from 1.
        page_size: Members per page.

    Returns:
        id, name, total, page, pages, and members with id, name, email and phone.
    """
    group = _group(db, group_id)
    where = Where()
    where.add("m.group_id = ?", group_id)
    sql = (
        "SELECT p.id, p.name, p.email, p.phone FROM contacts_people p JOIN contacts_members m ON m.contact_id = p.id "
        "{where} ORDER BY p.name, p.id"
    )
    found, pages = db.page(sql, where, page, page_size)
    return group | pages | {"members": found}


def my_profile(db: Database) -> Record:
    """Show the user's own name, addresses, phone number, birthday, company and job.

    Returns:
        The profile.
    """
    return {name: value for name, value in db.user.items() if name != "id"}


# Writing ------------------------------------------------------------------------------------------------------------


def add(
    db: Database,
    name: Name,
    email: Email | None = None,
    phone: Phone | None = None,
    relation: Relation = "other",
    nickname: str = "",
    birthday: Date | None = None,
    company: str = "",
    job: str = "",
    street: str = "",
    city: str = "",
    notes: Text = "",
) -> Record:
    """Add a contact. No two contacts may have the same e-mail address.

    Args:
        name: First and last name.
        email: E-mail address.
        phone: Phone number.
        relation: What the person is to the user.
        nickname: Nickname.
        birthday: Date of birth.
        company: Company the person works for.
        job: Job title.
        street: Street and number.
        city: City.
        notes: Anything else.

    Returns:
        id of the new contact.
    """
    _check_email(db, email)
    values = {
        "name": name.strip(),
        "nickname": nickname,
        "email": email or "",
        "phone": phone or "",
        "birthday": birthday,
        "company": company,
        "job": job,
        "relation": relation,
        "street": street,
        "city": city,
        "notes": notes,
        "created_at": db.now,
    }
    return {"id": db.insert("contacts_people", values)}


def update(
    db: Database,
    contact_id: int,
    name: Name | None = None,
    email: Email | None = None,
    phone: Phone | None = None,
    relation: Relation | None = None,
    nickname: str | None = None,
    birthday: Date | None = None,
    company: str | None = None,
    job: str | None = None,
    street: str | None = None,
    city: str | None = None,
    notes: Text | None = None,
) -> Record:
    """Change fields of a contact; what is not given stays. Of contacts from the company directory only nickname, notes
    and relation can be changed.

    Args:
        contact_id: The contact's id.
        name: New name.
        email: New e-mail address.
        phone: New phone number.
        relation: What the person is to the user.
        nickname: New nickname.
        birthday: New date of birth.
        company: New company.
        job: New job title.
        street: New street and number.
        city: New city.
        notes: New notes, in place of the old ones.

    Returns:
        id of the contact and changed, the names of the fields that were set.
    """
    row = _contact(db, contact_id)
    given = {
        "name": name,
        "email": email,
        "phone": phone,
        "relation": relation,
        "nickname": nickname,
        "birthday": birthday,
        "company": company,
        "job": job,
        "street": street,
        "city": city,
        "notes": notes,
    }
    values = {field: value for field, value in given.items() if value is not None}
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    if row["source"] == "directory" and not values.keys() <= {"nickname", "notes", "relation"}:
        raise not_allowed(
            f"{row['name']} comes from the company directory: only nickname, notes and relation are yours."
        )
    if email is not None and email != row["email"]:
        _check_email(db, email)
    db.update("contacts_people", contact_id, values)
    return {"id": contact_id, "changed": list(values)}


def delete(db: Database, contact_id: int) -> Record:
    """Delete a contact, also from all groups. Contacts from the company directory cannot be deleted.

    Args:
        contact_id: The contact's id.

    Returns:
        id of the deleted contact.
    """
    row = _contact(db, contact_id)
    if row["source"] == "directory":
        raise not_allowed(f"{row['name']} comes from the company directory and cannot be deleted.")
    db.delete_all("contacts_members", "contact_id", contact_id)
    db.delete("contacts_people", contact_id)
    return {"id": contact_id}


def merge(db: Database, keep_id: int, remove_id: int) -> Record:
    """Merge two contacts of the same person: empty fields of the first are filled from the second, which is deleted.

    Args:
        keep_id: The contact that stays.
        remove_id: The contact that is merged into it.

    Returns:
        id of the contact that stays and filled, the names of the fields taken over.
    """
    keep, gone = _contact(db, keep_id), _contact(db, remove_id)
    if keep_id == remove_id:
        raise invalid("keep_id and remove_id must be two different contacts.")
    if "directory" in (keep["source"], gone["source"]):
        raise not_allowed("Contacts from the company directory cannot be merged.")
    fields = ("nickname", "email", "phone", "birthday", "company", "job", "street", "city", "notes")
    filled = {field: gone[field] for field in fields if not keep[field] and gone[field]}
    for group_id in db.column("SELECT group_id FROM contacts_members WHERE contact_id = ? ORDER BY id", remove_id):
        _join(db, group_id, keep_id)
    db.delete_all("contacts_members", "contact_id", remove_id)
    db.delete("contacts_people", remove_id)
    db.update("contacts_people", keep_id, filled)
    return {"id": keep_id, "filled": list(filled)}


def set_favourite(db: Database, contact_id: int, favourite: bool = True) -> Record:
    """Make a contact a favourite, or an ordinary one again.

    Args:
        contact_id: The contact's id.
        favourite: True for a favourite.

    Returns:
        id and favourite.
    """
    _contact(db, contact_id)
    db.update("contacts_people", contact_id, {"favourite": int(favourite)})
    return {"id": contact_id, "favourite": favourite}


def set_blocked(db: Database, contact_id: int, blocked: bool = True) -> Record:
    """Block a contact, or unblock one.

    Args:
        contact_id: The contact's id.
        blocked: True to block.

    Returns:
        id and blocked.
    """
    _contact(db, contact_id)
    db.update("contacts_people", contact_id, {"blocked": int(blocked)})
    return {"id": contact_id, "blocked": blocked}


def create_group(db: Database, name: Name, contact_ids: Ids | None = None) -> Record:
    """Make a group of contacts.

    Args:
        name: Name of the group, not used by another.
        contact_ids: The first members.

    Returns:
        id of the group and members (how many).
    """
    _check_group_name(db, name)
    group_id = db.insert("contacts_groups", {"name": name.strip()})
    return {"id": group_id, "members": _join_all(db, group_id, contact_ids or [])}


def rename_group(db: Database, group_id: int, name: Name) -> Record:
    """Give a group another name.

    Args:
        group_id: The group's id.
        name: The new name, not used by another group.

    Returns:
        id and name.
    """
    if _group(db, group_id)["name"] != name.strip():
        _check_group_name(db, name)
    db.update("contacts_groups", group_id, {"name": name.strip()})
    return {"id": group_id, "name": name.strip()}


def delete_group(db: Database, group_id: int) -> Record:
    """Delete a group; its members stay in the address book.

    Args:
        group_id: The group's id.

    Returns:
        id of the deleted group and members (how many it had).
    """
    _group(db, group_id)
    members = db.delete_all("contacts_members", "group_id", group_id)
    db.delete("contacts_groups", group_id)
    return {"id": group_id, "members": members}


def add_to_group(db: Database, group_id: int, contact_ids: Ids) -> Record:
    """Put contacts into a group; who is in it already stays.

    Args:
        group_id: The group's id.
        contact_ids: Who to add.

    Returns:
        id of the group and added (how many are new).
    """
    _group(db, group_id)
    return {"id": group_id, "added": _join_all(db, group_id, contact_ids)}


def remove_from_group(db: Database, group_id: int, contact_id: int) -> Record:
    """Take a contact out of a group.

    Args:
        group_id: The group's id.
        contact_id: Who to take out.

    Returns:
        id of the group and contact_id.
    """
    _group(db, group_id)
    row = _contact(db, contact_id)
    member = db.value("SELECT id FROM contacts_members WHERE group_id = ? AND contact_id = ?", group_id, contact_id)
    if member is None:
        raise conflict(f"{row['name']} is not in this group.")
    db.delete("contacts_members", member)
    return {"id": group_id, "contact_id": contact_id}


def update_profile(
    db: Database,
    phone: Phone | None = None,
    street: str | None = None,
    city: str | None = None,
    job: str | None = None,
) -> Record:
    """Change the user's own profile; what is not given stays.

    Args:
        phone: New phone number.
        street: New street and number.
        city: New city.
        job: New job title.

    Returns:
        changed, the names of the fields that were set.
    """
    given = {"phone": phone, "street": street, "city": city, "job": job}
    values = {field: value for field, value in given.items() if value is not None}
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    db.update("world_user", 1, values)
    return {"changed": list(values)}


# For other apps -----------------------------------------------------------------------------------------------------


def contact(db: Database, contact_id: int) -> Row:
    """The row of a contact.

    Raises:
        OperationError: there is none with this id.
    """
    return _contact(db, contact_id)


# The inside ---------------------------------------------------------------------------------------------------------


def _contact(db: Database, contact_id: int) -> Row:
    row = db.get("contacts_people", contact_id)
    if row is None:
        raise not_found("contact", contact_id)
    return row


def _group(db: Database, group_id: int) -> Row:
    row = db.get("contacts_groups", group_id)
    if row is None:
        raise not_found("group", group_id)
    return row


def _check_email(db: Database, email: str | None) -> None:
    other = db.one("SELECT id, name FROM contacts_people WHERE email = ?", email) if email else None
    if other:
        raise conflict(f"The address {email} belongs to {other['name']} (contact {other['id']}) already.")


def _check_group_name(db: Database, name: str) -> None:
    if db.value("SELECT id FROM contacts_groups WHERE name = ? COLLATE NOCASE", name.strip()) is not None:
        raise conflict(f"There is a group {name.strip()!r} already.")


def _join(db: Database, group_id: int, contact_id: int) -> bool:
    if db.value("SELECT id FROM contacts_members WHERE group_id = ? AND contact_id = ?", group_id, contact_id):
        return False
    db.insert("contacts_members", {"group_id": group_id, "contact_id": contact_id})
    return True


def _join_all(db: Database, group_id: int, wanted: list[int]) -> int:
    for contact_id in wanted:
        _contact(db, contact_id)
    return sum(_join(db, group_id, contact_id) for contact_id in wanted)


# The generated history ----------------------------------------------------------------------------------------------


def generate(plot: Plot) -> None:
    """The whole cast, a few outdated second entries, and groups."""
    dice = plot.dice("contacts")
    ids = {}
    for person in dice.shuffle(plot.people):
        ids[person.key] = plot.add(
            "contacts_people",
            {
                "name": person.name,
                "nickname": person.first[:3] if dice.chance(0.15) else "",
                "email": person.email,
                "phone": person.phone,
                "birthday": person.birthday if person.relation in ("family", "friend") or dice.chance(0.3) else None,
                "company": person.company,
                "job": person.job,
                "relation": person.relation,
                "street": person.street,
                "city": person.city,
                "notes": dice.one(_NOTES) if dice.chance(0.3) else "",
                "favourite": int(dice.chance(0.2)),
                "source": "directory" if person.relation == "colleague" else "own",
                "created_at": plot.at(-dice.integer(200, 900), 12),
            },
        )
    for person in some(dice, plot.who("friend", "family", "neighbour"), 2):
        phone = f"+1 555 {dice.integer(100, 199)} {dice.integer(1000, 9999)}"
        entry = {"name": person.name, "phone": phone, "city": person.city, "notes": "Old entry."}
        plot.add("contacts_people", entry | {"created_at": plot.at(-dice.integer(1000, 1500), 12)})
    groups = {
        "Family": plot.who("family"),
        "Team": some(dice, plot.who("colleague"), 5),
        "Book club": some(dice, plot.who("friend", "neighbour"), 4),
        "Running": some(dice, plot.who("friend", "colleague"), 3),
    }
    for name, members in groups.items():
        group_id = plot.add("contacts_groups", {"name": name})
        for person in members:
            plot.add("contacts_members", {"group_id": group_id, "contact_id": ids[person.key]})


_NOTES = (
    *("Allergic to nuts.", "Prefers a call to a mail.", "Vegetarian.", "Met at the conference.", "Has two cats."),
    *("Away on Fridays.", "Likes crime novels.", "Moved last year.", "Speaks Spanish."),
)

APP = App(
    name="contacts",
    about="The address book: people, groups of people, and the user's own profile.",
    tables=TABLES,
    generate=generate,
    reads=(search, show, find_by_email, upcoming_birthdays, find_duplicates, list_groups, show_group, my_profile),
    writes=(
        *(add, update, delete, merge, set_favourite, set_blocked, create_group, rename_group, delete_group),
        *(add_to_group, remove_from_group, update_profile),
    ),
)
