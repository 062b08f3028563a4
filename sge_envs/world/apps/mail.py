"""Mail: messages in folders, threads, labels, filters, drafts and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.apps.files import file, store_file
from sge_envs.world.clock import weekday
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Date, Email, Ids, Length, Name, Page, PageSize, Text
from sge_envs.world.letters import ANSWERS, LETTERS, NEWSLETTERS, PLACES, PROJECTS, SPAM
from sge_envs.world.operation import Record
from sge_envs.world.people import Person
from sge_envs.world.plot import Plot
from sge_envs.world.queries import LIKE, Where, like

TABLES = """
CREATE TABLE mail_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder TEXT NOT NULL CHECK (folder IN ('inbox', 'sent', 'drafts', 'archive', 'spam', 'trash')),
    sender_name TEXT NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, sent_at TEXT NOT NULL,
    unread INTEGER NOT NULL DEFAULT 0, starred INTEGER NOT NULL DEFAULT 0,
    reply_to INTEGER REFERENCES mail_messages (id), thread_id INTEGER REFERENCES mail_messages (id)
);
CREATE INDEX mail_messages_folder ON mail_messages (folder, sent_at);
CREATE INDEX mail_messages_reply ON mail_messages (reply_to);
CREATE INDEX mail_messages_thread ON mail_messages (thread_id);
CREATE TABLE mail_recipients (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL REFERENCES mail_messages (id),
    address TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('to', 'cc'))
);
CREATE INDEX mail_recipients_message ON mail_recipients (message_id);
CREATE TABLE mail_attachments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL REFERENCES mail_messages (id), name TEXT NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX mail_attachments_message ON mail_attachments (message_id);
CREATE TABLE mail_labels (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE mail_tagged (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL REFERENCES mail_messages (id),
    label_id INTEGER NOT NULL REFERENCES mail_labels (id), UNIQUE (message_id, label_id)
);
CREATE INDEX mail_tagged_label ON mail_tagged (label_id);
CREATE TABLE mail_filters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, sender_contains TEXT NOT NULL, subject_contains TEXT NOT NULL,
    move_to TEXT, label_id INTEGER REFERENCES mail_labels (id)
);
CREATE TABLE mail_settings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, signature TEXT NOT NULL, auto_reply TEXT NOT NULL, auto_reply_from TEXT,
    auto_reply_until TEXT
);
"""

Folder = Literal["inbox", "sent", "drafts", "archive", "spam", "trash"]
MoveTo = Literal["inbox", "archive", "spam", "trash"]
Emails = Annotated[list[Email], Length(1, 20)]
Subject = Annotated[str, Length(0, 200)]
FileIds = Annotated[list[int], Length(0, 10)]
MAX_RECIPIENTS = 20
MAX_FILTERS = 20


# Reading ------------------------------------------------------------------------------------------------------------


def list_folders(db: Database) -> Record:
    """List the folders with the number of messages and of unread messages in each.

    Returns:
        folders, each with folder, messages and unread.
    """
    found = {
        row["folder"]: row
        for row in db.rows(
            "SELECT folder, COUNT(*) AS messages, SUM(unread) AS unread FROM mail_messages GROUP BY folder"
        )
    }
    names = ("inbox", "sent", "drafts", "archive", "spam", "trash")
    return {"folders": [found.get(name, {"folder": name, "messages": 0, "unread": 0}) for name in names]}


def search(
    db: Database,
    query: str | None = None,
    folder: Folder | None = None,
    sender: str | None = None,
    recipient: Email | None = None,
    label: str | None = None,
    unread: bool | None = None,
    starred: bool | None = None,
    has_attachment: bool | None = None,
    since: Date | None = None,
    until: Date | None = None,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find messages, the newest first; every filter that is given must hold.

    Without a folder, trash and spam are left out.

    Args:
        query: Words that must stand in subject or body.
        folder: Only this folder.
        sender: Part of the sender's name or address.
        recipient: An address the message went to, as to or cc.
        label: Name of a label.
        unread: Only unread (true) or only read (false) messages.
        starred: Only starred (true) or only others (false).
        has_attachment: Only messages with an attachment (true) or without (false).
        since: Sent on this date or later.
        until: Sent on this date or earlier.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and messages with id, folder, sender, sender_name, subject, sent_at, unread and starred.
    """
    where = Where()
    if folder is None:
        where.add("folder NOT IN ('trash', 'spam')")
    where.words(("subject", "body"), query)
    where.given("folder = ?", folder)
    if sender is not None:
        where.add(f"(sender {LIKE} OR sender_name {LIKE})", like(sender), like(sender))
    where.given("id IN (SELECT message_id FROM mail_recipients WHERE address = ?)", recipient)
    if label is not None:
        where.add("id IN (SELECT message_id FROM mail_tagged WHERE label_id = ?)", _label_named(db, label))
    where.given("unread = ?", unread)
    where.given("starred = ?", starred)
    where.given("(id IN (SELECT message_id FROM mail_attachments)) = ?", has_attachment)
    where.given("sent_at >= ?", since)
    where.given("substr(sent_at, 1, 10) <= ?", until)
    sql = (
        "SELECT id, folder, sender, sender_name, subject, sent_at, unread, starred FROM mail_messages {where} "
        "ORDER BY sent_at DESC, id DESC"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"messages": [_flags(row) for row in found]}


