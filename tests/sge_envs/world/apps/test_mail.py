from __future__ import annotations

from sge_envs.world.apps.mail import deliver
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def test_folders_are_counted() -> None:
    world = new_world()
    folders = {one["folder"]: one for one in do(world, "mail.list_folders")["folders"]}
    assert list(folders) == ["inbox", "sent", "drafts", "archive", "spam", "trash"]
    assert folders["inbox"]["messages"] == world.db.value("SELECT COUNT(*) FROM mail_messages WHERE folder = 'inbox'")
    assert folders["inbox"]["unread"] == len(everything(world, "mail.search", "messages", folder="inbox", unread=True))
    assert folders["trash"] == {"folder": "trash", "messages": 0, "unread": 0}


def test_search_filters_and_leaves_out_spam_and_trash() -> None:
    world = new_world()
    found = everything(world, "mail.search", "messages")
    assert {one["folder"] for one in found} == {"inbox", "sent", "drafts", "archive"}
    assert [one["sent_at"] for one in found] == sorted((one["sent_at"] for one in found), reverse=True)
    assert everything(world, "mail.search", "messages", folder="spam")
    day = found[len(found) // 2]["sent_at"][:10]
    early, late = (everything(world, "mail.search", "messages", **{side: day}) for side in ("until", "since"))
    on_day = everything(world, "mail.search", "messages", since=day, until=day)
    assert len(early) + len(late) - len(on_day) == len(found)
    letter = next(one for one in found if one["folder"] == "sent")
    to = do(world, "mail.show", message_id=letter["id"])["to"][0]
    assert letter in everything(world, "mail.search", "messages", recipient=to, sender=world.db.user["name"])
    number = world.db.value("SELECT id FROM shop_orders WHERE status = 'delivered'")
    subjects = {one["subject"] for one in everything(world, "mail.search", "messages", query=f"DELIVERED {number}")}
    assert f"Order {number} delivered" in subjects
    with_invoice = everything(world, "mail.search", "messages", has_attachment=True)
    assert len(with_invoice) == world.db.value("SELECT COUNT(*) FROM shop_orders")
    assert len(with_invoice) + len(everything(world, "mail.search", "messages", has_attachment=False)) == len(found)
    assert everything(world, "mail.search", "messages", starred=True) == []
    assert "There is no label 'Nope'" in refused(world, "mail.search", label="Nope")


def test_show_reads_a_message_without_marking_it() -> None:
    world = new_world()
    unread = do(world, "mail.search", unread=True)["messages"][0]
    shown = do(world, "mail.show", message_id=unread["id"])
    assert shown["unread"] is True
    assert shown["to"] == [world.db.user["email"]]
    assert world.changes() == ()


def test_send_adds_the_signature_and_goes_to_each_address_once() -> None:
    world = new_world()
    do(world, "mail.set_signature", signature="Best, me")
    sent = do(
        world,
        "mail.send",
        to=["a@x.example", "A@x.example"],
        cc=["a@x.example", "b@x.example"],
        subject="Hi",
        body="Text",
    )["id"]
    shown = do(world, "mail.show", message_id=sent)
    assert (shown["to"], shown["cc"], shown["body"]) == (["a@x.example"], ["b@x.example"], "Text\n\nBest, me")
    assert (shown["folder"], shown["sent_at"], shown["sender"]) == ("sent", world.db.now, world.db.user["email"])
    assert {table: len(rows) for table, rows in changed(world).items()} == {
        "mail_messages": 1,
        "mail_recipients": 2,
        "mail_settings": 1,
    }
    assert "needs a subject" in refused(world, "mail.send", to=["a@x.example"], subject=" ", body="")
    many = [f"p{number}@x.example" for number in range(20)]
    assert "limit_reached" in refused(world, "mail.send", to=many, cc=["q@x.example"], subject="s", body="")
    assert "a list of 1 to 20 entries" in refused(world, "mail.send", to=[], subject="s", body="")


def test_files_are_attached_forwarded_read_and_saved() -> None:
    world = new_world()
    lease = do(world, "files.search", query="lease")["files"][0]
    files = {"attach": [lease["id"], lease["id"]]}
    sent = do(world, "mail.send", to=["a@x.example"], subject="Lease", body="", **files)["id"]
    answer = do(world, "mail.reply", message_id=sent, body="Again", **files)["id"]
    for message in (sent, answer, do(world, "mail.forward", message_id=sent, to=["b@x.example"])["id"]):
        (attached,) = do(world, "mail.show", message_id=message)["attachments"]
        read = do(world, "mail.read_attachment", attachment_id=attached["id"])
        assert (read["name"], read["content"]) == ("lease.pdf", do(world, "files.read", file_id=lease["id"])["content"])
    saved = do(world, "mail.save_attachment", attachment_id=attached["id"], folder_id=lease["folder_id"], name="b.pdf")
    assert do(world, "files.read", file_id=saved["file_id"])["content"] == read["content"]
    again = {"attachment_id": attached["id"], "folder_id": lease["folder_id"]}
    assert "file 'lease.pdf' in this folder already" in refused(world, "mail.save_attachment", **again)
    do(world, "files.trash", file_id=lease["id"])
    assert "in the trash" in refused(world, "mail.send", to=["a@x.example"], subject="s", body="", **files)
    assert "not_found" in refused(world, "mail.read_attachment", attachment_id=99999)


def test_answers_and_forwards_belong_to_their_thread() -> None:
    world = new_world()
    letter = do(world, "mail.search", folder="inbox", sender="postbox")["messages"][0]
    answer = do(world, "mail.reply", message_id=letter["id"], body="Yes.")["id"]
    shown = do(world, "mail.show", message_id=answer)
    assert shown["to"] == [letter["sender"]]
    assert shown["subject"] == f"Re: {letter['subject'].removeprefix('Re: ')}"
    assert shown["reply_to"] == letter["id"]
    again = do(world, "mail.reply", message_id=answer, body="And no.")["id"]
    assert do(world, "mail.show", message_id=again)["to"] == [letter["sender"]]
    thread = [one["id"] for one in do(world, "mail.show_thread", message_id=again)["messages"]]
    assert thread[0] == letter["id"]
    assert thread[-2:] == [answer, again]
    forwarded = do(world, "mail.forward", message_id=letter["id"], to=["c@x.example"], comment="See below")["id"]
    body = do(world, "mail.show", message_id=forwarded)["body"]
    assert body.startswith("See below")
    assert do(world, "mail.show", message_id=letter["id"])["body"] in body


def test_reply_all_answers_everybody_else() -> None:
    world = new_world()
    sent = do(
        world,
        "mail.send",
        to=["a@x.example", "b@x.example"],
        cc=["c@x.example", world.db.user["email"]],
        subject="s",
        body="b",
    )
    answer = do(world, "mail.reply", message_id=sent["id"], body="Also", reply_all=True)["id"]
    shown = do(world, "mail.show", message_id=answer)
    assert (shown["to"], shown["cc"]) == (["a@x.example", "b@x.example"], ["c@x.example"])


def test_drafts_are_kept_changed_and_sent() -> None:
    world = new_world()
    draft = do(world, "mail.save_draft", to=[], body="Dear")["id"]
    assert "no address" in refused(world, "mail.send_draft", draft_id=draft)
    do(world, "mail.update_draft", draft_id=draft, to=["a@x.example"])
    assert "no subject" in refused(world, "mail.send_draft", draft_id=draft)
    do(world, "mail.update_draft", draft_id=draft, subject="Hello")
    assert "A draft cannot be answered" in refused(world, "mail.reply", message_id=draft, body="x")
    assert "A draft cannot be forwarded" in refused(world, "mail.forward", message_id=draft, to=["a@x.example"])
    do(world, "mail.send_draft", draft_id=draft)
    shown = do(world, "mail.show", message_id=draft)
    assert (shown["folder"], shown["to"], shown["subject"], shown["body"]) == ("sent", ["a@x.example"], "Hello", "Dear")
    assert "is no draft" in refused(world, "mail.update_draft", draft_id=draft, subject="x")


def test_messages_move_between_folders() -> None:
    world = new_world()
    ids = [one["id"] for one in do(world, "mail.search", folder="inbox", page_size=3)["messages"]]
    assert do(world, "mail.move", message_ids=[*ids, ids[0]], folder="archive") == {"moved": 3}
    assert do(world, "mail.move", message_ids=ids, folder="archive") == {"moved": 0}
    sent = do(world, "mail.search", folder="sent")["messages"][0]["id"]
    assert "not_allowed" in refused(world, "mail.move", message_ids=[ids[0], sent], folder="inbox")
    assert "one of 'inbox', 'archive', 'spam', 'trash'" in refused(world, "mail.move", message_ids=ids, folder="sent")
    assert do(world, "mail.move", message_ids=[sent], folder="trash") == {"moved": 1}


def test_marks_and_stars() -> None:
    world = new_world()
    unread = [one["id"] for one in do(world, "mail.search", unread=True)["messages"]]
    do(world, "mail.mark_read", message_ids=unread[:2])
    do(world, "mail.star", message_ids=unread[:1])
    assert [one.columns for one in sorted(world.changes(), key=lambda one: unread.index(one.id))] == [
        ("unread", "starred"),
        ("unread",),
    ]
    do(world, "mail.mark_read", message_ids=unread[:2], read=False)
    do(world, "mail.star", message_ids=unread[:1], starred=False)
    assert world.changes() == ()


def test_only_the_trash_is_deleted_for_good_and_threads_survive() -> None:
    world = new_world()
    answer = world.db.one("SELECT * FROM mail_messages WHERE reply_to IS NOT NULL")
    assert answer
    root = answer["reply_to"]
    assert "not_allowed" in refused(world, "mail.delete_forever", message_id=root)
    do(world, "mail.move", message_ids=[root], folder="trash")
    do(world, "mail.delete_forever", message_id=root)
    assert do(world, "mail.show", message_id=answer["id"])["reply_to"] is None
    assert [one["id"] for one in do(world, "mail.show_thread", message_id=answer["id"])["messages"]] == [answer["id"]]
    ids = [one["id"] for one in do(world, "mail.search", folder="inbox", page_size=4)["messages"]]
    do(world, "mail.move", message_ids=ids, folder="trash")
    assert do(world, "mail.empty_trash") == {"deleted": 4}
    assert do(world, "mail.empty_trash") == {"deleted": 0}
    assert world.db.rows("PRAGMA foreign_key_check") == []


def test_labels_are_made_put_on_taken_off_and_deleted() -> None:
    world = new_world()
    label = do(world, "mail.create_label", name="Urgent")["id"]
    assert "already" in refused(world, "mail.create_label", name="urgent")
    ids = [one["id"] for one in do(world, "mail.search", page_size=3)["messages"]]
    assert do(world, "mail.add_label", message_ids=ids, label_id=label) == {"labelled": 3}
    assert do(world, "mail.add_label", message_ids=ids, label_id=label) == {"labelled": 0}
    do(world, "mail.remove_label", message_id=ids[0], label_id=label)
    assert "does not have the label" in refused(world, "mail.remove_label", message_id=ids[0], label_id=label)
    do(world, "mail.rename_label", label_id=label, name="Hot")
    assert "already" in refused(world, "mail.rename_label", label_id=label, name="Family")
    assert {one["id"] for one in everything(world, "mail.search", "messages", label="hot")} == set(ids[1:])
    assert {"id": label, "name": "Hot", "messages": 2} in do(world, "mail.list_labels")["labels"]
    made = do(world, "mail.create_filter", sender_contains="x", label_id=label)["id"]
    assert "A filter uses this label" in refused(world, "mail.delete_label", label_id=label)
    do(world, "mail.delete_filter", filter_id=made)
    do(world, "mail.delete_label", label_id=label)
    assert world.changes() == ()


def test_filters_sort_what_comes_in() -> None:
    world = new_world()
    label = do(world, "mail.list_labels")["labels"][0]
    do(
        world,
        "mail.create_filter",
        sender_contains="Shop",
        subject_contains="order",
        move_to="archive",
        label_id=label["id"],
    )
    assert do(world, "mail.list_filters")["filters"][-1]["label"] == label["name"]
    with world.db.writing("test"):
        first = deliver(world.db, "Shop", "orders@shop.example", "Your ORDER 3", "Text")
        second = deliver(world.db, "Shop", "orders@shop.example", "News", "Text")
    shown = do(world, "mail.show", message_id=first)
    assert (shown["folder"], shown["labels"], shown["unread"]) == ("archive", [label["name"]], True)
    assert do(world, "mail.show", message_id=second)["folder"] == "inbox"
    assert "needs sender_contains or subject_contains" in refused(
        world, "mail.create_filter", sender_contains=" ", move_to="trash"
    )
    assert "needs move_to or label_id" in refused(world, "mail.create_filter", sender_contains="a")
    for number in range(18):
        do(world, "mail.create_filter", sender_contains=f"a{number}", move_to="spam")
    assert "limit_reached" in refused(world, "mail.create_filter", sender_contains="z", move_to="spam")
    assert "not_found" in refused(world, "mail.delete_filter", filter_id=99999)


def test_the_automatic_reply_is_set_and_turned_off() -> None:
    world = new_world()
    today = world.db.today
    do(world, "mail.set_auto_reply", text="Away.", first_day=today, last_day="2199-01-01")
    settings = do(world, "mail.show_settings")
    assert (settings["auto_reply"], settings["auto_reply_from"]) == ("Away.", today)
    assert only_change(world).table == "mail_settings"
    assert "must not be before today" in refused(
        world, "mail.set_auto_reply", text="x", first_day="2000-01-01", last_day=today
    )
    assert "needs a text" in refused(world, "mail.set_auto_reply", text=" ", first_day=today, last_day=today)
    assert do(world, "mail.turn_off_auto_reply") == {"was_on": True}
    assert world.changes() == ()
