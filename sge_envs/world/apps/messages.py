"""Messages: chats with one person and with groups, reactions, pins, stars, unread messages, mute, polls."""

from __future__ import annotations

from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.apps.contacts import contact
from sge_envs.world.clock import plus_minutes
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Date, Ids, Length, Moment, Name, Page, PageSize
from sge_envs.world.letters import PLACES, PROJECTS
from sge_envs.world.operation import Record
from sge_envs.world.people import Person
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import LIKE, Where, like

TABLES = """
CREATE TABLE messages_chats (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('direct', 'group')), title TEXT NOT NULL,
    created_at TEXT NOT NULL, read_until TEXT NOT NULL, muted_until TEXT, pinned INTEGER NOT NULL DEFAULT 0,
    archived INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE messages_members (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chat_id INTEGER NOT NULL REFERENCES messages_chats (id), name TEXT NOT NULL,
    address TEXT NOT NULL, admin INTEGER NOT NULL DEFAULT 0, UNIQUE (chat_id, address)
);
CREATE INDEX messages_members_address ON messages_members (address);
CREATE TABLE messages_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chat_id INTEGER NOT NULL REFERENCES messages_chats (id), sender_name TEXT NOT NULL,
    sender TEXT NOT NULL, text TEXT NOT NULL, sent_at TEXT NOT NULL, edited_at TEXT, pinned INTEGER NOT NULL DEFAULT 0,
    starred INTEGER NOT NULL DEFAULT 0, reply_to INTEGER REFERENCES messages_messages (id)
);
CREATE INDEX messages_messages_chat ON messages_messages (chat_id, sent_at);
CREATE INDEX messages_messages_reply ON messages_messages (reply_to);
CREATE TABLE messages_reactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL REFERENCES messages_messages (id),
    address TEXT NOT NULL, reaction TEXT NOT NULL, UNIQUE (message_id, address)
);
CREATE TABLE messages_polls (
    id INTEGER PRIMARY KEY AUTOINCREMENT, chat_id INTEGER NOT NULL REFERENCES messages_chats (id), author TEXT NOT NULL,
    question TEXT NOT NULL, asked_at TEXT NOT NULL, closed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX messages_polls_chat ON messages_polls (chat_id);
CREATE TABLE messages_options (
    id INTEGER PRIMARY KEY AUTOINCREMENT, poll_id INTEGER NOT NULL REFERENCES messages_polls (id), text TEXT NOT NULL
);
CREATE INDEX messages_options_poll ON messages_options (poll_id);
CREATE TABLE messages_votes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, option_id INTEGER NOT NULL REFERENCES messages_options (id),
    address TEXT NOT NULL, UNIQUE (option_id, address)
);
"""

Kind = Literal["direct", "group"]
Reaction = Literal["like", "love", "laugh", "wow", "sad", "thanks"]
Body = Annotated[str, Length(1, 2_000)]
Options = Annotated[list[Name], Length(2, 10)]
EDIT_MINUTES = 24 * 60
MAX_PINNED = 5
MAX_MEMBERS = 50
_UNREAD = (
    "(SELECT COUNT(*) FROM messages_messages m WHERE m.chat_id = c.id AND m.sent_at > c.read_until "
    "AND m.sender != (SELECT email FROM world_user))"
)
_LISTED = "m.id, m.chat_id, c.title AS chat, m.sender_name, m.sender, m.text, m.sent_at"
_FROM = "FROM messages_messages m JOIN messages_chats c ON c.id = m.chat_id"


# Reading ------------------------------------------------------------------------------------------------------------