def show(db: Database, message_id: int) -> Record:
    """Show a message in full. It does not become read by this: see mail.mark_read.

    Args:
        message_id: The message's id.

    Returns:
        All fields of the message, with to, cc and labels as lists, and attachments with id and name.
    """
    return _full(db, _message(db, message_id))


def read_attachment(db: Database, attachment_id: int) -> Record:
    """Read what was attached to a message.

    Args:
        attachment_id: The attachment's id: see mail.show.

    Returns:
        name and content.
    """
    row = _attachment(db, attachment_id)
    return {"name": row["name"], "content": row["content"]}


def show_thread(db: Database, message_id: int) -> Record:
    """Show all messages of the conversation that a message belongs to, the oldest first.

    Args:
        message_id: Any message of the conversation.

    Returns:
        messages, each as mail.show gives it.
    """
    row = _message(db, message_id)
    root = row["thread_id"] or row["id"]
    found = db.rows("SELECT * FROM mail_messages WHERE id = ? OR thread_id = ? ORDER BY sent_at, id", root, root)
    return {"messages": [_full(db, one) for one in found]}


def list_labels(db: Database) -> Record:
    """List the labels.

    Returns:
        labels, each with id, name and messages (how many have it).
    """
    return {
        "labels": db.rows(
            "SELECT l.id, l.name, COUNT(t.id) AS messages FROM mail_labels l "
            "LEFT JOIN mail_tagged t ON t.label_id = l.id GROUP BY l.id ORDER BY l.name"
        )
    }


def list_filters(db: Database) -> Record:
    """List the filters that sort incoming mail.

    Returns:
        filters, each with id, sender_contains, subject_contains, move_to and label.
    """
    return {
        "filters": db.rows(
            "SELECT f.id, f.sender_contains, f.subject_contains, f.move_to, l.name AS label FROM mail_filters f "
            "LEFT JOIN mail_labels l ON l.id = f.label_id ORDER BY f.id"
        )
    }


def show_settings(db: Database) -> Record:
    """Show the signature and the automatic reply.

    Returns:
        signature, auto_reply (empty when off), auto_reply_from and auto_reply_until.
    """
    found = _settings(db)
    return {name: value for name, value in found.items() if name != "id"}


# Writing ------------------------------------------------------------------------------------------------------------


