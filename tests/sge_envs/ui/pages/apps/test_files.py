from __future__ import annotations

import io

from sge_envs.ui.pages.shared import folder_paths
from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools


def test_every_folder_can_be_chosen_also_those_inside_others() -> None:
    visitor = Visitor()
    deep = visitor.value("SELECT id FROM files_folders WHERE name = 'Archive'")
    deeper = visitor.world.call("files.create_folder", {"name": "2020", "parent_id": deep}).value["id"]
    found = dict(folder_paths(visitor.world.call))
    assert sorted(map(int, found)) == visitor.world.db.column("SELECT id FROM files_folders ORDER BY id")
    assert found[str(deeper)] == "Work/Archive/2020"


def test_a_file_is_moved_into_a_folder_inside_another() -> None:
    visitor = Visitor()
    file = visitor.value("SELECT id FROM files_files WHERE name = 'wifi.txt'")
    folder = visitor.value("SELECT id FROM files_folders WHERE name = 'Recipes'")
    visitor.send(visitor.button(f"/files/show?file_id={file}", "Move"), form="1", folder_id=folder)
    assert same_as_tools(visitor, ("files.move", {"file_id": file, "folder_id": folder}))


def test_an_uploaded_file_becomes_a_file_of_its_name() -> None:
    visitor = Visitor()
    folder = visitor.value("SELECT id FROM files_folders WHERE name = 'Documents'")
    form = visitor.button(f"/files/list_folder?folder_id={folder}", "New file")
    visitor.send(form, form="1", name="", content="", upload=(io.BytesIO(b"one\ntwo"), "lines.txt"))
    arguments = {"folder_id": folder, "name": "lines.txt", "content": "one\ntwo"}
    assert same_as_tools(visitor, ("files.create_file", arguments))


def test_a_text_is_changed_in_a_form_that_holds_it() -> None:
    visitor = Visitor()
    file, content = visitor.world.db.rows("SELECT id, content FROM files_files WHERE name = 'soup.txt'")[0].values()
    form = visitor.button(f"/files/show?file_id={file}", "Edit")
    assert content in visitor.read(form)
    visitor.send(form, form="1", content=content.replace("\n", "\r\n") + "\r\nSalt")
    assert same_as_tools(visitor, ("files.write", {"file_id": file, "content": f"{content}\nSalt"}))


def test_what_may_not_be_done_with_a_file_is_not_offered() -> None:
    visitor = Visitor()
    shown = visitor.value("SELECT id FROM files_files WHERE name = 'expenses.pdf'")  # in a folder to view
    trashed = visitor.value("SELECT id FROM files_files WHERE trashed = 1")
    assert not any(visitor.buttons(f"/files/show?file_id={shown}", label) for label in ("Edit", "Rename", "Share"))
    assert visitor.buttons(f"/files/show?file_id={trashed}", "Restore")


def test_only_own_comments_are_deleted() -> None:
    visitor = Visitor()
    file = visitor.value("SELECT file_id FROM files_comments")
    page = f"/files/list_comments?file_id={file}"
    assert not visitor.buttons(page, "Delete")
    before = visitor.world.key()
    visitor.send(visitor.button(page, "Comment"), form="1", text="Thank you.")
    visitor.send(visitor.button(page, "Delete"))
    assert visitor.world.key() == before
