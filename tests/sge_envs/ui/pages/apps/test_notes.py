from __future__ import annotations

from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools


def test_an_item_is_checked_at_the_note_and_opened_again() -> None:
    visitor = Visitor()
    item, note = visitor.world.db.rows("SELECT id, note_id FROM notes_items WHERE done = 0 ORDER BY note_id, position")[
        0
    ].values()
    page, before = f"/notes/show?note_id={note}", visitor.world.key()
    where = f"/notes/check_item?item_id={item}&done=true"
    assert where in visitor.buttons(page, "Done")
    visitor.send(where)
    assert same_as_tools(visitor, ("notes.check_item", {"item_id": item}))
    visitor.send(where.replace("true", "false"))
    assert visitor.world.key() == before


def test_a_new_tag_is_put_on_a_note_and_taken_off() -> None:
    visitor = Visitor()
    note = visitor.value("SELECT id FROM notes_notes WHERE id NOT IN (SELECT note_id FROM notes_tags)")
    page, before = f"/notes/show?note_id={note}", visitor.world.key()
    visitor.send(visitor.button(page, "Add tag"), form="1", tag="Fresh")
    assert same_as_tools(visitor, ("notes.add_tag", {"note_id": note, "tag": "fresh"}))
    visitor.send(visitor.button(page, "Take off"))
    assert visitor.world.key() == before


def test_a_locked_note_offers_no_change_but_unlocking() -> None:
    visitor = Visitor()
    page = f"/notes/show?note_id={visitor.value('SELECT id FROM notes_notes WHERE locked = 1')}"
    assert not visitor.buttons(page, "Edit")
    assert not visitor.buttons(page, "Delete")
    visitor.send(visitor.button(page, "Unlock"))
    assert visitor.buttons(page, "Edit")
    assert visitor.buttons(page, "Delete")


def test_a_notebook_that_is_read_only_offers_no_new_note() -> None:
    visitor = Visitor()
    offered = visitor.buttons("/notes/list_notebooks", "New note")
    writable = visitor.world.db.column("SELECT id FROM notes_notebooks WHERE read_only = 0 ORDER BY name")
    assert offered == [f"/notes/create?notebook_id={one}" for one in writable]