def send(
    db: Database, to: Emails, subject: Subject, body: Text, cc: Emails | None = None, attach: FileIds | None = None
) -> Record:
    """Send a new message. The signature is added to the body.

    Args:
        to: Addresses it goes to.
        subject: The subject, not empty.
        body: The text.
        cc: Addresses that get a copy.
        attach: Ids of files to attach: see files.search.

    Returns:
        id of the message in the folder sent.
    """
    if not subject.strip():
        raise invalid("A message needs a subject.")
    message_id = _send(db, to, cc or [], subject, body, None)
    _attach(db, message_id, attach or [])
    return {"id": message_id}


def reply(db: Database, message_id: int, body: Text, reply_all: bool = False, attach: FileIds | None = None) -> Record:
    """Answer a message; the subject gets "Re:".

    Args:
        message_id: The message to answer, not a draft.
        body: The text.
        reply_all: Answer also to everybody else who got the message.
        attach: Ids of files to attach: see files.search.

    Returns:
        id of the answer in the folder sent.
    """
    row = _message(db, message_id)
    if row["folder"] == "drafts":
        raise not_allowed("A draft cannot be answered.")
    own = _addresses(db)
    heads = _recipients(db, message_id)
    to = [row["sender"]] if row["sender"] not in own else heads["to"]
    cc = []
    if reply_all:
        cc = [one for one in (*heads["to"], *heads["cc"]) if one not in own and one not in to]
    answer = _send(db, to, list(dict.fromkeys(cc)), _prefixed("Re", row["subject"]), body, row)
    _attach(db, answer, attach or [])
    return {"id": answer}


def forward(db: Database, message_id: int, to: Emails, comment: Text = "") -> Record:
    """Send a message on to other people; the subject gets "Fwd:" the text is quoted below the comment, and the
    attachments go along.

    Args:
        message_id: The message to send on, not a draft.
        to: Addresses it goes to.
        comment: Text above the quoted message.

    Returns:
        id of the message in the folder sent.
    """
    row = _message(db, message_id)
    if row["folder"] == "drafts":
        raise not_allowed("A draft cannot be forwarded.")
    quoted = f"{comment}\n\n---- Forwarded message from {row['sender_name']} <{row['sender']}>, {row['sent_at']} ----\n"
    forwarded = _send(db, to, [], _prefixed("Fwd", row["subject"]), (quoted + row["body"]).lstrip(), None)
    for one in _attachments(db, message_id):
        db.insert("mail_attachments", {"message_id": forwarded, "name": one["name"], "content": one["content"]})
    return {"id": forwarded}


def save_draft(db: Database, to: list[Email], subject: Subject = "", body: Text = "") -> Record:
    """Keep an unfinished message in the folder drafts.

    Args:
        to: Addresses it will go to, possibly none yet.
        subject: The subject.
        body: The text.

    Returns:
        id of the draft.
    """
    return {"id": _store(db, "drafts", _addresses(db)[0], db.user["name"], subject, body, to, [])}


def update_draft(
    db: Database, draft_id: int, to: list[Email] | None = None, subject: Subject | None = None, body: Text | None = None
) -> Record:
    """Change a draft; what is not given stays.

    Args:
        draft_id: The draft's id.
        to: New addresses, in place of the old ones.
        subject: New subject.
        body: New text.

    Returns:
        id of the draft.
    """
    _draft(db, draft_id)
    given = {"subject": subject, "body": body}
    db.update("mail_messages", draft_id, {name: value for name, value in given.items() if value is not None})
    if to is not None:
        db.delete_all("mail_recipients", "message_id", draft_id)
        _address(db, draft_id, to, "to")
    return {"id": draft_id}


def send_draft(db: Database, draft_id: int) -> Record:
    """Send a draft as it is; it moves to the folder sent.

    Args:
        draft_id: The draft's id.

    Returns:
        id of the message.
    """
    row = _draft(db, draft_id)
    heads = _recipients(db, draft_id)
    if not heads["to"]:
        raise conflict("This draft has no address to go to: set one with mail.update_draft.")
    if not row["subject"].strip():
        raise conflict("This draft has no subject: set one with mail.update_draft.")
    db.update("mail_messages", draft_id, {"folder": "sent", "sent_at": db.now})
    return {"id": draft_id}


