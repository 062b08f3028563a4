from __future__ import annotations

import pytest

from sge_envs.world.clock import plus_days, plus_minutes
from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def _contacts(world: World, number: int) -> list[int]:
    rows = world.db.column("SELECT id FROM contacts_people WHERE email != '' ORDER BY id")
    return [int(one) for one in rows[:number]]


def _group(world: World, *, admin: bool = True) -> int:
    """A group in which the user is an admin, or is not."""
    found = world.db.value(
        "SELECT c.id FROM messages_chats c JOIN messages_members m ON m.chat_id = c.id JOIN world_user u "
        "WHERE c.kind = 'group' AND m.address = u.email AND m.admin = ? ORDER BY c.id",
        int(admin),
    )
    assert found is not None
    return int(found)


def _other_message(world: World, chat: int) -> int:
    sql = "SELECT id FROM messages_messages WHERE chat_id = ? AND sender != ? ORDER BY id"
    return int(world.db.value(sql, chat, world.db.user["email"]))


def test_chats_are_listed_with_what_is_unread() -> None:
    world = new_world()
    chats = everything(world, "messages.list_chats", "chats", include_archived=True)
    assert len(chats) == world.db.value("SELECT COUNT(*) FROM messages_chats")
    assert [one["last_at"] for one in chats] == sorted((one["last_at"] for one in chats), reverse=True)
    for chat in chats:
        unread = everything(world, "messages.list_messages", "messages", chat_id=chat["id"], only_unread=True)
        assert len(unread) == chat["unread"]
    for kind in ("direct", "group"):
        found = everything(world, "messages.list_chats", "chats", kind=kind, include_archived=True)
        assert found == [one for one in chats if one["kind"] == kind]
    some = next(one for one in chats if one["unread"])
    assert some["id"] in [
        one["id"] for one in everything(world, "messages.list_chats", "chats", unread=True, include_archived=True)
    ]
    assert do(world, "messages.mark_read", chat_id=some["id"])["marked"] == some["unread"]
    assert only_change(world).columns == ("read_until",)
    assert do(world, "messages.mark_read", chat_id=some["id"])["marked"] == 0


def test_messages_are_found_in_all_chats() -> None:
    world = new_world()
    found = everything(world, "messages.search", "messages")
    assert len(found) == world.db.value("SELECT COUNT(*) FROM messages_messages")
    one = found[3]
    day = one["sent_at"][:10]
    filters = {"chat_id": one["chat_id"], "sender": one["sender_name"].upper(), "since": day, "until": day}
    hits = everything(world, "messages.search", "messages", query=one["text"].split()[0].lower(), **filters)
    assert one in hits
    assert one in everything(world, "messages.list_messages", "messages", chat_id=one["chat_id"], since=day, until=day)
    do(world, "messages.star_message", message_id=one["id"])
    assert everything(world, "messages.search", "messages", starred=True) == [one]
    do(world, "messages.star_message", message_id=one["id"], starred=False)
    assert world.changes() == ()


def test_own_messages_are_sent_edited_and_deleted() -> None:
    world = new_world()
    chat = _group(world)
    first = do(world, "messages.send", chat_id=chat, text="Helo")["id"]
    do(world, "messages.edit", message_id=first, text="Hello")
    answer = do(world, "messages.send", chat_id=chat, text="Me again", reply_to=first)["id"]
    shown = do(world, "messages.show_message", message_id=first)
    assert (shown["text"], shown["edited_at"], shown["sender"]) == ("Hello", world.db.now, world.db.user["email"])
    do(world, "messages.react", message_id=first, reaction="wow")
    do(world, "messages.delete", message_id=first)
    assert do(world, "messages.show_message", message_id=answer)["reply_to"] is None
    assert {table: len(rows) for table, rows in changed(world).items()} == {"messages_messages": 1}
    other = _other_message(world, chat)
    assert "only they can change it" in refused(world, "messages.edit", message_id=other, text="x")
    assert "only they can change it" in refused(world, "messages.delete", message_id=other)
    elsewhere = world.db.value("SELECT id FROM messages_messages WHERE chat_id != ?", chat)
    assert "another chat" in refused(world, "messages.send", chat_id=chat, text="x", reply_to=elsewhere)
    old = plus_minutes(world.db.now, -24 * 60 - 1)
    world.prepare(lambda db: db.update("messages_messages", answer, {"sent_at": old}))
    assert "older than 24 hours" in refused(world, "messages.edit", message_id=answer, text="x")


