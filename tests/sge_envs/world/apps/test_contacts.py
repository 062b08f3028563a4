from __future__ import annotations

from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def test_search_filters_and_pages() -> None:
    world = new_world()
    everybody = everything(world, "contacts.search", "contacts")
    assert len(everybody) == world.db.value("SELECT COUNT(*) FROM contacts_people")
    assert [one["name"] for one in everybody] == sorted(one["name"] for one in everybody)
    family = everything(world, "contacts.search", "contacts", relation="family")
    assert {one["relation"] for one in family} == {"family"}
    person = world.db.one("SELECT * FROM contacts_people WHERE phone != ''")
    assert person
    found = everything(world, "contacts.search", "contacts", query=person["name"].upper(), city=person["city"].lower())
    assert person["id"] in [one["id"] for one in found]
    favourites = everything(world, "contacts.search", "contacts", favourite=True)
    assert all(one["favourite"] is True for one in favourites)
    newest = everything(world, "contacts.search", "contacts", sort_by="newest", company=person["company"])
    assert all(one in everybody for one in newest)


def test_show_and_find_by_email_give_everything_and_the_groups() -> None:
    world = new_world()
    member = world.db.one("SELECT contact_id, name FROM contacts_members m JOIN contacts_groups g ON g.id = m.group_id")
    assert member
    shown = do(world, "contacts.show", contact_id=member["contact_id"])
    assert member["name"] in shown["groups"]
    assert shown["blocked"] is False
    assert do(world, "contacts.find_by_email", email=shown["email"].upper()) == shown
    assert "not_found" in refused(world, "contacts.find_by_email", email="nobody@nowhere.example")


def test_upcoming_birthdays_are_within_the_days_and_in_order() -> None:
    world = new_world()
    year = do(world, "contacts.upcoming_birthdays", days=365)["birthdays"]
    assert len(year) == world.db.value("SELECT COUNT(*) FROM contacts_people WHERE birthday IS NOT NULL")
    assert [one["date"] for one in year] == sorted(one["date"] for one in year)
    born = do(world, "contacts.show", contact_id=year[0]["contact_id"])["birthday"]
    assert year[0]["date"][5:] == born[5:]
    assert year[0]["turns"] == int(year[0]["date"][:4]) - int(born[:4])
    do(world, "contacts.add", name="Leap Day", birthday="2000-02-29")
    assert len(do(world, "contacts.upcoming_birthdays", days=366)["birthdays"]) >= len(year)
    assert "days must be from 1 to 366" in refused(world, "contacts.upcoming_birthdays", days=0)


def test_duplicates_are_found_and_merged() -> None:
    world = new_world()
    pair = do(world, "contacts.find_duplicates")["pairs"][0]
    assert pair["shared"] == ["name"]
    group = do(world, "contacts.create_group", name="Both", contact_ids=[pair["second_id"]])["id"]
    merged = do(world, "contacts.merge", keep_id=pair["second_id"], remove_id=pair["first_id"])
    assert "email" in merged["filled"]
    assert pair not in do(world, "contacts.find_duplicates")["pairs"]
    assert "not_found" in refused(world, "contacts.show", contact_id=pair["first_id"])
    assert do(world, "contacts.show_group", group_id=group)["members"][0]["id"] == pair["second_id"]
    assert "two different contacts" in refused(
        world, "contacts.merge", keep_id=pair["second_id"], remove_id=pair["second_id"]
    )


def test_add_update_and_delete_change_one_contact() -> None:
    world = new_world()
    new = do(world, "contacts.add", name=" Zed Quill ", email="Zed@Q.example", relation="friend", city="Ashford")["id"]
    assert only_change(world).after | {"name": "Zed Quill", "email": "zed@q.example"} == only_change(world).after
    assert do(world, "contacts.update", contact_id=new, phone="555 123 456", notes="Tall.") == {
        "id": new,
        "changed": ["phone", "notes"],
    }
    assert do(world, "contacts.show", contact_id=new)["notes"] == "Tall."
    assert "belongs to Zed Quill" in refused(world, "contacts.add", name="Other", email="zed@q.example")
    assert "Nothing to change" in refused(world, "contacts.update", contact_id=new)
    do(world, "contacts.delete", contact_id=new)
    assert world.changes() == ()


def test_the_company_directory_can_only_be_annotated() -> None:
    world = new_world()
    colleague = do(world, "contacts.search", relation="colleague")["contacts"][0]["id"]
    for operation, arguments in (
        ("update", {"contact_id": colleague, "phone": "555 123 456"}),
        ("delete", {"contact_id": colleague}),
        (
            "merge",
            {"keep_id": colleague, "remove_id": do(world, "contacts.search", relation="family")["contacts"][0]["id"]},
        ),
    ):
        assert "not_allowed" in refused(world, f"contacts.{operation}", **arguments)
    do(world, "contacts.update", contact_id=colleague, nickname="Boss")
    assert only_change(world).columns == ("nickname",)


def test_favourites_and_blocks_are_set_and_taken_back() -> None:
    world = new_world()
    person = do(world, "contacts.search", favourite=False)["contacts"][0]["id"]
    do(world, "contacts.set_favourite", contact_id=person)
    do(world, "contacts.set_blocked", contact_id=person)
    assert only_change(world).columns == ("favourite", "blocked")
    do(world, "contacts.set_favourite", contact_id=person, favourite=False)
    do(world, "contacts.set_blocked", contact_id=person, blocked=False)
    assert world.changes() == ()


def test_groups_are_made_renamed_filled_emptied_and_deleted() -> None:
    world = new_world()
    ids = [one["id"] for one in do(world, "contacts.search", relation="friend")["contacts"]]
    group = do(world, "contacts.create_group", name="Trip", contact_ids=[ids[0], ids[0]])
    assert group["members"] == 1
    assert "already" in refused(world, "contacts.create_group", name="TRIP")
    assert do(world, "contacts.add_to_group", group_id=group["id"], contact_ids=ids[:3])["added"] == 2
    do(world, "contacts.remove_from_group", group_id=group["id"], contact_id=ids[1])
    assert "is not in this group" in refused(
        world, "contacts.remove_from_group", group_id=group["id"], contact_id=ids[1]
    )
    do(world, "contacts.rename_group", group_id=group["id"], name="Journey")
    assert "already" in refused(world, "contacts.rename_group", group_id=group["id"], name="Family")
    members = everything(world, "contacts.show_group", "members", group_id=group["id"])
    assert {one["id"] for one in members} == {ids[0], ids[2]}
    assert {"id": group["id"], "name": "Journey", "members": 2} in do(world, "contacts.list_groups")["groups"]
    assert set(changed(world)) == {"contacts_groups", "contacts_members"}
    assert do(world, "contacts.delete_group", group_id=group["id"])["members"] == 2
    assert world.changes() == ()


def test_the_profile_is_shown_and_changed() -> None:
    world = new_world()
    assert do(world, "contacts.my_profile")["email"] == world.db.user["email"]
    do(world, "contacts.update_profile", city="Atlantis")
    assert only_change(world).columns == ("city",)
    assert "Nothing to change" in refused(world, "contacts.update_profile")