def save_attachment(db: Database, attachment_id: int, folder_id: int, name: Name | None = None) -> Record:
    """Save an attachment as a file.

    Args:
        attachment_id: The attachment's id: see mail.show.
        folder_id: The folder of files it goes into: see files.list_folder.
        name: Name of the file; by default the attachment's.

    Returns:
        file_id.
    """
    row = _attachment(db, attachment_id)
    return {"file_id": store_file(db, folder_id, name or row["name"], row["content"])}


def move(db: Database, message_ids: Ids, folder: MoveTo) -> Record:
    """Move messages to another folder. Drafts and sent messages can only go to the trash.

    Args:
        message_ids: The messages.
        folder: Where to.

    Returns:
        moved, how many changed their folder.
    """
    rows = [_message(db, one) for one in dict.fromkeys(message_ids)]
    for row in rows:
        if row["folder"] in ("drafts", "sent") and folder != "trash":
            raise not_allowed(f"Message {row['id']} is in {row['folder']} and can only be moved to the trash.")
    moving = [row for row in rows if row["folder"] != folder]
    for row in moving:
        db.update("mail_messages", row["id"], {"folder": folder})
    return {"moved": len(moving)}


def mark_read(db: Database, message_ids: Ids, read: bool = True) -> Record:
    """Mark messages as read or as unread.

    Args:
        message_ids: The messages.
        read: True for read, false for unread.

    Returns:
        marked, how many messages were named.
    """
    return {"marked": _set(db, message_ids, "unread", int(not read))}


def star(db: Database, message_ids: Ids, starred: bool = True) -> Record:
    """Star messages, or take their stars away.

    Args:
        message_ids: The messages.
        starred: True to star.

    Returns:
        marked, how many messages were named.
    """
    return {"marked": _set(db, message_ids, "starred", int(starred))}


def delete_forever(db: Database, message_id: int) -> Record:
    """Delete a message of the trash for good.

    Args:
        message_id: A message in the folder trash.

    Returns:
        id of the deleted message.
    """
    if _message(db, message_id)["folder"] != "trash":
        raise not_allowed("Only messages in the trash can be deleted for good: move it there first.")
    _destroy(db, message_id)
    return {"id": message_id}


def empty_trash(db: Database) -> Record:
    """Delete all messages of the trash for good.

    Returns:
        deleted, how many there were.
    """
    ids = db.column("SELECT id FROM mail_messages WHERE folder = 'trash' ORDER BY id")
    for one in ids:
        _destroy(db, one)
    return {"deleted": len(ids)}


def create_label(db: Database, name: Name) -> Record:
    """Make a label.

    Args:
        name: Its name, not used by another label.

    Returns:
        id of the label.
    """
    _check_label_name(db, name)
    return {"id": db.insert("mail_labels", {"name": name.strip()})}


def rename_label(db: Database, label_id: int, name: Name) -> Record:
    """Give a label another name.

    Args:
        label_id: The label's id.
        name: The new name, not used by another label.

    Returns:
        id and name.
    """
    if _label(db, label_id)["name"] != name.strip():
        _check_label_name(db, name)
    db.update("mail_labels", label_id, {"name": name.strip()})
    return {"id": label_id, "name": name.strip()}


def delete_label(db: Database, label_id: int) -> Record:
    """Delete a label that no filter uses; its messages stay.

    Args:
        label_id: The label's id.

    Returns:
        id of the deleted label.
    """
    _label(db, label_id)
    if db.value("SELECT id FROM mail_filters WHERE label_id = ?", label_id) is not None:
        raise conflict("A filter uses this label: delete the filter first.")
    db.delete_all("mail_tagged", "label_id", label_id)
    db.delete("mail_labels", label_id)
    return {"id": label_id}


