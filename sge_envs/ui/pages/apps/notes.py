"""The pages of the notes: a note with its checklist, notebooks, tags, what is open on all checklists."""

from __future__ import annotations

from sge_envs.ui.pages.shared import marking
from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing

NOTE = {"note_id": "id"}
ITEM = {"item_id": "id"}
NOTEBOOK = {"notebook_id": "id"}


def _is_open(item: Record) -> bool:
    return not item["done"]


def _is_unlocked(note: Record) -> bool:
    return not note["locked"]


def _with_tags(note: Record, _: Look) -> Record:
    """The note with its tags as rows."""
    return {**note, "tags": [{"tag": tag} for tag in note["tags"]]}


def _switch(operation: str, argument: str, on: str, off: str) -> tuple[Go, Go]:
    """The two buttons of something that a note is or is not."""
    return (
        Go(operation, NOTE, {argument: True}, on, lambda note: not note[argument]),
        Go(operation, NOTE, {argument: False}, off, lambda note: note[argument]),
    )


PAGES = AppPages(
    app="notes",
    title="Notes",
    tabs=(
        Tab("search", "Notes"),
        Tab("search", "With archive", {"include_archived": True}),
        Tab("list_notebooks", "Notebooks"),
        Tab("list_tags", "Tags"),
        Tab("list_open_items", "Open items"),
    ),
    search="search",
    pages=(
        Page(
            "search",
            rows=(
                Rows(
                    "notes",
                    ("title", "notebook", "marks", ("modified_at", "Changed")),
                    link=Go("show", NOTE),
                    empty="No notes.",
                ),
            ),
            actions=(Go("create", {"notebook_id": "notebook_id"}, label="New note"),),
            shape=marking("notes", "pinned", "archived"),
        ),
        Page(
            "show",
            title="title",
            fields=("body", "pinned", "archived", "locked", "created_at", ("modified_at", "Changed")),
            rows=(
                Rows(
                    "items",
                    ("text", "done"),
                    actions=(
                        Go("check_item", ITEM, {"done": True}, "Done", lambda item: not item["done"]),
                        Go("check_item", ITEM, {"done": False}, "Open again", lambda item: item["done"]),
                        Go("edit_item", ITEM, label="Edit"),
                        Go("move_item", ITEM, label="Move"),
                        Go("remove_item", ITEM, label="Remove", sure=False),
                    ),
                    title="Checklist",
                    empty="No items.",
                ),
                Rows(
                    "tags",
                    ("tag",),
                    links={"tag": Go("search", {"tag": "tag"})},
                    actions=(Go("remove_tag", {"note_id": "id", "tag": "tag"}, label="Take off"),),
                    empty="None.",
                ),
            ),
            actions=(
                Go("update", NOTE, label="Edit", when=_is_unlocked),
                Go("append", NOTE, when=_is_unlocked),
                Go("add_items", NOTE, when=_is_unlocked),
                Go("clear_done", NOTE, when=lambda note: any(item["done"] for item in note["items"]), sure=False),
                *_switch("pin", "pinned", "Pin", "Unpin"),
                *_switch("archive", "archived", "Archive", "Bring back"),
                *_switch("lock", "locked", "Lock", "Unlock"),
                Go("move", NOTE, when=_is_unlocked),
                Go("duplicate", NOTE),
                Go("merge", {"keep_id": "id"}, when=_is_unlocked),
                Go("delete", NOTE, when=_is_unlocked),
                Go("add_tag", NOTE, inline=True),
            ),
            shape=_with_tags,
        ),
        Page(
            "list_notebooks",
            rows=(
                Rows(
                    "notebooks",
                    ("name", "notes", "read_only"),
                    link=Go("search", NOTEBOOK),
                    actions=(
                        Go("create", NOTEBOOK, label="New note", when=lambda row: not row["read_only"]),
                        Go("rename_notebook", NOTEBOOK, label="Rename", when=lambda row: not row["read_only"]),
                        Go("delete_notebook", NOTEBOOK, label="Delete", when=lambda row: not row["read_only"]),
                    ),
                ),
            ),
            actions=(Go("create_notebook", inline=True),),
        ),
        Page("list_tags", rows=(Rows("tags", ("tag", "notes"), link=Go("search", {"tag": "tag"})),)),
        Page(
            "list_open_items",
            rows=(
                Rows(
                    "items",
                    ("text", ("title", "Note")),
                    links={"title": Go("show", {"note_id": "note_id"})},
                    actions=(Go("check_item", ITEM, {"done": True}, "Done"),),
                    empty="Everything is done.",
                ),
            ),
        ),
    ),
    forms=(
        Form("create", then=Go("show", NOTE)),
        Form("duplicate", then=Go("show", NOTE)),
        Form("update", load="show"),
        Form("rename_notebook", load="list_notebooks", row=("notebooks", "id", "notebook_id")),
    ),
    things={
        "note_id": Thing(shown=("show", "title")),
        "keep_id": Thing(shown=("show", "title"), by="note_id"),
        "remove_id": Thing(choices=("search", "notes", "id", "title"), given={"include_archived": True}),
        "notebook_id": Thing(choices=("list_notebooks", "notebooks", "id", "name")),
    },
    labels={"body": "Text", "remove_id": "Note to take in", "item_id": "Item"},
    verbs={
        "create": "Create note",
        "update": "Edit note",
        "append": "Add a line",
        "clear_done": "Remove what is done",
    },
)