def list_chats(
    db: Database,
    query: str | None = None,
    kind: Kind | None = None,
    unread: bool | None = None,
    muted: bool | None = None,
    include_archived: bool = False,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """List the chats, pinned ones first, then those with the newest messages.

    Args:
        query: Words that must stand in the title: a group's name, or the name of the other person.
        kind: Only chats with one person, or only groups.
        unread: Only chats with unread messages (true) or without (false).
        muted: Only muted (true) or only others (false).
        include_archived: Archived chats too.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and chats with id, title, kind, unread (how many), last_at (null without messages), muted_until,
        pinned and archived.
    """
    where = Where()
    where.words(("c.title",), query)
    where.given("c.kind = ?", kind)
    where.given(f"({_UNREAD} > 0) = ?", unread)
    if muted is not None:
        where.add("(c.muted_until IS NOT NULL AND c.muted_until > ?) = ?", db.now, int(muted))
    if not include_archived:
        where.add("c.archived = 0")
    sql = (
        f"SELECT c.id, c.title, c.kind, {_UNREAD} AS unread, (SELECT MAX(sent_at) FROM messages_messages m "
        "WHERE m.chat_id = c.id) AS last_at, c.muted_until, c.pinned, c.archived FROM messages_chats c {where} "
        "ORDER BY c.pinned DESC, last_at DESC, c.id"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"chats": [_flags(row, "pinned", "archived") for row in found]}


def show_chat(db: Database, chat_id: int) -> Record:
    """Show a chat with its members.

    Args:
        chat_id: The chat's id.

    Returns:
        id, title, kind, created_at, muted_until, pinned, archived, and members with name, address and admin.
    """
    row = _chat(db, chat_id)
    sql = "SELECT name, address, admin FROM messages_members WHERE chat_id = ? ORDER BY name, id"
    members = [_flags(one, "admin") for one in db.rows(sql, chat_id)]
    shown = {name: value for name, value in row.items() if name != "read_until"}
    return _flags(shown, "pinned", "archived") | {"members": members}


def list_messages(
    db: Database,
    chat_id: int,
    since: Date | None = None,
    until: Date | None = None,
    only_unread: bool = False,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """List the messages of a chat, the newest first. They do not become read by this: see messages.mark_read.

    Args:
        chat_id: The chat's id.
        since: Sent on this date or later.
        until: Sent on this date or earlier.
        only_unread: Only those that the user has not read.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and messages with id, chat_id, chat, sender_name, sender, text and sent_at.
    """
    chat = _chat(db, chat_id)
    where = Where()
    where.add("m.chat_id = ?", chat_id)
    where.given("m.sent_at >= ?", since)
    where.given("substr(m.sent_at, 1, 10) <= ?", until)
    if only_unread:
        where.add("m.sent_at > ? AND m.sender != ?", chat["read_until"], _me(db))
    return _messages(db, where, page, page_size)


def search(
    db: Database,
    query: str | None = None,
    chat_id: int | None = None,
    sender: str | None = None,
    starred: bool | None = None,
    since: Date | None = None,
    until: Date | None = None,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find messages in all chats, the newest first; every filter that is given must hold.

    Args:
        query: Words that must stand in the text.
        chat_id: Only this chat.
        sender: Part of the sender's name or address.
        starred: Only starred (true) or only others (false).
        since: Sent on this date or later.
        until: Sent on this date or earlier.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and messages with id, chat_id, chat, sender_name, sender, text and sent_at.
    """
    if chat_id is not None:
        _chat(db, chat_id)
    where = Where()
    where.words(("m.text",), query)
    where.given("m.chat_id = ?", chat_id)
    if sender is not None:
        where.add(f"(m.sender {LIKE} OR m.sender_name {LIKE})", like(sender), like(sender))
    where.given("m.starred = ?", starred)
    where.given("m.sent_at >= ?", since)
    where.given("substr(m.sent_at, 1, 10) <= ?", until)
    return _messages(db, where, page, page_size)


def show_message(db: Database, message_id: int) -> Record:
    """Show a message in full.

    Args:
        message_id: The message's id.

    Returns:
        All fields of the message, and reactions with address and reaction.
    """
    row = _message(db, message_id)
    sql = "SELECT address, reaction FROM messages_reactions WHERE message_id = ? ORDER BY id"
    return _flags(row, "pinned", "starred") | {"reactions": db.rows(sql, message_id)}


def list_pinned(db: Database, chat_id: int) -> Record:
    """List the pinned messages of a chat, the oldest first.

    Args:
        chat_id: The chat's id.

    Returns:
        messages, each with id, sender_name, text and sent_at.
    """
    _chat(db, chat_id)
    sql = "SELECT id, sender_name, text, sent_at FROM messages_messages WHERE chat_id = ? AND pinned = 1 ORDER BY sent_at, id"
    return {"messages": db.rows(sql, chat_id)}


def list_polls(db: Database, chat_id: int | None = None, closed: bool | None = None) -> Record:
    """List polls, the newest first, with their results.

    Args:
        chat_id: Only this chat.
        closed: Only closed (true) or only open ones (false).

    Returns:
        polls, each with id, chat_id, chat, author, question, asked_at, closed, my_vote (an option's id, or null), and
        options with id, text and voters (addresses).
    """
    where = Where()
    if chat_id is not None:
        _chat(db, chat_id)
    where.given("p.chat_id = ?", chat_id)
    where.given("p.closed = ?", closed)
    sql = (
        "SELECT p.id, p.chat_id, c.title AS chat, p.author, p.question, p.asked_at, p.closed FROM messages_polls p "
        f"JOIN messages_chats c ON c.id = p.chat_id {where} ORDER BY p.asked_at DESC, p.id DESC"
    )
    polls = []
    for row in db.rows(sql, *where.values):
        options = db.rows("SELECT id, text FROM messages_options WHERE poll_id = ? ORDER BY id", row["id"])
        for option in options:
            voters = "SELECT address FROM messages_votes WHERE option_id = ? ORDER BY address"
            option["voters"] = db.column(voters, option["id"])
        mine = _my_vote(db, row["id"])
        polls.append(_flags(row, "closed") | {"my_vote": mine["option_id"] if mine else None, "options": options})
    return {"polls": polls}


# Writing ------------------------------------------------------------------------------------------------------------


def send(db: Database, chat_id: int, text: Body, reply_to: int | None = None) -> Record:
    """Send a message into a chat.

    Args:
        chat_id: The chat's id.
        text: The text.
        reply_to: A message of the same chat that it answers.

    Returns:
        id of the message.
    """
    _in_chat(db, chat_id)
    if reply_to is not None and _message(db, reply_to)["chat_id"] != chat_id:
        raise invalid(f"The message {reply_to} is in another chat.")
    return {"id": _send(db, chat_id, text, reply_to)}


def start_chat(db: Database, contact_id: int) -> Record:
    """Start a chat with one person, or find the one that there is.

    Args:
        contact_id: A contact with an e-mail address.

    Returns:
        id of the chat and new, whether it was made now.
    """
    person = _reachable(db, contact_id)
    known = db.value(
        "SELECT c.id FROM messages_chats c JOIN messages_members m ON m.chat_id = c.id WHERE c.kind = 'direct' "
        "AND m.address = ?",
        person["email"],
    )
    if known is not None:
        return {"id": known, "new": False}
    return {"id": _new_chat(db, "direct", person["name"], [person]), "new": True}


def create_group(db: Database, title: Name, contact_ids: Ids) -> Record:
    """Make a group with contacts; the user is its admin.

    Args:
        title: Name of the group, not used by another.
        contact_ids: The other members, who need e-mail addresses.

    Returns:
        id of the group and members (how many, the user included).
    """
    _check_title(db, title)
    people = [_reachable(db, one) for one in dict.fromkeys(contact_ids)]
    return {"id": _new_chat(db, "group", title.strip(), people), "members": len(people) + 1}


def edit(db: Database, message_id: int, text: Body) -> Record:
    """Change a message of the user's own, within 24 hours after it was sent.

    Args:
        message_id: The message's id.
        text: The new text.

    Returns:
        id of the message.
    """
    row = _own_message(db, message_id)
    if plus_minutes(row["sent_at"], EDIT_MINUTES) < db.now:
        raise not_allowed(f"The message {message_id} is older than 24 hours: it cannot be changed any more.")
    db.update("messages_messages", message_id, {"text": text, "edited_at": db.now})
    return {"id": message_id}


def delete(db: Database, message_id: int) -> Record:
    """Delete a message of the user's own for everybody; answers to it stay.

    Args:
        message_id: The message's id.

    Returns:
        id of the deleted message.
    """
    _own_message(db, message_id)
    for one in db.column("SELECT id FROM messages_messages WHERE reply_to = ? ORDER BY id", message_id):
        db.update("messages_messages", one, {"reply_to": None})
    db.delete_all("messages_reactions", "message_id", message_id)
    db.delete("messages_messages", message_id)
    return {"id": message_id}


def forward(db: Database, message_id: int, chat_id: int) -> Record:
    """Send the text of a message into another chat, with the name of who wrote it.

    Args:
        message_id: The message's id.
        chat_id: The chat it goes to.

    Returns:
        id of the new message.
    """
    row = _message(db, message_id)
    _in_chat(db, chat_id)
    if row["chat_id"] == chat_id:
        raise invalid(f"The message {message_id} is in this chat already.")
    return {"id": _send(db, chat_id, f"{row['sender_name']}: {row['text']}"[:2_000], None)}


def react(db: Database, message_id: int, reaction: Reaction) -> Record:
    """React to a message; an earlier reaction of the user's is replaced.

    Args:
        message_id: The message's id.
        reaction: The reaction.

    Returns:
        message_id and reaction.
    """
    _in_chat(db, _message(db, message_id)["chat_id"])
    known = _my_reaction(db, message_id)
    if known is not None:
        db.update("messages_reactions", known, {"reaction": reaction})
    else:
        db.insert("messages_reactions", {"message_id": message_id, "address": _me(db), "reaction": reaction})
    return {"message_id": message_id, "reaction": reaction}


def unreact(db: Database, message_id: int) -> Record:
    """Take the user's reaction to a message back.

    Args:
        message_id: The message's id.

    Returns:
        message_id.
    """
    _message(db, message_id)
    known = _my_reaction(db, message_id)
    if known is None:
        raise conflict(f"You have not reacted to the message {message_id}.")
    db.delete("messages_reactions", known)
    return {"message_id": message_id}


def pin_message(db: Database, message_id: int, pinned: bool = True) -> Record:
    """Pin a message in its chat for everybody, or unpin it. In groups only admins can; a chat has 5 pinned messages at most.

    Args:
        message_id: The message's id.
        pinned: True to pin.

    Returns:
        message_id and pinned.
    """
    row = _message(db, message_id)
    _need_admin(db, _in_chat(db, row["chat_id"]))
    sql = "SELECT COUNT(*) FROM messages_messages WHERE chat_id = ? AND pinned = 1"
    if pinned and not row["pinned"] and db.value(sql, row["chat_id"]) >= MAX_PINNED:
        raise limit_reached(f"This chat has {MAX_PINNED} pinned messages already: unpin one first.")
    db.update("messages_messages", message_id, {"pinned": int(pinned)})
    return {"message_id": message_id, "pinned": pinned}


def star_message(db: Database, message_id: int, starred: bool = True) -> Record:
    """Star a message for oneself, or take the star away.

    Args:
        message_id: The message's id.
        starred: True to star.

    Returns:
        message_id and starred.
    """
    _message(db, message_id)
    db.update("messages_messages", message_id, {"starred": int(starred)})
    return {"message_id": message_id, "starred": starred}


def mark_read(db: Database, chat_id: int) -> Record:
    """Mark all messages of a chat as read.

    Args:
        chat_id: The chat's id.

    Returns:
        chat_id and marked, how many were unread.
    """
    _chat(db, chat_id)
    unread = db.value(f"SELECT {_UNREAD} FROM messages_chats c WHERE c.id = ?", chat_id)
    if unread:
        db.update("messages_chats", chat_id, {"read_until": db.now})
    return {"chat_id": chat_id, "marked": unread}


def mute(db: Database, chat_id: int, until: Moment | None) -> Record:
    """Mute a chat, or let it be heard again.

    Args:
        chat_id: The chat's id.
        until: When the silence ends, in the future; null to let it be heard at once.

    Returns:
        chat_id and muted_until.
    """
    _chat(db, chat_id)
    if until is not None and until <= db.now:
        raise invalid(f"until must be in the future: it is {db.now} now.")
    db.update("messages_chats", chat_id, {"muted_until": until})
    return {"chat_id": chat_id, "muted_until": until}


def pin_chat(db: Database, chat_id: int, pinned: bool = True) -> Record:
    """Keep a chat at the top of the list, or no longer.

    Args:
        chat_id: The chat's id.
        pinned: True for the top.

    Returns:
        chat_id and pinned.
    """
    _chat(db, chat_id)
    db.update("messages_chats", chat_id, {"pinned": int(pinned)})
    return {"chat_id": chat_id, "pinned": pinned}


def archive_chat(db: Database, chat_id: int, archived: bool = True) -> Record:
    """Put a chat into the archive, or back.

    Args:
        chat_id: The chat's id.
        archived: True for the archive.

    Returns:
        chat_id and archived.
    """
    _chat(db, chat_id)
    db.update("messages_chats", chat_id, {"archived": int(archived)})
    return {"chat_id": chat_id, "archived": archived}


def rename_group(db: Database, chat_id: int, title: Name) -> Record:
    """Give a group another name. Only its admins can.

    Args:
        chat_id: The group's id.
        title: The new name, not used by another group.

    Returns:
        chat_id and title.
    """
    row = _group(db, chat_id)
    _need_admin(db, row)
    if row["title"] != title.strip():
        _check_title(db, title)
    db.update("messages_chats", chat_id, {"title": title.strip()})
    return {"chat_id": chat_id, "title": title.strip()}


def add_member(db: Database, chat_id: int, contact_id: int) -> Record:
    """Add a contact to a group. Only its admins can.

    Args:
        chat_id: The group's id.
        contact_id: A contact with an e-mail address.

    Returns:
        chat_id and address.
    """
    row, person = _group(db, chat_id), _reachable(db, contact_id)
    _need_admin(db, row)
    if _member(db, chat_id, person["email"]) is not None:
        raise conflict(f"{person['name']} is in {row['title']!r} already.")
    if db.value("SELECT COUNT(*) FROM messages_members WHERE chat_id = ?", chat_id) >= MAX_MEMBERS:
        raise limit_reached(f"A group can have {MAX_MEMBERS} members.")
    db.insert("messages_members", {"chat_id": chat_id, "name": person["name"], "address": person["email"]})
    return {"chat_id": chat_id, "address": person["email"]}


def remove_member(db: Database, chat_id: int, contact_id: int) -> Record:
    """Take a contact out of a group. Only its admins can.

    Args:
        chat_id: The group's id.
        contact_id: A member.

    Returns:
        chat_id and address.
    """
    row, person = _group(db, chat_id), _reachable(db, contact_id)
    _need_admin(db, row)
    known = _member(db, chat_id, person["email"])
    if known is None:
        raise conflict(f"{person['name']} is not in {row['title']!r}.")
    db.delete("messages_members", known["id"])
    return {"chat_id": chat_id, "address": person["email"]}


def leave_group(db: Database, chat_id: int) -> Record:
    """Leave a group: nothing can be written there any more, what was written can still be read. Where the user was the
    only admin, the member whose name comes first becomes admin.

    Args:
        chat_id: The group's id.

    Returns:
        chat_id and new_admin (an address, or null).
    """
    _group(db, chat_id)
    mine = _member(db, chat_id, _me(db))
    assert mine is not None
    db.delete("messages_members", mine["id"])
    sql = "SELECT * FROM messages_members WHERE chat_id = ? ORDER BY admin DESC, name, id"
    heir = db.one(sql, chat_id)
    if heir is None or heir["admin"]:
        return {"chat_id": chat_id, "new_admin": None}
    db.update("messages_members", heir["id"], {"admin": 1})
    return {"chat_id": chat_id, "new_admin": heir["address"]}


def create_poll(db: Database, chat_id: int, question: Name, options: Options) -> Record:
    """Ask the members of a group to vote.

    Args:
        chat_id: The group's id.
        question: The question.
        options: What can be voted for, all different.

    Returns:
        id of the poll and option_ids.
    """
    _group(db, chat_id)
    wanted = [one.strip() for one in options]
    if len({one.casefold() for one in wanted}) < len(wanted):
        raise invalid("The options must all be different.")
    values = {"chat_id": chat_id, "author": _me(db), "question": question.strip(), "asked_at": db.now}
    poll_id = db.insert("messages_polls", values)
    return {"id": poll_id, "option_ids": [_option_row(db, poll_id, one) for one in wanted]}


def vote(db: Database, option_id: int) -> Record:
    """Vote in an open poll; an earlier vote of the user's moves to this option.

    Args:
        option_id: What to vote for: see messages.list_polls.

    Returns:
        poll_id and option_id.
    """
    option = db.get("messages_options", option_id)
    if option is None:
        raise not_found("option of a poll", option_id)
    poll = _open_poll(db, option["poll_id"])
    _in_chat(db, poll["chat_id"])
    mine = _my_vote(db, poll["id"])
    if mine is not None:
        db.update("messages_votes", mine["id"], {"option_id": option_id})
    else:
        db.insert("messages_votes", {"option_id": option_id, "address": _me(db)})
    return {"poll_id": poll["id"], "option_id": option_id}


def close_poll(db: Database, poll_id: int) -> Record:
    """End a poll that the user has made.

    Args:
        poll_id: The poll's id.

    Returns:
        poll_id.
    """
    row = _open_poll(db, poll_id)
    if row["author"] != _me(db):
        raise not_allowed(f"{row['author']} made this poll: only they can close it.")
    db.update("messages_polls", poll_id, {"closed": 1})
    return {"poll_id": poll_id}


# The inside ---------------------------------------------------------------------------------------------------------


def _me(db: Database) -> str:
    return str(db.user["email"])


def _chat(db: Database, chat_id: int) -> Row:
    row = db.get("messages_chats", chat_id)
    if row is None:
        raise not_found("chat", chat_id)
    return row


def _in_chat(db: Database, chat_id: int) -> Row:
    """A chat in which the user can write."""
    row = _chat(db, chat_id)
    if _member(db, chat_id, _me(db)) is None:
        raise not_allowed(f"You have left {row['title']!r}.")
    return row


def _group(db: Database, chat_id: int) -> Row:
    row = _in_chat(db, chat_id)
    if row["kind"] != "group":
        raise not_allowed(f"The chat with {row['title']} is no group.")
    return row


def _member(db: Database, chat_id: int, address: str) -> Row | None:
    return db.one("SELECT * FROM messages_members WHERE chat_id = ? AND address = ?", chat_id, address)


def _need_admin(db: Database, chat: Row) -> None:
    mine = _member(db, chat["id"], _me(db))
    if chat["kind"] == "group" and (mine is None or not mine["admin"]):
        raise not_allowed(f"Only the admins of {chat['title']!r} can do this.")


def _message(db: Database, message_id: int) -> Row:
    row = db.get("messages_messages", message_id)
    if row is None:
        raise not_found("message", message_id)
    return row


def _own_message(db: Database, message_id: int) -> Row:
    row = _message(db, message_id)
    if row["sender"] != _me(db):
        raise not_allowed(f"{row['sender_name']} wrote this message: only they can change it.")
    _in_chat(db, row["chat_id"])
    return row


def _reachable(db: Database, contact_id: int) -> Row:
    row = contact(db, contact_id)
    if not row["email"]:
        raise not_allowed(f"{row['name']} (contact {contact_id}) has no e-mail address and cannot be reached here.")
    return row


def _check_title(db: Database, title: str) -> None:
    sql = "SELECT id FROM messages_chats WHERE kind = 'group' AND title = ? COLLATE NOCASE"
    if db.value(sql, title.strip()) is not None:
        raise conflict(f"There is a group {title.strip()!r} already.")


def _open_poll(db: Database, poll_id: int) -> Row:
    row = db.get("messages_polls", poll_id)
    if row is None:
        raise not_found("poll", poll_id)
    if row["closed"]:
        raise conflict(f"The poll {row['question']!r} is closed.")
    return row


def _my_vote(db: Database, poll_id: int) -> Row | None:
    return db.one(
        "SELECT v.* FROM messages_votes v JOIN messages_options o ON o.id = v.option_id WHERE o.poll_id = ? AND v.address = ?",
        poll_id,
        _me(db),
    )


def _my_reaction(db: Database, message_id: int) -> int | None:
    sql = "SELECT id FROM messages_reactions WHERE message_id = ? AND address = ?"
    found: int | None = db.value(sql, message_id, _me(db))
    return found


def _option_row(db: Database, poll_id: int, text: str) -> int:
    return db.insert("messages_options", {"poll_id": poll_id, "text": text})


def _flags(row: Row, *names: str) -> Row:
    return row | {name: bool(row[name]) for name in names}


def _messages(db: Database, where: Where, page: int, page_size: int) -> Record:
    sql = f"SELECT {_LISTED} {_FROM} {{where}} ORDER BY m.sent_at DESC, m.id DESC"
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"messages": found}


def _send(db: Database, chat_id: int, text: str, reply_to: int | None) -> int:
    user = db.user
    values = {"chat_id": chat_id, "sender_name": user["name"], "sender": user["email"], "text": text}
    return db.insert("messages_messages", values | {"sent_at": db.now, "reply_to": reply_to})


def _new_chat(db: Database, kind: str, title: str, people: list[Row]) -> int:
    values = {"kind": kind, "title": title, "created_at": db.now, "read_until": db.now}
    chat_id, user = db.insert("messages_chats", values), db.user
    db.insert("messages_members", {"chat_id": chat_id, "name": user["name"], "address": user["email"], "admin": 1})
    for person in people:
        db.insert("messages_members", {"chat_id": chat_id, "name": person["name"], "address": person["email"]})
    return chat_id


# The generated history ----------------------------------------------------------------------------------------------

_SAID = (
    *("Who comes to '{event}'?", "'{event}' is still on, right?", "I am late for '{event}', start without me."),
    *("How was the booking of '{trip}'?", "Shall we talk about '{trip}'?", "{place} at {hour}?"),
    *("I have sent you a mail.", "Can somebody bring {number} chairs?", "Where did we leave the keys?"),
    *("{project} is done!", "No idea, ask {person}.", "The code of the door is {number}{number}.", "Thanks!"),
    *("I owe you {number} dollars.", "My train is {number} minutes late.", "Happy birthday, {person}!"),
)
_GROUPS = (
    ("Family", ("family",), 4),
    ("Weekend hikers", ("friend", "neighbour"), 5),
    ("Lunch crew", ("colleague",), 4),
    ("House {street}", ("neighbour",), 3),
    ("Trip planning", ("friend", "family"), 4),
)
_POLLS = (
    ("When shall we meet?", ("Friday", "Saturday", "Sunday")),
    ("Where do we eat?", PLACES[:4]),
    ("What do we give?", ("A book", "A voucher", "Flowers")),
)


def generate(plot: Plot) -> None:
    """Groups of different people and chats with single ones, two weeks of messages, reactions, and polls."""
    dice = plot.dice("messages")
    for place, (title, relations, number) in enumerate(_GROUPS):
        people = some(dice, plot.who(*relations), number)
        chat = _chat_row(plot, dice, "group", title.format(street=plot.me.street), people)
        mine = place % 2 == 0 or dice.chance(0.3)
        plot.rows("messages_members")[-len(people) - 1]["admin"] = int(mine)
        plot.rows("messages_members")[-1]["admin"] = int(not mine)
        _talk(plot, dice, chat, people, dice.integer(6, 9))
        if place < 4:
            _poll_row(plot, dice, chat, people, dice.one(_POLLS))
    for person in some(dice, plot.people, 7):
        _talk(plot, dice, _chat_row(plot, dice, "direct", person.name, [person]), [person], dice.integer(2, 4))


def _chat_row(plot: Plot, dice: Dice, kind: str, title: str, people: list[Person]) -> int:
    values = {"kind": kind, "title": title, "created_at": plot.at(-dice.integer(40, 300), 12)}
    muted = plot.at(dice.integer(1, 20), 8) if dice.chance(0.15) else None
    rest = {"read_until": plot.at(-dice.integer(0, 6), 6), "muted_until": muted}
    chat = plot.add("messages_chats", values | rest | {"archived": int(kind == "direct" and dice.chance(0.12))})
    for person in (plot.me, *people):
        plot.add("messages_members", {"chat_id": chat, "name": person.name, "address": person.email})
    return chat


def _talk(plot: Plot, dice: Dice, chat: int, people: list[Person], number: int) -> None:
    events = [row["title"] for row in plot.rows("calendar_events") if row["organizer"] == plot.me.email]
    trips = [row["name"] for row in plot.rows("travel_trips")]
    times = sorted(plot.at(-dice.integer(1, 14), dice.integer(7, 22), dice.integer(0, 59)) for _ in range(number))
    for at in times:
        sender = plot.me if dice.chance(0.3) else dice.one(people)
        text = dice.one(_SAID).format(
            event=dice.one(events),
            trip=dice.one(trips),
            place=dice.one(PLACES),
            hour=dice.integer(6, 9),
            number=dice.integer(2, 40),
            project=dice.one(PROJECTS),
            person=dice.one(people).first,
        )
        values = {"chat_id": chat, "sender_name": sender.name, "sender": sender.email, "text": text, "sent_at": at}
        message = plot.add("messages_messages", values)
        if dice.chance(0.15):
            other = dice.one(people)
            reaction = {"message_id": message, "address": other.email, "reaction": dice.one(("like", "love", "laugh"))}
            plot.add("messages_reactions", reaction)


def _poll_row(plot: Plot, dice: Dice, chat: int, people: list[Person], asked: tuple[str, tuple[str, ...]]) -> None:
    question, options = asked
    author = dice.one([plot.me, *people])
    values = {"chat_id": chat, "author": author.email, "question": question, "asked_at": plot.at(-2, 12)}
    poll = plot.add("messages_polls", values | {"closed": int(dice.chance(0.2))})
    ids = [plot.add("messages_options", {"poll_id": poll, "text": text}) for text in options]
    for person in people:
        if dice.chance(0.8):
            plot.add("messages_votes", {"option_id": dice.one(ids), "address": person.email})


APP = App(
    name="messages",
    about="Chats with single people and groups: messages, reactions, pins, stars, unread messages, mute, polls.",
    tables=TABLES,
    generate=generate,
    reads=(list_chats, show_chat, list_messages, search, show_message, list_pinned, list_polls),
    writes=(
        *(send, start_chat, create_group, edit, delete, forward, react, unreact, pin_message, star_message, mark_read),
        *(mute, pin_chat, archive_chat, rename_group, add_member, remove_member, leave_group, create_poll, vote),
        *(close_poll,),
    ),
    needs=("contacts", "calendar", "travel"),
)