def add_label(db: Database, message_ids: Ids, label_id: int) -> Record:
    """Put a label on messages.

    Args:
        message_ids: The messages.
        label_id: The label's id.

    Returns:
        labelled, how many did not have it before.
    """
    _label(db, label_id)
    for one in message_ids:
        _message(db, one)
    return {"labelled": sum(_tag(db, one, label_id) for one in message_ids)}


def remove_label(db: Database, message_id: int, label_id: int) -> Record:
    """Take a label off a message.

    Args:
        message_id: The message's id.
        label_id: The label's id.

    Returns:
        message_id and label_id.
    """
    _message(db, message_id)
    name = _label(db, label_id)["name"]
    found = db.value("SELECT id FROM mail_tagged WHERE message_id = ? AND label_id = ?", message_id, label_id)
    if found is None:
        raise conflict(f"Message {message_id} does not have the label {name!r}.")
    db.delete("mail_tagged", found)
    return {"message_id": message_id, "label_id": label_id}


def create_filter(
    db: Database,
    sender_contains: str = "",
    subject_contains: str = "",
    move_to: MoveTo | None = None,
    label_id: int | None = None,
) -> Record:
    """Make a filter that moves or labels messages when they come in; there can be 20.

    Args:
        sender_contains: Part of the sender's address.
        subject_contains: Part of the subject.
        move_to: The folder to move such messages to.
        label_id: The label to put on such messages.

    Returns:
        id of the filter.
    """
    if not sender_contains.strip() and not subject_contains.strip():
        raise invalid("A filter needs sender_contains or subject_contains.")
    if move_to is None and label_id is None:
        raise invalid("A filter needs move_to or label_id.")
    if label_id is not None:
        _label(db, label_id)
    if db.value("SELECT COUNT(*) FROM mail_filters") >= MAX_FILTERS:
        raise limit_reached(f"There are {MAX_FILTERS} filters, and no more are allowed: delete one first.")
    values = {
        "sender_contains": sender_contains.strip(),
        "subject_contains": subject_contains.strip(),
        "move_to": move_to,
        "label_id": label_id,
    }
    return {"id": db.insert("mail_filters", values)}


def delete_filter(db: Database, filter_id: int) -> Record:
    """Delete a filter.

    Args:
        filter_id: The filter's id.

    Returns:
        id of the deleted filter.
    """
    if db.get("mail_filters", filter_id) is None:
        raise not_found("filter", filter_id)
    db.delete("mail_filters", filter_id)
    return {"id": filter_id}


def set_signature(db: Database, signature: Text) -> Record:
    """Set the text that is added below every message sent.

    Args:
        signature: The new signature; empty for none.

    Returns:
        signature.
    """
    db.update("mail_settings", _settings(db)["id"], {"signature": signature})
    return {"signature": signature}


def set_auto_reply(db: Database, text: Text, first_day: Date, last_day: Date) -> Record:
    """Answer every incoming message automatically for some days.

    Args:
        text: The answer, not empty.
        first_day: The first day, not in the past.
        last_day: The last day.

    Returns:
        auto_reply_from and auto_reply_until.
    """
    if not text.strip():
        raise invalid("An automatic reply needs a text: mail.turn_off_auto_reply ends it.")
    if not db.today <= first_day <= last_day:
        raise invalid(f"The first day must not be before today ({db.today}) nor after the last day.")
    values = {"auto_reply": text, "auto_reply_from": first_day, "auto_reply_until": last_day}
    db.update("mail_settings", _settings(db)["id"], values)
    return {"auto_reply_from": first_day, "auto_reply_until": last_day}


