from __future__ import annotations

from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools, words

INBOX = "/mail/search?folder=inbox"


def test_what_is_chosen_in_a_folder_is_moved_together() -> None:
    visitor = Visitor()
    chosen = [one["id"] for one in visitor.world.call("mail.search", {"folder": "inbox"}).value["messages"][:3]]
    visitor.send(visitor.button(INBOX, "Move to archive"), message_ids=[str(one) for one in chosen])
    assert same_as_tools(visitor, ("mail.move", {"message_ids": chosen, "folder": "archive"}))


def test_the_trash_is_emptied_from_its_own_tab_only() -> None:
    visitor = Visitor()
    assert visitor.buttons("/mail/search?folder=trash", "Empty trash")
    assert not visitor.buttons(INBOX, "Empty trash")


def test_a_draft_is_changed_in_a_form_that_holds_it_and_sent() -> None:
    visitor = Visitor()
    draft = visitor.value("SELECT id FROM mail_messages WHERE folder = 'drafts'")
    page = f"/mail/show?message_id={draft}"
    held = visitor.world.call("mail.show", {"message_id": draft}).value
    form = visitor.button(page, "Edit")
    assert held["to"][0] in visitor.read(form)
    assert held["body"] in visitor.read(form)
    visitor.send(form, form="1", to=held["to"][0], subject=held["subject"], body="Is it well?\r\nBye")
    visitor.send(visitor.button(page, "Send"))
    calls = (
        ("mail.update_draft", {"draft_id": draft, "body": "Is it well?\nBye"}),
        ("mail.send_draft", {"draft_id": draft}),
    )
    assert same_as_tools(visitor, *calls)


def test_a_label_is_put_on_and_taken_off_at_the_message() -> None:
    visitor = Visitor()
    message = visitor.value("SELECT id FROM mail_messages WHERE id NOT IN (SELECT message_id FROM mail_tagged)")
    label, name = visitor.world.db.rows("SELECT id, name FROM mail_labels")[0].values()
    page = f"/mail/show?message_id={message}"
    before = visitor.world.key()
    visitor.send(visitor.button(page, "Add label"), form="1", label_id=label)
    assert f"Name {name} Take off" in words(visitor.read(page))
    visitor.send(visitor.button(page, "Take off"))
    assert visitor.world.key() == before


def test_an_attachment_is_read_and_saved_into_a_folder_inside_another() -> None:
    visitor = Visitor()
    attachment, content = visitor.world.db.rows("SELECT id, content FROM mail_attachments ORDER BY id")[0].values()
    page = f"/mail/read_attachment?attachment_id={attachment}"
    assert all(line in visitor.read(page) for line in content.splitlines())
    folder = visitor.value("SELECT id FROM files_folders WHERE name = 'Archive'")
    form = visitor.button(page, "Save to files")
    assert f'<option value="{folder}">Work/Archive</option>' in visitor.read(form)
    visitor.send(form, form="1", folder_id=str(folder), name="kept.pdf")
    arguments = {"attachment_id": attachment, "folder_id": folder, "name": "kept.pdf"}
    assert same_as_tools(visitor, ("mail.save_attachment", arguments))
