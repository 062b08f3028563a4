from __future__ import annotations

from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools, words


def test_double_entries_are_told_apart_and_merged_either_way() -> None:
    visitor = Visitor()
    pair = visitor.world.call("contacts.find_duplicates").value["pairs"][0]
    first, second = (
        visitor.world.call("contacts.show", {"contact_id": pair[key]}).value for key in ("first_id", "second_id")
    )
    said = words(visitor.read("/contacts/find_duplicates"))
    assert f"{first['name']}, {first['email']}" in said
    assert second["phone"] in said
    visitor.send(visitor.button("/contacts/find_duplicates", "Keep the second"))
    assert same_as_tools(visitor, ("contacts.merge", {"keep_id": second["id"], "remove_id": first["id"]}))


def test_people_are_chosen_in_the_list_and_made_a_group() -> None:
    visitor = Visitor()
    people = [str(one["id"]) for one in visitor.world.call("contacts.search").value["contacts"][:2]]
    form = visitor.button("/contacts/search", "Create group")
    query = "&".join(f"contact_ids={one}" for one in people)
    visitor.send(f"{form}?{query}", form="1", name="Chess")
    calls = ("contacts.create_group", {"name": "Chess", "contact_ids": [int(one) for one in people]})
    assert same_as_tools(visitor, calls)


def test_only_what_was_changed_in_a_form_is_changed() -> None:
    visitor = Visitor()
    person = visitor.world.call(
        "contacts.show", {"contact_id": visitor.value("SELECT id FROM contacts_people WHERE source = 'own'")}
    ).value
    fields = ("name", "email", "phone", "relation", "nickname", "company", "job", "street", "city", "notes")
    form = visitor.button(f"/contacts/show?contact_id={person['id']}", "Edit")
    values = {name: person[name] or "" for name in fields} | {
        "birthday": person["birthday"] or "",
        "phone": "+1 555 010 2030",
    }
    visitor.send(form, form="1", **values)
    assert same_as_tools(visitor, ("contacts.update", {"contact_id": person["id"], "phone": "+1 555 010 2030"}))


def test_a_mail_is_written_from_the_page_of_a_person() -> None:
    visitor = Visitor()
    person = visitor.world.call("contacts.search").value["contacts"][0]
    form = visitor.button(f"/contacts/show?contact_id={person['id']}", "Write a mail")
    assert f"To: {person['email']}" in words(visitor.read(form))
    visitor.send(form, form="1", subject="Hello", body="How are you?", cc="")
    assert same_as_tools(visitor, ("mail.send", {"to": [person["email"]], "subject": "Hello", "body": "How are you?"}))


def test_a_member_is_taken_out_of_a_group_on_its_page() -> None:
    visitor = Visitor()
    group = visitor.world.call("contacts.list_groups").value["groups"][0]["id"]
    member = visitor.world.call("contacts.show_group", {"group_id": group}).value["members"][0]["id"]
    visitor.send(visitor.button(f"/contacts/show_group?group_id={group}", "Take out"))
    assert same_as_tools(visitor, ("contacts.remove_from_group", {"group_id": group, "contact_id": member}))