def turn_off_auto_reply(db: Database) -> Record:
    """End the automatic reply.

    Returns:
        was_on, whether there was one.
    """
    found = _settings(db)
    db.update("mail_settings", found["id"], {"auto_reply": "", "auto_reply_from": None, "auto_reply_until": None})
    return {"was_on": bool(found["auto_reply"])}


# For other apps -----------------------------------------------------------------------------------------------------


def deliver(db: Database, sender_name: str, sender: str, subject: str, body: str) -> int:
    """Let a message come in, as the apps do to confirm things: the filters sort it. Its id is returned."""
    message_id = _store(db, "inbox", sender, sender_name, subject, body, [db.user["email"]], [], unread=True)
    for one in db.rows("SELECT * FROM mail_filters ORDER BY id"):
        if one["sender_contains"].lower() in sender.lower() and one["subject_contains"].lower() in subject.lower():
            if one["move_to"]:
                db.update("mail_messages", message_id, {"folder": one["move_to"]})
            if one["label_id"]:
                _tag(db, message_id, one["label_id"])
    return message_id


def record_mail(
    plot: Plot,
    sender: tuple[str, str],
    to: list[str],
    subject: str,
    body: str,
    sent_at: str,
    *,
    folder: Folder = "inbox",
    unread: bool = False,
    reply_to: Mapping[str, object] | None = None,
    attached: Sequence[tuple[str, str]] = (),
) -> int:
    """Put a message into a world being made.

    ``sender`` is name and address, ``reply_to`` the row it answers, ``attached`` are names and contents.
    """
    answered = reply_to or {}
    values = {
        "folder": folder,
        "sender_name": sender[0],
        "sender": sender[1],
        "subject": subject,
        "body": body,
        "sent_at": sent_at,
        "unread": int(unread),
        "reply_to": answered.get("id"),
        "thread_id": answered.get("thread_id") or answered.get("id"),
    }
    message_id = plot.add("mail_messages", values)
    for address in to:
        plot.add("mail_recipients", {"message_id": message_id, "address": address, "kind": "to"})
    for name, content in attached:
        plot.add("mail_attachments", {"message_id": message_id, "name": name, "content": content})
    return message_id


# The inside ---------------------------------------------------------------------------------------------------------


def _message(db: Database, message_id: int) -> Row:
    row = db.get("mail_messages", message_id)
    if row is None:
        raise not_found("message", message_id)
    return row


def _draft(db: Database, draft_id: int) -> Row:
    row = _message(db, draft_id)
    if row["folder"] != "drafts":
        raise not_allowed(f"Message {draft_id} is in {row['folder']}, and is no draft.")
    return row


def _attachment(db: Database, attachment_id: int) -> Row:
    row = db.get("mail_attachments", attachment_id)
    if row is None:
        raise not_found("attachment", attachment_id)
    return row


def _attachments(db: Database, message_id: int) -> list[Row]:
    return db.rows("SELECT * FROM mail_attachments WHERE message_id = ? ORDER BY id", message_id)


def _attach(db: Database, message_id: int, file_ids: list[int]) -> None:
    for file_id in dict.fromkeys(file_ids):
        row = file(db, file_id)
        if row["trashed"]:
            raise conflict(f"{row['name']} is in the trash: restore it first.")
        db.insert("mail_attachments", {"message_id": message_id, "name": row["name"], "content": row["content"]})


def _label(db: Database, label_id: int) -> Row:
    row = db.get("mail_labels", label_id)
    if row is None:
        raise not_found("label", label_id)
    return row


def _label_named(db: Database, name: str) -> int:
    found = db.value("SELECT id FROM mail_labels WHERE name = ? COLLATE NOCASE", name.strip())
    if found is None:
        raise not_found("label", name)
    return int(found)


def _check_label_name(db: Database, name: str) -> None:
    if db.value("SELECT id FROM mail_labels WHERE name = ? COLLATE NOCASE", name.strip()) is not None:
        raise conflict(f"There is a label {name.strip()!r} already.")