def test_a_reaction_is_replaced_and_taken_back() -> None:
    world = new_world()
    message = _other_message(world, _group(world))
    before = do(world, "messages.show_message", message_id=message)["reactions"]
    do(world, "messages.react", message_id=message, reaction="like")
    do(world, "messages.react", message_id=message, reaction="sad")
    mine = {"address": world.db.user["email"], "reaction": "sad"}
    assert do(world, "messages.show_message", message_id=message)["reactions"] == [*before, mine]
    do(world, "messages.unreact", message_id=message)
    assert world.changes() == ()
    assert "not reacted" in refused(world, "messages.unreact", message_id=message)


def test_a_forwarded_message_names_its_writer() -> None:
    world = new_world()
    here, there = _group(world), _group(world, admin=False)
    message = _other_message(world, here)
    shown = do(world, "messages.show_message", message_id=message)
    new = do(world, "messages.forward", message_id=message, chat_id=there)["id"]
    assert do(world, "messages.show_message", message_id=new)["text"] == f"{shown['sender_name']}: {shown['text']}"
    assert "in this chat already" in refused(world, "messages.forward", message_id=message, chat_id=here)


def test_only_admins_pin_messages_in_groups_and_five_at_most() -> None:
    world = new_world()
    chat = _group(world)
    ids = [do(world, "messages.send", chat_id=chat, text=str(number))["id"] for number in range(6)]
    for one in ids[:5]:
        do(world, "messages.pin_message", message_id=one)
    assert [one["id"] for one in do(world, "messages.list_pinned", chat_id=chat)["messages"]] == ids[:5]
    assert "5 pinned messages" in refused(world, "messages.pin_message", message_id=ids[5])
    do(world, "messages.pin_message", message_id=ids[0], pinned=False)
    do(world, "messages.pin_message", message_id=ids[5])
    other = _other_message(world, _group(world, admin=False))
    assert "Only the admins" in refused(world, "messages.pin_message", message_id=other)


def test_a_chat_with_a_person_is_started_once() -> None:
    world = new_world()
    known = world.db.column("SELECT title FROM messages_chats WHERE kind = 'direct'")
    rows = world.db.rows("SELECT id, name FROM contacts_people WHERE email != '' ORDER BY id")
    new = next(one for one in rows if one["name"] not in known)
    old = next(one for one in rows if one["name"] in known)
    assert do(world, "messages.start_chat", contact_id=old["id"])["new"] is False
    assert world.changes() == ()
    made = do(world, "messages.start_chat", contact_id=new["id"])
    assert made["new"] is True
    assert do(world, "messages.start_chat", contact_id=new["id"]) == {"id": made["id"], "new": False}
    do(world, "messages.pin_message", message_id=do(world, "messages.send", chat_id=made["id"], text="Hi")["id"])
    assert "is no group" in refused(world, "messages.rename_group", chat_id=made["id"], title="x")
    blank = world.db.value("SELECT id FROM contacts_people WHERE email = ''")
    assert "no e-mail address" in refused(world, "messages.start_chat", contact_id=blank)


def test_a_group_is_made_renamed_and_its_members_change() -> None:
    world = new_world()
    first, second, third = _contacts(world, 3)
    made = do(world, "messages.create_group", title="Chess", contact_ids=[first, second, first])
    chat = made["id"]
    assert made["members"] == len(do(world, "messages.show_chat", chat_id=chat)["members"]) == 3
    assert "already" in refused(world, "messages.create_group", title="chess", contact_ids=[first])
    do(world, "messages.rename_group", chat_id=chat, title="Chess club")
    do(world, "messages.add_member", chat_id=chat, contact_id=third)
    assert "already" in refused(world, "messages.add_member", chat_id=chat, contact_id=third)
    do(world, "messages.remove_member", chat_id=chat, contact_id=first)
    assert "is not in" in refused(world, "messages.remove_member", chat_id=chat, contact_id=first)
    shown = do(world, "messages.show_chat", chat_id=chat)
    assert (shown["title"], len(shown["members"])) == ("Chess club", 3)
    other = _group(world, admin=False)
    assert "Only the admins" in refused(world, "messages.rename_group", chat_id=other, title="Mine")
    assert "Only the admins" in refused(world, "messages.add_member", chat_id=other, contact_id=first)


