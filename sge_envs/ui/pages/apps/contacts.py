"""The pages of the address book: people, groups, birthdays, double entries, one's own profile."""

from __future__ import annotations

from sge_envs.ui.pages.shared import CONTACT
from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing

PERSON = {"contact_id": "id"}
GROUP = {"group_id": "id"}
PEOPLE = ("name", "email", "phone")

CARD = (
    Go("update", PERSON, label="Edit"),
    Go("set_favourite", PERSON, {"favourite": True}, "Make favourite", lambda person: not person["favourite"]),
    Go("set_favourite", PERSON, {"favourite": False}, "No favourite", lambda person: person["favourite"]),
    Go("set_blocked", PERSON, {"blocked": True}, "Block", lambda person: not person["blocked"]),
    Go("set_blocked", PERSON, {"blocked": False}, "Unblock", lambda person: person["blocked"]),
    Go("add_to_group", {"contact_ids": "id"}, label="Add to group"),
    Go("mail.send", {"to": "email"}, label="Write a mail", when=lambda person: bool(person["email"])),
    Go("messages.start_chat", PERSON, label="Chat", when=lambda person: bool(person["email"])),
    Go("merge", {"keep_id": "id"}, label="Merge with another"),
    Go("delete", PERSON),
)
FACTS = (
    *("nickname", "email", "phone", "birthday", "relation", "company", "job", "street", "city", "groups", "notes"),
    *("favourite", "blocked", "source"),
)


def _with_names(found: Record, look: Look) -> Record:
    """The pairs with what tells the two entries apart in place of their ids."""

    def told(contact_id: int) -> str:
        person = look("contacts.show", {"contact_id": contact_id}).value
        return ", ".join(text for text in (person["name"], person["email"], person["phone"]) if text)

    pairs = [pair | {"first": told(pair["first_id"]), "second": told(pair["second_id"])} for pair in found["pairs"]]
    return {"pairs": pairs}


PAGES = AppPages(
    app="contacts",
    title="Contacts",
    tabs=(
        Tab("search", "People"),
        Tab("search", "Favourites", {"favourite": True}),
        Tab("list_groups", "Groups"),
        Tab("upcoming_birthdays", "Birthdays"),
        Tab("find_duplicates", "Duplicates"),
        Tab("find_by_email", "By address"),
        Tab("my_profile", "Me"),
    ),
    search="search",
    pages=(
        Page(
            "search",
            rows=(
                Rows(
                    "contacts",
                    (*PEOPLE, "relation", "favourite"),
                    link=Go("show", PERSON),
                    pick=("contact_ids", "id"),
                    bulk=(Go("create_group"), Go("add_to_group", label="Add to group")),
                    empty="No such person.",
                ),
            ),
            actions=(Go("add", label="New contact"),),
        ),
        Page("show", title="name", fields=FACTS, actions=CARD),
        Page("find_by_email", title="name", fields=FACTS, actions=CARD),
        Page(
            "upcoming_birthdays",
            rows=(Rows("birthdays", ("name", "date", "turns"), link=Go("show", {"contact_id": "contact_id"})),),
        ),
        Page(
            "find_duplicates",
            rows=(
                Rows(
                    "pairs",
                    ("first", "second", ("shared", "The same")),
                    link=Go("show", {"contact_id": "first_id"}),
                    links={"second": Go("show", {"contact_id": "second_id"})},
                    actions=(
                        Go("merge", {"keep_id": "first_id", "remove_id": "second_id"}, label="Keep the first"),
                        Go("merge", {"keep_id": "second_id", "remove_id": "first_id"}, label="Keep the second"),
                    ),
                    empty="No two entries look like the same person.",
                ),
            ),
            shape=_with_names,
        ),
        Page(
            "list_groups",
            rows=(Rows("groups", ("name", "members"), link=Go("show_group", GROUP)),),
            actions=(Go("create_group", label="New group"),),
        ),
        Page(
            "show_group",
            title="name",
            rows=(
                Rows(
                    "members",
                    PEOPLE,
                    link=Go("show", PERSON),
                    actions=(Go("remove_from_group", {"group_id": "group_id", "contact_id": "id"}, label="Take out"),),
                    empty="Nobody.",
                ),
            ),
            actions=(
                Go("add_to_group", GROUP, label="Add people"),
                Go("rename_group", GROUP, label="Rename"),
                Go("delete_group", GROUP, label="Delete"),
            ),
        ),
        Page(
            "my_profile",
            title="name",
            fields=("email", "work_email", "phone", "birthday", "street", "city", "company", "job"),
            actions=(Go("update_profile", label="Edit"),),
        ),
    ),
    forms=(
        Form("add", then=Go("show", PERSON)),
        Form("create_group", then=Go("show_group", GROUP)),
        Form("update", load="show"),
        Form("rename_group", load="show_group"),
        Form("update_profile", load="my_profile"),
    ),
    things={
        "contact_id": CONTACT,
        "contact_ids": CONTACT,
        "keep_id": Thing(choices=("search", "contacts", "id", "name"), shown=("show", "name"), by="contact_id"),
        "remove_id": Thing(choices=("search", "contacts", "id", "name"), shown=("show", "name"), by="contact_id"),
        "group_id": Thing(choices=("list_groups", "groups", "id", "name"), shown=("show_group", "name")),
    },
    labels={"email": "E-mail", "keep_id": "Keep", "remove_id": "Merge and delete"},
    verbs={"search": "People", "add": "Add contact", "update": "Edit contact"},
)
