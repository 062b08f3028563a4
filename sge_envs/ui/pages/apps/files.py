"""The pages of the files: folders, a file with its text, versions, comments and shares, the trash."""

from __future__ import annotations

from sge_envs.ui.pages.shared import FOLDER
from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing

FILE = {"file_id": "id"}
SAME = {"file_id": "file_id"}
FOLDER_HERE = {"folder_id": "folder_id"}
BACK = Go("show", SAME, label="Back to the file")


def _is_live(file: Record) -> bool:
    return not file["trashed"]


def _is_mine(file: Record) -> bool:
    return bool(file["access"] == "own") and _is_live(file)


def _can_change(file: Record) -> bool:
    return bool(file["access"] != "view") and _is_live(file)


def _is_own(comment: Record) -> bool:
    return bool(comment["mine"])


def _with_owners(found: Record, look: Look) -> Record:
    """The comments with which of them are the user's."""
    me = look("contacts.my_profile", {}).value
    own = (me["email"], me["work_email"])
    return {"comments": [{**comment, "mine": comment["author"] in own} for comment in found["comments"]]}


def _can_write(file: Record) -> bool:
    return _can_change(file) and file["kind"] in ("text", "table")


PAGES = AppPages(
    app="files",
    title="Files",
    tabs=(
        Tab("list_folder", "Folders"),
        Tab("search", "All files"),
        Tab("search", "Starred", {"starred": True}),
        Tab("list_shared", "Shared"),
        Tab("list_trash", "Trash"),
        Tab("storage", "Storage"),
    ),
    search="search",
    pages=(
        Page(
            "list_folder",
            title="path",
            fields=(),
            rows=(
                Rows(
                    "folders",
                    ("name", "access"),
                    link=Go("list_folder", {"folder_id": "id"}),
                    actions=(
                        Go(
                            "rename_folder",
                            {"folder_id": "id"},
                            label="Rename",
                            when=lambda row: row["access"] == "own",
                        ),
                        Go(
                            "delete_folder",
                            {"folder_id": "id"},
                            label="Delete",
                            when=lambda row: row["access"] == "own",
                        ),
                    ),
                    empty="No folders in it.",
                ),
                Rows(
                    "files",
                    ("name", "kind", "size", ("modified_at", "Changed")),
                    link=Go("show", FILE),
                    empty="No files.",
                ),
            ),
            actions=(
                Go("create_folder", label="New folder", when=lambda page: "folder_id" not in page),
                Go("create_folder", {"parent_id": "folder_id"}, label="New folder"),
                Go("create_file", FOLDER_HERE, label="New file"),
                Go("search", FOLDER_HERE, label="Search in this folder"),
            ),
        ),
        Page(
            "search",
            rows=(
                Rows(
                    "files",
                    ("name", "kind", "size", "folder", "starred", ("modified_at", "Changed")),
                    link=Go("show", FILE),
                    links={"folder": Go("list_folder", FOLDER_HERE)},
                    empty="No such file.",
                ),
            ),
        ),
        Page(
            "show",
            title="name",
            fields=(
                *(
                    "path",
                    "kind",
                    "size",
                    "access",
                    "owner",
                    "starred",
                    "trashed",
                    "created_at",
                    ("modified_at", "Changed"),
                ),
                *("versions", "comments"),
            ),
            links={"path": Go("list_folder", FOLDER_HERE)},
            rows=(
                Rows(
                    "shares",
                    ("address", "may"),
                    actions=(Go("unshare", {"file_id": "id", "address": "address"}, label="Stop sharing", sure=False),),
                    title="Shared with",
                    empty="Nobody.",
                ),
            ),
            actions=(
                Go("read", FILE, label="Open", when=lambda file: file["kind"] != "image"),
                Go("write", FILE, label="Edit", when=_can_write),
                Go("append", FILE, label="Add a line", when=_can_write),
                Go("rename", FILE, when=_can_change),
                Go("move", FILE, when=_can_change),
                Go("copy", FILE),
                Go("share", FILE, when=_is_mine),
                Go("star", FILE, {"starred": True}, "Star", lambda file: not file["starred"]),
                Go("star", FILE, {"starred": False}, "Take star away", lambda file: file["starred"]),
                Go("list_versions", FILE, label="Versions"),
                Go("list_comments", FILE, label="Comments"),
                Go("trash", FILE, label="Put into the trash", when=_is_mine),
                Go("restore", FILE, when=lambda file: file["trashed"]),
                Go("delete_forever", FILE, when=lambda file: file["trashed"]),
            ),
        ),
        Page("read", title="name", fields=("content",), actions=(BACK,)),
        Page(
            "list_versions",
            rows=(
                Rows(
                    "versions",
                    ("saved_at", "content"),
                    actions=(Go("restore_version", {"version_id": "id"}, label="Restore"),),
                    empty="No older versions.",
                ),
            ),
            actions=(BACK,),
        ),
        Page(
            "list_comments",
            rows=(
                Rows(
                    "comments",
                    ("author", "text", "written_at"),
                    actions=(Go("delete_comment", {"comment_id": "id"}, label="Delete", when=_is_own),),
                    empty="No comments.",
                ),
            ),
            actions=(BACK, Go("comment", SAME, inline=True)),
            shape=_with_owners,
        ),
        Page(
            "list_shared",
            rows=(
                Rows(
                    "shares",
                    ("name", "address", "may"),
                    link=Go("show", SAME),
                    actions=(
                        Go("unshare", {"file_id": "file_id", "address": "address"}, label="Stop sharing", sure=False),
                    ),
                    empty="Nothing is shared.",
                ),
            ),
        ),
        Page(
            "list_trash",
            rows=(
                Rows(
                    "files",
                    ("name", "size", ("modified_at", "Changed")),
                    link=Go("show", FILE),
                    actions=(Go("restore", FILE), Go("delete_forever", FILE)),
                    empty="The trash is empty.",
                ),
            ),
        ),
        Page("storage", fields=("used", "quota", "files"), rows=(Rows("by_kind", ("kind", "files", "size")),)),
    ),
    forms=(
        Form("write", load="read"),
        Form("rename", load="show"),
        Form("create_folder", then=Go("list_folder", {"folder_id": "id"})),
        Form("create_file", upload=("content", "name"), then=Go("show", FILE)),
        Form("copy", then=Go("show", FILE)),
    ),
    things={
        "file_id": Thing(shown=("show", "name")),
        "folder_id": FOLDER,
        "parent_id": FOLDER,
    },
    verbs={"search": "Files", "write": "Edit text", "trash": "Put into the trash", "versions": "Older versions"},
)