def test_who_leaves_a_group_can_read_but_not_write() -> None:
    world = new_world()
    people = _contacts(world, 2)
    chat = do(world, "messages.create_group", title="Chess", contact_ids=people)["id"]
    names = [one for one in do(world, "messages.show_chat", chat_id=chat)["members"] if not one["admin"]]
    assert do(world, "messages.leave_group", chat_id=chat)["new_admin"] == names[0]["address"]
    for operation, arguments in (("messages.send", {"text": "x"}), ("messages.leave_group", {})):
        assert "You have left" in refused(world, operation, chat_id=chat, **arguments)
    assert do(world, "messages.list_messages", chat_id=chat)["total"] == 0
    assert do(world, "messages.leave_group", chat_id=_group(world, admin=False))["new_admin"] is None


def test_a_chat_is_muted_pinned_and_archived() -> None:
    world = new_world()
    chat = do(world, "messages.list_chats", muted=False)["chats"][-1]["id"]
    until = plus_days(world.db.now, 1)
    do(world, "messages.mute", chat_id=chat, until=until)
    muted = everything(world, "messages.list_chats", "chats", muted=True, include_archived=True)
    assert (chat, until) in [(one["id"], one["muted_until"]) for one in muted]
    assert "in the future" in refused(world, "messages.mute", chat_id=chat, until=world.db.now)
    do(world, "messages.mute", chat_id=chat, until=None)
    do(world, "messages.pin_chat", chat_id=chat)
    assert do(world, "messages.list_chats")["chats"][0]["id"] == chat
    do(world, "messages.pin_chat", chat_id=chat, pinned=False)
    do(world, "messages.archive_chat", chat_id=chat)
    assert chat not in [one["id"] for one in everything(world, "messages.list_chats", "chats")]
    do(world, "messages.archive_chat", chat_id=chat, archived=False)
    assert {column for one in world.changes() for column in one.columns} <= {"muted_until"}


def test_polls_are_made_voted_on_and_closed() -> None:
    world = new_world()
    chat = _group(world)
    made = do(world, "messages.create_poll", chat_id=chat, question="When?", options=["Today", "Tomorrow"])
    today, tomorrow = made["option_ids"]
    do(world, "messages.vote", option_id=today)
    do(world, "messages.vote", option_id=tomorrow)
    poll = do(world, "messages.list_polls", chat_id=chat, closed=False)["polls"][0]
    assert (poll["id"], poll["my_vote"]) == (made["id"], tomorrow)
    assert [len(one["voters"]) for one in poll["options"]] == [0, 1]
    do(world, "messages.close_poll", poll_id=made["id"])
    assert "is closed" in refused(world, "messages.vote", option_id=today)
    assert "is closed" in refused(world, "messages.close_poll", poll_id=made["id"])
    twice = {"chat_id": chat, "question": "When?", "options": ["Now", "now "]}
    assert "all be different" in refused(world, "messages.create_poll", **twice)
    polls = do(world, "messages.list_polls")["polls"]
    others = [one for one in polls if one["author"] != world.db.user["email"] and not one["closed"]]
    assert "only they can close it" in refused(world, "messages.close_poll", poll_id=others[0]["id"])


@pytest.mark.parametrize("number", range(8))
def test_chats_are_among_contacts_and_speak_of_what_is_there(number: int) -> None:
    db = new_world(number).db
    known = {db.user["email"], *db.column("SELECT email FROM contacts_people")}
    assert set(db.column("SELECT address FROM messages_members")) <= known
    assert db.value("SELECT MAX(sent_at) FROM messages_messages") <= db.now
    strangers = db.value(
        "SELECT COUNT(*) FROM messages_messages m WHERE NOT EXISTS (SELECT 1 FROM messages_members o "
        "WHERE o.chat_id = m.chat_id AND o.address = m.sender)"
    )
    assert strangers == 0
    trips = db.column("SELECT name FROM travel_trips")
    texts = db.column("SELECT text FROM messages_messages")
    assert any(trip in text for trip in trips for text in texts)
    assert db.value("SELECT COUNT(*) FROM messages_polls") == 4
