"""The pages of the messages: chats, what was said, polls."""

from __future__ import annotations

from sge_envs.ui.pages.shared import CONTACT, marking
from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing

CHAT = {"chat_id": "id"}
HERE = {"chat_id": "chat_id"}
MESSAGE = {"message_id": "id"}
SAID = ("text", ("sender_name", "From"), ("sent_at", "Sent"))


def _is_group(chat: Record) -> bool:
    return bool(chat["kind"] == "group")


def _is_open(poll: Record) -> bool:
    return not poll["closed"]


def _is_mine(message: Record) -> bool:
    return bool(message["mine"])


def _with_chat(found: Record, _: Look) -> Record:
    """The messages with the name of their chat."""
    return {**found, "chat": next((message["chat"] for message in found["messages"]), "Chat")}


def _with_owner(message: Record, look: Look) -> Record:
    """The message with the name of its chat, and with what in it is the user's."""
    me = look("contacts.my_profile", {}).value["email"]
    return {
        **message,
        "chat": look("messages.show_chat", {"chat_id": message["chat_id"]}).value["title"],
        "mine": message["sender"] == me,
        "reacted": any(one["address"] == me for one in message["reactions"]),
    }


def _can_be_closed(poll: Record) -> bool:
    return _is_open(poll) and _is_mine(poll)


def _with_votes(found: Record, look: Look) -> Record:
    """The options of all polls as a list of their own, and which polls are the user's."""
    me = look("contacts.my_profile", {}).value["email"]
    polls, options = [], []
    for poll in found["polls"]:
        texts = {option["id"]: option["text"] for option in poll["options"]}
        polls.append({**poll, "my_vote": texts.get(poll["my_vote"]), "mine": poll["author"] == me})
        options += [{**poll, **option, "votes": len(option["voters"])} for option in poll["options"]]
    return {"polls": polls, "options": options}


def _switch(operation: str, give: dict[str, str], argument: str, on: str, off: str) -> tuple[Go, Go]:
    """The two buttons of something that a chat or a message is or is not."""
    return (
        Go(operation, give, {argument: True}, on, lambda record: not record[argument]),
        Go(operation, give, {argument: False}, off, lambda record: record[argument]),
    )


PAGES = AppPages(
    app="messages",
    title="Messages",
    tabs=(
        Tab("list_chats", "Chats"),
        Tab("list_chats", "With archive", {"include_archived": True}),
        Tab("search", "Find a message"),
        Tab("search", "Starred", {"starred": True}),
        Tab("list_polls", "Polls"),
    ),
    search="list_chats",
    pages=(
        Page(
            "list_chats",
            rows=(
                Rows(
                    "chats",
                    (("title", "Chat"), "kind", "unread", ("last_at", "Last message"), "muted_until", "marks"),
                    link=Go("list_messages", CHAT),
                    actions=(Go("show_chat", CHAT, label="Details"),),
                    empty="No chats.",
                ),
            ),
            actions=(Go("start_chat"), Go("create_group", label="New group")),
            shape=marking("chats", "pinned", "archived"),
        ),
        Page(
            "list_messages",
            title="chat",
            rows=(Rows("messages", SAID, link=Go("show_message", MESSAGE), empty="No messages."),),
            actions=(
                Go("show_chat", HERE, label="Details"),
                Go("mark_read", HERE, label="Mark as read"),
                Go("list_pinned", HERE, label="Pinned messages"),
                Go("list_polls", HERE, label="Polls"),
                Go("send", HERE, {"reply_to": None}, inline=True),
            ),
            shape=_with_chat,
        ),
        Page(
            "show_chat",
            title="title",
            fields=("kind", "created_at", "muted_until", "pinned", "archived"),
            rows=(
                Rows("members", ("name", "address", "admin"), link=Go("contacts.find_by_email", {"email": "address"})),
            ),
            actions=(
                Go("list_messages", CHAT, label="Messages"),
                Go("mute", CHAT),
                Go("mute", CHAT, {"until": None}, "Unmute", lambda chat: chat["muted_until"] is not None),
                *_switch("pin_chat", CHAT, "pinned", "Pin", "Unpin"),
                *_switch("archive_chat", CHAT, "archived", "Archive", "Bring back"),
                Go("rename_group", CHAT, label="Rename", when=_is_group),
                Go("add_member", CHAT, when=_is_group),
                Go("remove_member", CHAT, when=_is_group),
                Go("create_poll", CHAT, label="New poll", when=_is_group),
                Go("leave_group", CHAT, when=_is_group),
            ),
        ),
        Page(
            "search",
            rows=(Rows("messages", (*SAID, "chat"), link=Go("show_message", MESSAGE), empty="Nothing found."),),
        ),
        Page(
            "show_message",
            fields=(
                *("text", ("sender_name", "From"), ("sender", "Address"), ("sent_at", "Sent"), ("edited_at", "Edited")),
                *("chat", "pinned", "starred"),
            ),
            links={"chat": Go("list_messages", HERE), "sender": Go("contacts.find_by_email", {"email": "sender"})},
            rows=(Rows("reactions", ("address", "reaction"), empty="None."),),
            actions=(
                Go("show_message", {"message_id": "reply_to"}, label="What it answers"),
                Go("send", {"chat_id": "chat_id", "reply_to": "id"}, label="Reply"),
                Go("react", MESSAGE),
                Go("unreact", MESSAGE, label="Take reaction back", when=lambda message: message["reacted"]),
                Go("forward", MESSAGE),
                *_switch("star_message", MESSAGE, "starred", "Star", "Take star away"),
                *_switch("pin_message", MESSAGE, "pinned", "Pin", "Unpin"),
                Go("edit", MESSAGE, when=_is_mine),
                Go("delete", MESSAGE, when=_is_mine),
            ),
            shape=_with_owner,
        ),
        Page(
            "list_pinned",
            rows=(Rows("messages", SAID, link=Go("show_message", MESSAGE), empty="No pinned messages."),),
            actions=(Go("list_messages", HERE, label="All messages"),),
        ),
        Page(
            "list_polls",
            rows=(
                Rows(
                    "polls",
                    ("question", "chat", "author", "asked_at", "closed", "my_vote"),
                    links={"chat": Go("list_messages", HERE)},
                    actions=(Go("close_poll", {"poll_id": "id"}, label="Close", when=_can_be_closed),),
                    empty="No polls.",
                ),
                Rows(
                    "options",
                    (("text", "Option"), "question", "chat", "votes", "voters"),
                    actions=(Go("vote", {"option_id": "id"}, when=_is_open),),
                    title="Votes",
                    empty="None.",
                ),
            ),
            actions=(Go("create_poll", HERE, label="New poll"),),
            shape=_with_votes,
        ),
    ),
    forms=(
        Form("start_chat", then=Go("list_messages", CHAT)),
        Form("create_group", then=Go("list_messages", CHAT)),
        Form("forward", then=Go("list_messages", HERE)),
        Form("edit", load="show_message"),
        Form("rename_group", load="show_chat"),
    ),
    things={
        "chat_id": Thing(
            choices=("list_chats", "chats", "id", "title"),
            shown=("show_chat", "title"),
            given={"include_archived": True},
        ),
        "message_id": Thing(shown=("show_message", "text")),
        "reply_to": Thing(shown=("show_message", "text"), by="message_id"),
        "contact_id": CONTACT,
        "contact_ids": CONTACT,
        "poll_id": Thing(choices=("list_polls", "polls", "id", "question")),
    },
    verbs={"search": "Messages", "pinned": "Pinned messages", "edit": "Edit message", "unreact": "Take reaction back"},
)
