from __future__ import annotations

from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools


def test_each_option_of_an_open_poll_has_one_button_that_votes() -> None:
    visitor = Visitor()
    polls = visitor.world.call("messages.list_polls").value["polls"]
    options = [option["id"] for poll in polls if not poll["closed"] for option in poll["options"]]
    buttons = visitor.buttons("/messages/list_polls", "Vote")
    assert buttons == [f"/messages/vote?option_id={one}" for one in options]
    visitor.send(buttons[0])
    assert same_as_tools(visitor, ("messages.vote", {"option_id": options[0]}))


def test_a_message_is_written_in_its_chat_and_shows_at_once() -> None:
    visitor = Visitor()
    chat, title = visitor.world.db.rows("SELECT id, title FROM messages_chats WHERE kind = 'group'")[0].values()
    page = f"/messages/list_messages?chat_id={chat}"
    assert f"<h1>{title}</h1>" in visitor.read(page)
    visitor.send(visitor.button(page, "Send"), form="1", text="On my way!")
    assert "On my way!" in visitor.read(page)
    assert same_as_tools(visitor, ("messages.send", {"chat_id": chat, "text": "On my way!"}))


def test_only_own_messages_are_edited_and_only_own_reactions_taken_back() -> None:
    visitor = Visitor()
    me = visitor.world.db.user["email"]
    own = visitor.value("SELECT id FROM messages_messages WHERE sender = ?", me)
    other = visitor.value("SELECT id FROM messages_messages WHERE sender != ?", me)
    assert visitor.buttons(f"/messages/show_message?message_id={own}", "Edit message")
    page = f"/messages/show_message?message_id={other}"
    assert not visitor.buttons(page, "Edit message")
    assert not visitor.buttons(page, "Take reaction back")
    before = visitor.world.key()
    visitor.send(visitor.button(page, "React"), form="1", reaction="wow")
    visitor.send(visitor.button(page, "Take reaction back"))
    assert visitor.world.key() == before


def test_a_chat_is_muted_until_a_time_and_heard_again() -> None:
    visitor = Visitor()
    chat = visitor.value("SELECT id FROM messages_chats WHERE muted_until IS NULL")
    page, before = f"/messages/show_chat?chat_id={chat}", visitor.world.key()
    assert not visitor.buttons(page, "Unmute")
    visitor.send(visitor.button(page, "Mute"), form="1", until="2099-01-01T08:00")
    visitor.send(visitor.button(page, "Unmute"))
    assert visitor.world.key() == before


def test_a_chat_that_is_started_opens() -> None:
    visitor = Visitor()
    person = visitor.value(
        "SELECT id FROM contacts_people WHERE email != '' AND email NOT IN (SELECT address FROM messages_members)"
    )
    led = visitor.send(visitor.button(f"/contacts/show?contact_id={person}", "Chat"))
    assert led == f"/messages/list_messages?chat_id={visitor.value('SELECT MAX(id) FROM messages_chats')}"
    assert "No messages." in visitor.read(led)


def test_only_own_polls_are_closed() -> None:
    visitor = Visitor()
    own = visitor.world.db.column(
        "SELECT id FROM messages_polls WHERE closed = 0 AND author = (SELECT email FROM world_user) ORDER BY id DESC"
    )
    assert visitor.buttons("/messages/list_polls", "Close") == [f"/messages/close_poll?poll_id={one}" for one in own]