def _settings(db: Database) -> Row:
    found = db.one("SELECT * FROM mail_settings")
    assert found is not None
    return found


def _addresses(db: Database) -> tuple[str, str]:
    user = db.user
    return user["email"], user["work_email"]


def _recipients(db: Database, message_id: int) -> dict[str, list[str]]:
    heads: dict[str, list[str]] = {"to": [], "cc": []}
    for row in db.rows("SELECT kind, address FROM mail_recipients WHERE message_id = ? ORDER BY id", message_id):
        heads[row["kind"]].append(row["address"])
    return heads


def _flags(row: Row) -> Row:
    return row | {"unread": bool(row["unread"]), "starred": bool(row["starred"])}


def _full(db: Database, row: Row) -> Row:
    labels = db.column(
        "SELECT l.name FROM mail_labels l JOIN mail_tagged t ON t.label_id = l.id WHERE t.message_id = ? ORDER BY l.name",
        row["id"],
    )
    attachments = [{"id": one["id"], "name": one["name"]} for one in _attachments(db, row["id"])]
    return _flags(row) | _recipients(db, row["id"]) | {"labels": labels, "attachments": attachments}


def _prefixed(sign: str, subject: str) -> str:
    return subject if subject.lower().startswith(f"{sign.lower()}:") else f"{sign}: {subject}"[:200]


def _send(db: Database, to: list[str], cc: list[str], subject: str, body: str, answered: Row | None) -> int:
    to = list(dict.fromkeys(to))
    cc = [one for one in dict.fromkeys(cc) if one not in to]
    if len(to) + len(cc) > MAX_RECIPIENTS:
        raise limit_reached(f"A message can go to {MAX_RECIPIENTS} addresses, not to {len(to) + len(cc)}.")
    signature = _settings(db)["signature"]
    text = f"{body}\n\n{signature}" if signature else body
    return _store(db, "sent", db.user["email"], db.user["name"], subject, text, to, cc, answered=answered)


def _store(
    db: Database,
    folder: str,
    sender: str,
    sender_name: str,
    subject: str,
    body: str,
    to: list[str],
    cc: list[str],
    *,
    unread: bool = False,
    answered: Row | None = None,
) -> int:
    values = {
        "folder": folder,
        "sender_name": sender_name,
        "sender": sender,
        "subject": subject,
        "body": body,
        "sent_at": db.now,
        "unread": int(unread),
        "reply_to": answered["id"] if answered else None,
        "thread_id": (answered["thread_id"] or answered["id"]) if answered else None,
    }
    message_id = db.insert("mail_messages", values)
    _address(db, message_id, to, "to")
    _address(db, message_id, cc, "cc")
    return message_id


def _address(db: Database, message_id: int, addresses: list[str], kind: str) -> None:
    for address in dict.fromkeys(addresses):
        db.insert("mail_recipients", {"message_id": message_id, "address": address, "kind": kind})


def _set(db: Database, message_ids: list[int], column: str, value: int) -> int:
    wanted = list(dict.fromkeys(message_ids))
    for one in wanted:
        _message(db, one)
        db.update("mail_messages", one, {column: value})
    return len(wanted)


def _tag(db: Database, message_id: int, label_id: int) -> bool:
    if db.value("SELECT id FROM mail_tagged WHERE message_id = ? AND label_id = ?", message_id, label_id) is not None:
        return False
    db.insert("mail_tagged", {"message_id": message_id, "label_id": label_id})
    return True


def _destroy(db: Database, message_id: int) -> None:
    """Delete a message; what answered it or hung on its thread goes on without it."""
    for one in db.column("SELECT id FROM mail_messages WHERE reply_to = ?", message_id):
        db.update("mail_messages", one, {"reply_to": None})
    rest = db.column("SELECT id FROM mail_messages WHERE thread_id = ? ORDER BY id", message_id)
    for one in rest:  # the oldest message left becomes the root of the thread
        db.update("mail_messages", one, {"thread_id": None if one == rest[0] else rest[0]})
    db.delete_all("mail_recipients", "message_id", message_id)
    db.delete_all("mail_tagged", "message_id", message_id)
    db.delete_all("mail_attachments", "message_id", message_id)
    db.delete("mail_messages", message_id)


