"""The pages of mail: a folder on each tab, a message with all that can be done with it, labels, filters, settings."""

from __future__ import annotations

from sge_envs.ui.pages.shared import FILE, FOLDER, marking
from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing

MESSAGE = {"message_id": "id"}
THIS = {"message_ids": "id"}
DRAFT = {"draft_id": "id"}
LABEL = {"label_id": "id"}
FOLDERS = ("inbox", "sent", "drafts", "archive", "spam", "trash")


def _is_draft(message: Record) -> bool:
    return bool(message["folder"] == "drafts")


def _is_sent(message: Record) -> bool:
    return not _is_draft(message)


def _is_own(message: Record) -> bool:
    return message.get("folder") in ("drafts", "sent")


def _in_trash(message: Record) -> bool:
    return bool(message.get("folder") == "trash")


def _goes_to(folder: str, label: str) -> Go:
    """A button that moves the message, where it can be moved and is not there already."""

    def fits(message: Record) -> bool:
        return message["folder"] != folder and (folder == "trash" or not _is_own(message))

    return Go("move", THIS, {"folder": folder}, label, fits)


def _with_label_ids(message: Record, look: Look) -> Record:
    """The message with its labels as rows."""
    ids = {label["name"]: label["id"] for label in look("mail.list_labels", {}).value["labels"]}
    return {**message, "labels": [{"name": name, "label_id": ids[name]} for name in message["labels"]]}


READ = (
    Page(
        "search",
        rows=(
            Rows(
                "messages",
                ("subject", ("sender_name", "From"), ("sent_at", "Date"), "folder", "marks"),
                link=Go("show", MESSAGE),
                pick=("message_ids", "id"),
                bulk=(
                    Go(
                        "move",
                        fixed={"folder": "archive"},
                        label="Move to archive",
                        when=lambda page: not _is_own(page),
                    ),
                    Go("move", fixed={"folder": "trash"}, label="Move to trash"),
                    Go("move", label="Move elsewhere", when=lambda page: not _is_own(page)),
                    Go("mark_read", fixed={"read": True}, label="Mark as read"),
                    Go("mark_read", fixed={"read": False}, label="Mark as unread"),
                    Go("star", fixed={"starred": True}, label="Star"),
                    Go("star", fixed={"starred": False}, label="Take star away"),
                    Go("add_label"),
                ),
                empty="No messages.",
            ),
        ),
        actions=(Go("send", label="Write"), Go("save_draft", label="New draft"), Go("empty_trash", when=_in_trash)),
        shape=marking("messages", "unread", "starred"),
    ),
    Page(
        "show",
        title="subject",
        fields=(
            *(("sender_name", "From"), ("sender", "Address"), "to", "cc", ("sent_at", "Date"), "folder"),
            *("unread", "starred", ("body", "Text")),
        ),
        links={"sender": Go("contacts.find_by_email", {"email": "sender"})},
        rows=(
            Rows("attachments", ("name",), link=Go("read_attachment", {"attachment_id": "id"}), empty="None."),
            Rows(
                "labels",
                ("name",),
                link=Go("search", {"label": "name"}),
                actions=(Go("remove_label", {"message_id": "id", "label_id": "label_id"}, label="Take off"),),
                empty="None.",
            ),
        ),
        actions=(
            Go("reply", MESSAGE, when=_is_sent),
            Go("forward", MESSAGE, when=_is_sent),
            Go("update_draft", DRAFT, label="Edit", when=_is_draft),
            Go("send_draft", DRAFT, label="Send", when=_is_draft),
            Go("show_thread", MESSAGE, label="Conversation", when=_is_sent),
            _goes_to("inbox", "Move to inbox"),
            _goes_to("archive", "Move to archive"),
            _goes_to("spam", "Move to spam"),
            _goes_to("trash", "Move to trash"),
            Go("delete_forever", MESSAGE, when=_in_trash),
            Go("mark_read", THIS, {"read": True}, "Mark as read", lambda message: message["unread"]),
            Go("mark_read", THIS, {"read": False}, "Mark as unread", lambda message: not message["unread"]),
            Go("star", THIS, {"starred": True}, "Star", lambda message: not message["starred"]),
            Go("star", THIS, {"starred": False}, "Take star away", lambda message: message["starred"]),
            Go("add_label", THIS),
        ),
        shape=_with_label_ids,
    ),
    Page(
        "show_thread",
        rows=(
            Rows(
                "messages",
                ("subject", ("sender_name", "From"), ("sent_at", "Date"), "folder", ("body", "Text")),
                link=Go("show", MESSAGE),
            ),
        ),
    ),
    Page(
        "read_attachment",
        title="name",
        fields=("content",),
        actions=(Go("save_attachment", {"attachment_id": "attachment_id"}, label="Save to files"),),
    ),
    Page(
        "list_folders",
        rows=(Rows("folders", ("folder", "messages", "unread"), link=Go("search", {"folder": "folder"})),),
        actions=(Go("empty_trash"),),
    ),
)
SORTING = (
    Page(
        "list_labels",
        rows=(
            Rows(
                "labels",
                ("name", "messages"),
                link=Go("search", {"label": "name"}),
                actions=(Go("rename_label", LABEL, label="Rename"), Go("delete_label", LABEL, label="Delete")),
            ),
        ),
        actions=(Go("create_label", inline=True),),
    ),
    Page(
        "list_filters",
        rows=(
            Rows(
                "filters",
                ("sender_contains", "subject_contains", "move_to", "label"),
                actions=(Go("delete_filter", {"filter_id": "id"}, label="Delete"),),
                empty="No filters.",
            ),
        ),
        actions=(Go("create_filter"),),
    ),
    Page(
        "show_settings",
        fields=("signature", "auto_reply", "auto_reply_from", "auto_reply_until"),
        actions=(
            Go("set_signature"),
            Go("set_auto_reply"),
            Go("turn_off_auto_reply", when=lambda settings: bool(settings["auto_reply"]), sure=False),
        ),
    ),
)
PAGES = AppPages(
    app="mail",
    title="Mail",
    tabs=(
        *(Tab("search", folder.capitalize(), {"folder": folder}) for folder in FOLDERS),
        Tab("list_folders", "Folders"),
        Tab("list_labels", "Labels"),
        Tab("list_filters", "Filters"),
        Tab("show_settings", "Settings"),
    ),
    search="search",
    pages=(*READ, *SORTING),
    forms=(
        Form("save_draft", then=Go("show", MESSAGE)),
        Form("update_draft", load="show", load_by={"message_id": "draft_id"}),
        Form("rename_label", load="list_labels", row=("labels", "id", "label_id")),
        Form("set_signature", load="show_settings"),
        Form(
            "set_auto_reply",
            load="show_settings",
            keys={"text": "auto_reply", "first_day": "auto_reply_from", "last_day": "auto_reply_until"},
        ),
    ),
    things={
        "message_id": Thing(shown=("show", "subject")),
        "message_ids": Thing(shown=("show", "subject"), by="message_id"),
        "draft_id": Thing(shown=("show", "subject"), by="message_id"),
        "label": Thing(choices=("list_labels", "labels", "name", "name")),
        "label_id": Thing(choices=("list_labels", "labels", "id", "name")),
        "attach": FILE,
        "folder_id": FOLDER,
    },
    verbs={"search": "Messages", "thread": "Conversation"},
)
