from __future__ import annotations

from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def _books(world: World) -> dict[str, int]:
    return {one["name"]: one["id"] for one in do(world, "notes.list_notebooks")["notebooks"]}


def _note(world: World, title: str) -> int:
    return int(world.db.value("SELECT id FROM notes_notes WHERE title = ?", title))


def test_search_looks_into_titles_texts_and_checklists() -> None:
    world = new_world()
    found = everything(world, "notes.search", "notes", include_archived=True)
    assert len(found) == world.db.value("SELECT COUNT(*) FROM notes_notes")
    assert [one["modified_at"] for one in found] == sorted((one["modified_at"] for one in found), reverse=True)
    item = world.db.one("SELECT * FROM notes_items")
    assert item
    hits = everything(world, "notes.search", "notes", query=item["text"], include_archived=True)
    assert item["note_id"] in [one["id"] for one in hits]
    home = _books(world)["Home"]
    titles = [one["title"] for one in everything(world, "notes.search", "notes", notebook_id=home, sort_by="title")]
    assert titles == sorted(titles)
    pinned = everything(world, "notes.search", "notes", pinned=True, sort_by="oldest")
    assert all(one["pinned"] is True for one in pinned)
    for row in do(world, "notes.list_tags")["tags"]:
        assert (
            len(everything(world, "notes.search", "notes", tag=row["tag"].upper(), include_archived=True))
            == row["notes"]
        )


def test_a_note_is_written_changed_moved_and_deleted() -> None:
    world = new_world()
    books = _books(world)
    new = do(world, "notes.create", notebook_id=books["Home"], title=" List ", items=["a", "b"])["id"]
    shown = do(world, "notes.show", note_id=new)
    assert (shown["title"], [one["text"] for one in shown["items"]], shown["tags"]) == ("List", ["a", "b"], [])
    assert do(world, "notes.update", note_id=new, body="Text")["changed"] == ["body"]
    assert do(world, "notes.append", note_id=new, text="more")["body"] == "Text\nmore"
    do(world, "notes.move", note_id=new, notebook_id=books["Work"])
    assert set(changed(world)) == {"notes_notes", "notes_items"}
    assert "Nothing to change" in refused(world, "notes.update", note_id=new)
    do(world, "notes.delete", note_id=new)
    assert world.changes() == ()


def test_read_only_notebooks_and_locked_notes_stay_as_they_are() -> None:
    world = new_world()
    books = _books(world)
    news, code = _note(world, "Parking"), _note(world, "Door code")
    assert "is read-only" in refused(world, "notes.create", notebook_id=books["Company news"], title="x")
    assert "is read-only" in refused(world, "notes.append", note_id=news, text="x")
    assert "is read-only" in refused(world, "notes.rename_notebook", notebook_id=books["Company news"], name="x")
    assert "unlock it" in refused(world, "notes.delete", note_id=code)
    do(world, "notes.lock", note_id=code, locked=False)
    do(world, "notes.update", note_id=code, body="1")
    do(world, "notes.lock", note_id=code)
    assert only_change(world).columns == ("body", "modified_at")


def test_notes_are_copied_and_merged() -> None:
    world = new_world()
    books = _books(world)
    one = do(world, "notes.create", notebook_id=books["Home"], title="One", body="A", items=["x", "y"])["id"]
    do(world, "notes.add_tag", note_id=one, tag="Red ")
    item = do(world, "notes.show", note_id=one)["items"][0]["id"]
    do(world, "notes.check_item", item_id=item)
    copy = do(world, "notes.duplicate", note_id=one, title="Two")["id"]
    shown = do(world, "notes.show", note_id=copy)
    assert ([one["done"] for one in shown["items"]], shown["tags"], shown["body"]) == ([False, False], ["red"], "A")
    do(world, "notes.merge", keep_id=copy, remove_id=one)
    shown = do(world, "notes.show", note_id=copy)
    assert [(one["text"], one["done"]) for one in shown["items"]] == [
        ("x", False),
        ("y", False),
        ("x", True),
        ("y", False),
    ]
    assert shown["body"] == "A\nA"
    assert "not_found" in refused(world, "notes.show", note_id=one)
    assert "two different notes" in refused(world, "notes.merge", keep_id=copy, remove_id=copy)


def test_pins_archive_and_tags() -> None:
    world = new_world()
    row = world.db.one("SELECT * FROM notes_notes WHERE pinned = 0 AND archived = 0 AND locked = 0")
    assert row
    do(world, "notes.pin", note_id=row["id"])
    do(world, "notes.archive", note_id=row["id"])
    assert only_change(world).columns == ("pinned", "archived")
    do(world, "notes.pin", note_id=row["id"], pinned=False)
    do(world, "notes.archive", note_id=row["id"], archived=False)
    assert "new" in do(world, "notes.add_tag", note_id=row["id"], tag="NEW")["tags"]
    assert "already" in refused(world, "notes.add_tag", note_id=row["id"], tag="new")
    do(world, "notes.remove_tag", note_id=row["id"], tag="New")
    assert "does not have the tag" in refused(world, "notes.remove_tag", note_id=row["id"], tag="new")
    assert world.changes() == ()


def test_checklists_are_filled_checked_sorted_and_cleared() -> None:
    world = new_world()
    note = do(world, "notes.create", notebook_id=_books(world)["Home"], title="L")["id"]
    first, second, third = do(world, "notes.add_items", note_id=note, items=["a", "b", "c"])["ids"]
    assert do(world, "notes.move_item", item_id=third, position=1)["ids"] == [third, first, second]
    assert "no place 4" in refused(world, "notes.move_item", item_id=third, position=4)
    do(world, "notes.edit_item", item_id=third, text="z")
    do(world, "notes.check_item", item_id=first)
    assert [(one["text"], one["done"]) for one in do(world, "notes.show", note_id=note)["items"]] == [
        ("z", False),
        ("a", True),
        ("b", False),
    ]
    assert first not in [one["id"] for one in everything(world, "notes.list_open_items", "items")]
    assert [
        one["text"]
        for one in everything(world, "notes.list_open_items", "items", notebook_id=_books(world)["Home"])
        if one["note_id"] == note
    ] == ["z", "b"]
    assert do(world, "notes.clear_done", note_id=note) == {"removed": 1}
    do(world, "notes.remove_item", item_id=second)
    assert [one["text"] for one in do(world, "notes.show", note_id=note)["items"]] == ["z"]
    for start in range(2):
        do(world, "notes.add_items", note_id=note, items=["more"] * (50 - start))
    assert "limit_reached" in refused(world, "notes.add_items", note_id=note, items=["one"])


def test_notebooks_are_made_renamed_and_deleted_when_empty() -> None:
    world = new_world()
    new = do(world, "notes.create_notebook", name="Travel")["id"]
    assert "already" in refused(world, "notes.create_notebook", name="travel")
    do(world, "notes.rename_notebook", notebook_id=new, name="Trips")
    note = do(world, "notes.create", notebook_id=new, title="x")["id"]
    assert "has 1 notes" in refused(world, "notes.delete_notebook", notebook_id=new)
    do(world, "notes.delete", note_id=note)
    do(world, "notes.delete_notebook", notebook_id=new)
    assert world.changes() == ()