# The generated history ----------------------------------------------------------------------------------------------


def generate(plot: Plot) -> None:
    """Letters from everybody, answers to some, newsletters, spam, drafts, labels, a filter."""
    dice = plot.dice("mail")
    labels = [
        plot.add("mail_labels", {"name": name}) for name in ("Bills", "Family", "Follow up", "Receipts", "Travel")
    ]
    plot.add("mail_settings", {"signature": "", "auto_reply": ""})
    plot.add("mail_filters", {"sender_contains": "cheap-watches", "subject_contains": "", "move_to": "spam"})
    for person in plot.people:
        for _ in range(dice.integer(1, 4)):
            _letter(plot, dice, person, labels)
    for sender, name, subject, body in SPAM + NEWSLETTERS:
        folder: Folder = "spam" if (sender, name, subject, body) in SPAM else "inbox"
        for _ in range(dice.integer(1, 2)):
            words = _words(plot, dice)
            at = plot.at(-dice.integer(1, 40), dice.integer(6, 21))
            record_mail(
                plot, (name, sender), [plot.me.email], subject.format(**words), body.format(**words), at, folder=folder
            )
    for person in dice.shuffle(plot.people)[:2]:
        at = plot.at(-dice.integer(1, 5), 20)
        body = f"Hi {person.first},\n\nI wanted to ask"
        record_mail(plot, (plot.me.name, plot.me.email), [person.email], "A question", body, at, folder="drafts")


def _letter(plot: Plot, dice: Dice, person: Person, labels: list[int]) -> None:
    days = dice.integer(1, 60)
    words = _words(plot, dice) | {"me": plot.me.first, "sender": person.first}
    subject, body = dice.one(LETTERS[person.relation])
    filed = dice.chance(0.25)
    me = (plot.me.name, plot.me.email)
    message_id = record_mail(
        plot,
        (person.name, person.email),
        [plot.me.email],
        subject.format(**words),
        body.format(**words),
        plot.at(-days, dice.integer(7, 20), dice.integer(0, 59)),
        folder="archive" if filed else "inbox",
        unread=not filed and days < 12 and dice.chance(0.6),
    )
    row = plot.rows("mail_messages")[-1]
    if dice.chance(0.12):
        plot.add("mail_tagged", {"message_id": message_id, "label_id": dice.one(labels)})
    if not row["unread"] and dice.chance(0.4):
        answer = dice.one(ANSWERS).format(**words)
        at = plot.at(-max(days - 1, 1), 21, dice.integer(0, 59))
        record_mail(plot, me, [person.email], f"Re: {row['subject']}", answer, at, folder="sent", reply_to=row)


def _words(plot: Plot, dice: Dice) -> dict[str, str]:
    return {
        "project": dice.one(PROJECTS),
        "place": dice.one(PLACES),
        "day": weekday(plot.day(dice.integer(1, 6))),
        "number": str(dice.integer(3, 40)),
    }


APP = App(
    name="mail",
    about="E-mail: messages in folders, conversations, attachments, drafts, labels, filters, signature and automatic reply.",
    tables=TABLES,
    generate=generate,
    reads=(list_folders, search, show, read_attachment, show_thread, list_labels, list_filters, show_settings),
    writes=(
        *(send, reply, forward, save_draft, update_draft, send_draft, save_attachment, move, mark_read, star),
        *(delete_forever, empty_trash, create_label, rename_label, delete_label, add_label, remove_label),
        *(create_filter, delete_filter),
        *(set_signature, set_auto_reply, turn_off_auto_reply),
    ),
    needs=("contacts", "files"),
)
