"""Files: documents in folders, own and shared, with versions, comments, shares and a trash."""

from __future__ import annotations

from typing import Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Date, Email, Name, Page, PageSize, Text
from sge_envs.world.letters import PROJECTS
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE files_folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, parent_id INTEGER REFERENCES files_folders (id), name TEXT NOT NULL,
    access TEXT NOT NULL DEFAULT 'own' CHECK (access IN ('own', 'edit', 'view')), owner TEXT NOT NULL
);
CREATE INDEX files_folders_parent ON files_folders (parent_id);
CREATE TABLE files_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT, folder_id INTEGER NOT NULL REFERENCES files_folders (id), name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('text', 'table', 'pdf', 'image')), content TEXT NOT NULL, size INTEGER NOT NULL,
    starred INTEGER NOT NULL DEFAULT 0, trashed INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL
);
CREATE INDEX files_files_folder ON files_files (folder_id);
CREATE TABLE files_versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, file_id INTEGER NOT NULL REFERENCES files_files (id), content TEXT NOT NULL,
    saved_at TEXT NOT NULL
);
CREATE INDEX files_versions_file ON files_versions (file_id);
CREATE TABLE files_shares (
    id INTEGER PRIMARY KEY AUTOINCREMENT, file_id INTEGER NOT NULL REFERENCES files_files (id), address TEXT NOT NULL,
    may TEXT NOT NULL CHECK (may IN ('view', 'edit')), UNIQUE (file_id, address)
);
CREATE TABLE files_comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, file_id INTEGER NOT NULL REFERENCES files_files (id), author TEXT NOT NULL,
    text TEXT NOT NULL, written_at TEXT NOT NULL
);
CREATE INDEX files_comments_file ON files_comments (file_id);
"""

Kind = Literal["text", "table", "pdf", "image"]
SortBy = Literal["name", "newest", "largest"]
_ORDER = {"name": "f.name, f.id", "newest": "f.modified_at DESC, f.id DESC", "largest": "f.size DESC, f.id"}
_KINDS: dict[str, Kind] = {"csv": "table", "pdf": "pdf", "jpg": "image", "png": "image"}
QUOTA = 2_000_000
MAX_VERSIONS = 10
MAX_DEPTH = 6


# Reading ------------------------------------------------------------------------------------------------------------


def list_folder(db: Database, folder_id: int | None = None, page: Page = 1, page_size: PageSize = 20) -> Record:
    """List what is in a folder: its folders, and its files by name.

    Args:
        folder_id: The folder's id; by default the top, which holds folders only.
        page: Which page of the files, from 1.
        page_size: Files per page.

    Returns:
        path, folders (id, name, access), total, page, pages, and files with id, name, kind, size and modified_at.
    """
    if folder_id is not None:
        _folder(db, folder_id)
    folders = db.rows("SELECT id, name, access FROM files_folders WHERE parent_id IS ? ORDER BY name, id", folder_id)
    where = Where()
    where.add("f.folder_id IS ?", folder_id)
    where.add("f.trashed = 0")
    sql = "SELECT f.id, f.name, f.kind, f.size, f.modified_at FROM files_files f {where} ORDER BY f.name, f.id"
    found, pages = db.page(sql, where, page, page_size)
    return {"path": _path(db, folder_id), "folders": folders} | pages | {"files": found}


def search(
    db: Database,
    query: str | None = None,
    content: str | None = None,
    kind: Kind | None = None,
    folder_id: int | None = None,
    starred: bool | None = None,
    modified_since: Date | None = None,
    modified_until: Date | None = None,
    sort_by: SortBy = "newest",
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find files outside the trash; every filter that is given must hold.

    Args:
        query: Words that must stand in the file's name.
        content: Words that must stand in the file's text.
        kind: Only this kind.
        folder_id: Only files directly in this folder.
        starred: Only starred (true) or only others (false).
        modified_since: Changed on this date or later.
        modified_until: Changed on this date or earlier.
        sort_by: The order of the results.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and files with id, name, kind, size, folder_id, folder, starred and modified_at.
    """
    where = Where()
    if folder_id is not None:
        _folder(db, folder_id)
    where.add("f.trashed = 0")
    where.words(("f.name",), query)
    where.words(("f.content",), content)
    where.given("f.kind = ?", kind)
    where.given("f.folder_id = ?", folder_id)
    where.given("f.starred = ?", starred)
    where.given("f.modified_at >= ?", modified_since)
    where.given("substr(f.modified_at, 1, 10) <= ?", modified_until)
    sql = (
        "SELECT f.id, f.name, f.kind, f.size, f.folder_id, d.name AS folder, f.starred, f.modified_at FROM files_files f "
        f"JOIN files_folders d ON d.id = f.folder_id {{where}} ORDER BY {_ORDER[sort_by]}"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"files": [row | {"starred": bool(row["starred"])} for row in found]}


def show(db: Database, file_id: int) -> Record:
    """Show what is known of a file, without its content.

    Args:
        file_id: The file's id.

    Returns:
        id, name, kind, size, path, access, owner, starred, trashed, created_at, modified_at, versions and comments (how
        many), and shares with address and may.
    """
    row = file(db, file_id)
    folder = _folder(db, row["folder_id"])
    return {
        **{name: row[name] for name in ("id", "name", "kind", "size", "folder_id", "created_at", "modified_at")},
        "path": f"{_path(db, row['folder_id'])}/{row['name']}",
        "access": folder["access"],
        "owner": folder["owner"],
        "starred": bool(row["starred"]),
        "trashed": bool(row["trashed"]),
        "versions": db.value("SELECT COUNT(*) FROM files_versions WHERE file_id = ?", file_id),
        "comments": db.value("SELECT COUNT(*) FROM files_comments WHERE file_id = ?", file_id),
        "shares": db.rows("SELECT address, may FROM files_shares WHERE file_id = ? ORDER BY address", file_id),
    }


def read(db: Database, file_id: int) -> Record:
    """Read the content of a text, table or pdf.

    Args:
        file_id: The file's id.

    Returns:
        name, kind and content.
    """
    row = file(db, file_id)
    if row["kind"] == "image":
        raise not_allowed(f"{row['name']} is an image and has no text to read.")
    return {name: row[name] for name in ("name", "kind", "content")}


def list_versions(db: Database, file_id: int) -> Record:
    """List the older versions that are kept of a file, the newest first.

    Args:
        file_id: The file's id.

    Returns:
        versions, each with id, saved_at and content.
    """
    file(db, file_id)
    sql = "SELECT id, saved_at, content FROM files_versions WHERE file_id = ? ORDER BY id DESC"
    return {"versions": db.rows(sql, file_id)}


def list_comments(db: Database, file_id: int) -> Record:
    """List the comments on a file, the oldest first.

    Args:
        file_id: The file's id.

    Returns:
        comments, each with id, author (an e-mail address), text and written_at.
    """
    file(db, file_id)
    sql = "SELECT id, author, text, written_at FROM files_comments WHERE file_id = ? ORDER BY written_at, id"
    return {"comments": db.rows(sql, file_id)}


def list_shared(db: Database, address: Email | None = None) -> Record:
    """List the files that the user has shared with others.

    Args:
        address: Only what this person may see.

    Returns:
        shares, each with file_id, name, address and may.
    """
    where = Where()
    where.given("s.address = ?", address)
    return {
        "shares": db.rows(
            "SELECT s.file_id, f.name, s.address, s.may FROM files_shares s JOIN files_files f ON f.id = s.file_id "
            f"{where} ORDER BY f.name, s.file_id, s.address",
            *where.values,
        )
    }


def list_trash(db: Database) -> Record:
    """List the files in the trash.

    Returns:
        files, each with id, name, size and modified_at.
    """
    sql = "SELECT id, name, size, modified_at FROM files_files WHERE trashed = 1 ORDER BY modified_at DESC, id DESC"
    return {"files": db.rows(sql)}


def storage(db: Database) -> Record:
    """Show how much space the user's own files take, those in the trash too.

    Returns:
        used, quota, files (how many) and by_kind with kind, files and size.
    """
    kinds = db.rows(
        "SELECT f.kind, COUNT(*) AS files, SUM(f.size) AS size FROM files_files f JOIN files_folders d "
        "ON d.id = f.folder_id WHERE d.access = 'own' GROUP BY f.kind ORDER BY f.kind"
    )
    return {"used": _used(db), "quota": QUOTA, "files": sum(row["files"] for row in kinds), "by_kind": kinds}


# Writing ------------------------------------------------------------------------------------------------------------


def create_folder(db: Database, name: Name, parent_id: int | None = None) -> Record:
    """Make a folder.

    Args:
        name: Its name, not used by another folder there; without a slash.
        parent_id: The folder it goes into; by default the top.

    Returns:
        id of the folder.
    """
    if parent_id is not None:
        _own_folder(db, parent_id)
        if _path(db, parent_id).count("/") >= MAX_DEPTH:
            raise limit_reached(f"Folders can be {MAX_DEPTH} deep at most.")
    _check_folder_name(db, parent_id, name)
    values = {"parent_id": parent_id, "name": name.strip(), "owner": db.user["email"]}
    return {"id": db.insert("files_folders", values)}


def rename_folder(db: Database, folder_id: int, name: Name) -> Record:
    """Give one's own folder another name.

    Args:
        folder_id: The folder's id.
        name: The new name, not used by another folder there; without a slash.

    Returns:
        id and name.
    """
    row = _own_folder(db, folder_id)
    if row["name"] != name.strip():
        _check_folder_name(db, row["parent_id"], name)
    db.update("files_folders", folder_id, {"name": name.strip()})
    return {"id": folder_id, "name": name.strip()}


def delete_folder(db: Database, folder_id: int) -> Record:
    """Delete one's own folder. It must be empty, and none of its files may be in the trash.

    Args:
        folder_id: The folder's id.

    Returns:
        id of the deleted folder.
    """
    row = _own_folder(db, folder_id)
    inside = db.value("SELECT COUNT(*) FROM files_files WHERE folder_id = ?", folder_id)
    inside += db.value("SELECT COUNT(*) FROM files_folders WHERE parent_id = ?", folder_id)
    if inside:
        raise conflict(f"The folder {row['name']!r} still holds {inside} files or folders (those in the trash count).")
    db.delete("files_folders", folder_id)
    return {"id": folder_id}


def create_file(db: Database, folder_id: int, name: Name, content: Text = "") -> Record:
    """Make a text file, or a table if the name ends with .csv.

    Args:
        folder_id: The folder it goes into.
        name: Its name, not used by another file there; without a slash.
        content: Its text.

    Returns:
        id of the file.
    """
    kind = _kind(name)
    if kind not in ("text", "table"):
        raise not_allowed(f"Only texts and tables can be written, and {name.strip()!r} would be of the kind {kind}.")
    return {"id": store_file(db, folder_id, name, content)}


def write(db: Database, file_id: int, content: Text) -> Record:
    """Replace the content of a text or table; the old one is kept as a version.

    Args:
        file_id: The file's id.
        content: The new text.

    Returns:
        id and size.
    """
    row = _editable(db, file_id)
    _set_content(db, row, content)
    return {"id": file_id, "size": len(content)}


def append(db: Database, file_id: int, text: Text) -> Record:
    """Add a line (or lines) to the end of a text or table; the old content is kept as a version.

    Args:
        file_id: The file's id.
        text: What to add, without the line break before it.

    Returns:
        id and size.
    """
    row = _editable(db, file_id)
    content = f"{row['content']}\n{text}" if row["content"] else text
    if len(content) > 50_000:
        raise limit_reached("A file can have 50,000 characters at most.")
    _set_content(db, row, content)
    return {"id": file_id, "size": len(content)}


def rename(db: Database, file_id: int, name: Name) -> Record:
    """Give a file another name; it stays of its kind.

    Args:
        file_id: The file's id.
        name: The new name, not used by another file in the folder; without a slash.

    Returns:
        id and name.
    """
    row = _changeable(db, file_id)
    if _kind(name) != row["kind"]:
        raise invalid(f"{row['name']} is of the kind {row['kind']}: the new name must have an ending of that kind.")
    if row["name"] != name.strip():
        _check_file_name(db, row["folder_id"], name)
    db.update("files_files", file_id, {"name": name.strip()})
    return {"id": file_id, "name": name.strip()}


def move(db: Database, file_id: int, folder_id: int) -> Record:
    """Move a file to another folder; the user must be allowed to edit both.

    Args:
        file_id: The file's id.
        folder_id: Where it goes.

    Returns:
        id and folder_id.
    """
    row = _changeable(db, file_id)
    _writable(db, folder_id)
    if folder_id != row["folder_id"]:
        _check_file_name(db, folder_id, row["name"])
    db.update("files_files", file_id, {"folder_id": folder_id})
    return {"id": file_id, "folder_id": folder_id}


def copy(db: Database, file_id: int, folder_id: int, name: Name | None = None) -> Record:
    """Copy a file, without its versions, shares and comments.

    Args:
        file_id: The file to copy; being allowed to see it is enough.
        folder_id: Where the copy goes.
        name: Name of the copy; by default the same.

    Returns:
        id of the copy.
    """
    row = file(db, file_id)
    _writable(db, folder_id)
    new = (name or row["name"]).strip()
    if _kind(new) != row["kind"]:
        raise invalid(f"{row['name']} is of the kind {row['kind']}: the copy's name must have an ending of that kind.")
    _check_file_name(db, folder_id, new)
    _check_space(db, row["size"])
    copied = _add(db, folder_id, new, row["kind"], row["content"])
    db.update("files_files", copied, {"size": row["size"]})
    return {"id": copied}


def trash(db: Database, file_id: int) -> Record:
    """Put a file of the user's own into the trash.

    Args:
        file_id: The file's id.

    Returns:
        id.
    """
    row = _own_file(db, file_id)
    if row["trashed"]:
        raise conflict(f"{row['name']} is in the trash already.")
    db.update("files_files", file_id, {"trashed": 1})
    return {"id": file_id}


def restore(db: Database, file_id: int) -> Record:
    """Take a file out of the trash, back to its folder.

    Args:
        file_id: The file's id.

    Returns:
        id and folder_id.
    """
    row = _own_file(db, file_id)
    if not row["trashed"]:
        raise conflict(f"{row['name']} is not in the trash.")
    _check_file_name(db, row["folder_id"], row["name"])
    db.update("files_files", file_id, {"trashed": 0})
    return {"id": file_id, "folder_id": row["folder_id"]}


def delete_forever(db: Database, file_id: int) -> Record:
    """Delete a file of the trash for good, with its versions, shares and comments.

    Args:
        file_id: A file in the trash.

    Returns:
        id of the deleted file.
    """
    row = _own_file(db, file_id)
    if not row["trashed"]:
        raise not_allowed(f"{row['name']} is not in the trash: put it there first.")
    for table in ("files_versions", "files_shares", "files_comments"):
        db.delete_all(table, "file_id", file_id)
    db.delete("files_files", file_id)
    return {"id": file_id}


def share(db: Database, file_id: int, address: Email, may: Literal["view", "edit"] = "view") -> Record:
    """Share a file of the user's own with somebody, or change what they may do.

    Args:
        file_id: The file's id.
        address: Their e-mail address.
        may: What they may do with it.

    Returns:
        file_id, address and may.
    """
    row = _own_file(db, file_id)
    if row["trashed"]:
        raise conflict(f"{row['name']} is in the trash.")
    if address in (db.user["email"], db.user["work_email"]):
        raise invalid("The file is yours already.")
    known = db.value("SELECT id FROM files_shares WHERE file_id = ? AND address = ?", file_id, address)
    if known is None:
        db.insert("files_shares", {"file_id": file_id, "address": address, "may": may})
    else:
        db.update("files_shares", known, {"may": may})
    return {"file_id": file_id, "address": address, "may": may}


def unshare(db: Database, file_id: int, address: Email) -> Record:
    """Stop sharing a file with somebody.

    Args:
        file_id: The file's id.
        address: Their e-mail address.

    Returns:
        file_id and address.
    """
    row = _own_file(db, file_id)
    known = db.value("SELECT id FROM files_shares WHERE file_id = ? AND address = ?", file_id, address)
    if known is None:
        raise conflict(f"{row['name']} is not shared with {address}.")
    db.delete("files_shares", known)
    return {"file_id": file_id, "address": address}


def comment(db: Database, file_id: int, text: Name) -> Record:
    """Comment on a file.

    Args:
        file_id: The file's id; being allowed to see it is enough.
        text: The comment.

    Returns:
        id of the comment.
    """
    file(db, file_id)
    values = {"file_id": file_id, "author": db.user["email"], "text": text, "written_at": db.now}
    return {"id": db.insert("files_comments", values)}


def delete_comment(db: Database, comment_id: int) -> Record:
    """Delete a comment of the user's own.

    Args:
        comment_id: The comment's id.

    Returns:
        id of the deleted comment.
    """
    row = db.get("files_comments", comment_id)
    if row is None:
        raise not_found("comment", comment_id)
    if row["author"] not in (db.user["email"], db.user["work_email"]):
        raise not_allowed(f"{row['author']} wrote this comment: only they can delete it.")
    db.delete("files_comments", comment_id)
    return {"id": comment_id}


def restore_version(db: Database, version_id: int) -> Record:
    """Give a file the content of an older version; the present content is kept as a version.

    Args:
        version_id: The version's id: see files.list_versions.

    Returns:
        id of the file.
    """
    version = db.get("files_versions", version_id)
    if version is None:
        raise not_found("version", version_id)
    row = _editable(db, version["file_id"])
    _set_content(db, row, version["content"])
    return {"id": row["id"]}


def star(db: Database, file_id: int, starred: bool = True) -> Record:
    """Star a file, or take its star away.

    Args:
        file_id: The file's id.
        starred: True to star.

    Returns:
        id and starred.
    """
    file(db, file_id)
    db.update("files_files", file_id, {"starred": int(starred)})
    return {"id": file_id, "starred": starred}


# For other apps -----------------------------------------------------------------------------------------------------


def file(db: Database, file_id: int) -> Row:
    """The row of a file.

    Raises:
        OperationError: there is none with this id.
    """
    row = db.get("files_files", file_id)
    if row is None:
        raise not_found("file", file_id)
    return row


def store_file(db: Database, folder_id: int, name: str, content: str) -> int:
    """Put a file of any kind into a folder, as other apps do; its id is returned.

    Raises:
        OperationError: the folder is not the user's to edit, has a file of this name, or there is no space.
    """
    _writable(db, folder_id)
    _check_file_name(db, folder_id, name)
    _check_space(db, len(content))
    return _add(db, folder_id, name.strip(), _kind(name), content)


def record_file(plot: Plot, folder: str, name: str, content: str, at: str) -> int:
    """Put a file into a world being made; ``folder`` is the name of one of the folders that ``generate`` makes."""
    folder_id = next(row["id"] for row in plot.rows("files_folders") if row["name"] == folder)
    kind = _kind(name)
    size = len(content) if kind in ("text", "table") else 20_000 + 37 * len(content)
    values = {"folder_id": folder_id, "name": name, "kind": kind, "content": content, "size": size}
    return plot.add("files_files", values | {"created_at": at, "modified_at": at})


# The inside ---------------------------------------------------------------------------------------------------------


def _folder(db: Database, folder_id: int) -> Row:
    row = db.get("files_folders", folder_id)
    if row is None:
        raise not_found("folder", folder_id)
    return row


def _writable(db: Database, folder_id: int) -> Row:
    row = _folder(db, folder_id)
    if row["access"] == "view":
        raise not_allowed(f"The folder {row['name']!r} of {row['owner']} is shared with you for reading only.")
    return row


def _own_folder(db: Database, folder_id: int) -> Row:
    row = _folder(db, folder_id)
    if row["access"] != "own":
        raise not_allowed(f"The folder {row['name']!r} belongs to {row['owner']}.")
    return row


def _own_file(db: Database, file_id: int) -> Row:
    row = file(db, file_id)
    _own_folder(db, row["folder_id"])
    return row


def _changeable(db: Database, file_id: int) -> Row:
    row = file(db, file_id)
    _writable(db, row["folder_id"])
    if row["trashed"]:
        raise conflict(f"{row['name']} is in the trash: restore it first.")
    return row


def _editable(db: Database, file_id: int) -> Row:
    row = _changeable(db, file_id)
    if row["kind"] not in ("text", "table"):
        raise not_allowed(f"{row['name']} is of the kind {row['kind']}: only texts and tables can be written.")
    return row


def _path(db: Database, folder_id: int | None) -> str:
    names: list[str] = []
    while folder_id is not None:
        row = _folder(db, folder_id)
        names.insert(0, row["name"])
        folder_id = row["parent_id"]
    return "/" + "/".join(names)


def _kind(name: str) -> Kind:
    return _KINDS.get(name.strip().rpartition(".")[2].lower(), "text")


def _check_slash(name: str) -> None:
    if "/" in name:
        raise invalid("A name cannot have a slash in it.")


def _check_folder_name(db: Database, parent_id: int | None, name: str) -> None:
    _check_slash(name)
    sql = "SELECT id FROM files_folders WHERE parent_id IS ? AND name = ? COLLATE NOCASE"
    if db.value(sql, parent_id, name.strip()) is not None:
        raise conflict(f"There is a folder {name.strip()!r} there already.")


def _check_file_name(db: Database, folder_id: int, name: str) -> None:
    _check_slash(name)
    sql = "SELECT id FROM files_files WHERE folder_id = ? AND trashed = 0 AND name = ? COLLATE NOCASE"
    if db.value(sql, folder_id, name.strip()) is not None:
        raise conflict(f"There is a file {name.strip()!r} in this folder already.")


def _used(db: Database) -> int:
    return int(
        db.value(
            "SELECT COALESCE(SUM(f.size), 0) FROM files_files f JOIN files_folders d ON d.id = f.folder_id "
            "WHERE d.access = 'own'"
        )
    )


def _check_space(db: Database, more: int) -> None:
    if _used(db) + more > QUOTA:
        raise limit_reached(f"Only {QUOTA - _used(db)} bytes of space are left, and {more} are needed.")


def _add(db: Database, folder_id: int, name: str, kind: str, content: str) -> int:
    values = {"folder_id": folder_id, "name": name, "kind": kind, "content": content, "size": len(content)}
    return db.insert("files_files", values | {"created_at": db.now, "modified_at": db.now})


def _set_content(db: Database, row: Row, content: str) -> None:
    _check_space(db, len(content))
    db.insert("files_versions", {"file_id": row["id"], "content": row["content"], "saved_at": row["modified_at"]})
    kept = db.column("SELECT id FROM files_versions WHERE file_id = ? ORDER BY id", row["id"])
    for old in kept[:-MAX_VERSIONS]:
        db.delete("files_versions", old)
    db.update("files_files", row["id"], {"content": content, "size": len(content), "modified_at": db.now})


# The generated history ----------------------------------------------------------------------------------------------

FOLDERS = ("Documents", "Invoices", "Photos", "Travel", "Work")


def generate(plot: Plot) -> None:
    """Own folders, a folder to edit and one to view, documents with versions, shares and comments."""
    dice = plot.dice("files")
    mates, me = plot.who("colleague"), plot.me.email
    ids = {name: plot.add("files_folders", {"name": name, "owner": me}) for name in FOLDERS}
    for parent, name in (("Work", "Archive"), ("Documents", "Recipes")):
        plot.add("files_folders", {"name": name, "owner": me, "parent_id": ids[parent]})
    for name, access in (("Team drive", "edit"), ("Handbook", "view")):
        plot.add("files_folders", {"name": name, "owner": dice.one(mates).email, "access": access})
    for project in some(dice, PROJECTS, 4):
        _project(plot, dice, project)
    for name, folder, lines in _PAPERS:
        record_file(plot, folder, name, "\n".join(lines).format(**_facts(plot, dice)), _past(plot, dice))
    for number in range(dice.integer(5, 9)):
        record_file(plot, "Photos", f"holiday-{number + 1:02d}.jpg", dice.one(PROJECTS), _past(plot, dice))
    old = record_file(plot, "Documents", "old notes.txt", "Nothing of use any more.", plot.at(-400, 9))
    plot.rows("files_files")[-1]["trashed"] = 1
    plot.add("files_versions", {"file_id": old, "content": "Nothing.", "saved_at": plot.at(-401, 9)})


def _project(plot: Plot, dice: Dice, project: str) -> None:
    mates = plot.who("colleague")
    people = some(dice, mates, 3)
    rows = "\n".join(f"{one.name},{dice.integer(4, 60)},{dice.integer(1, 28)}" for one in people)
    table = record_file(plot, "Work", f"{project} hours.csv", f"name,hours,tasks\n{rows}", _past(plot, dice))
    budget, deadline = dice.integer(5, 90), plot.day(dice.integer(5, 90))
    text = f"{project}\n\nOwner: {people[0].name}\nBudget: {budget} thousand\nDeadline: {deadline}"
    at = _past(plot, dice)
    brief = record_file(plot, dice.one(("Work", "Team drive")), f"{project} brief.txt", text, at)
    plot.add(
        "files_versions",
        {"file_id": brief, "content": f"{project}\n\nOwner: {people[1].name}", "saved_at": plot.at(-95, 9)},
    )
    record_file(
        plot, "Archive", f"{project} brief (old).txt", f"{project}\n\nOwner: {people[2].name}", plot.at(-200, 9)
    )
    plot.add("files_shares", {"file_id": table, "address": people[0].email, "may": dice.one(("view", "edit"))})
    for person in people[: dice.integer(0, 2)]:
        text = dice.one(
            ("Looks good to me.", "The numbers need a check.", "Please add the deadline.", "Who owns this?")
        )
        plot.add(
            "files_comments",
            {"file_id": brief, "author": person.email, "text": text, "written_at": _past(plot, dice, 9)},
        )


def _past(plot: Plot, dice: Dice, days: int = 90) -> str:
    return plot.at(-dice.integer(1, days), dice.integer(8, 20), dice.integer(0, 59))


def _facts(plot: Plot, dice: Dice) -> dict[str, str]:
    return {
        "number": str(dice.integer(100_000, 999_999)),
        "small": str(dice.integer(2, 12)),
        "code": f"{dice.integer(1000, 9999)}",
        "person": dice.one(plot.people).name,
        "date": plot.day(dice.integer(10, 300)),
        "street": plot.me.street,
    }


_PAPERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("lease.pdf", "Documents", ("Lease of {street}", "Tenant since {date}", "Notice period: {small} weeks")),
    ("insurance.pdf", "Documents", ("Household insurance", "Policy {number}", "Renews on {date}")),
    ("passport copy.jpg", "Documents", ("Passport {number}",)),
    ("emergency contacts.txt", "Documents", ("In an emergency call {person}.",)),
    ("wifi.txt", "Documents", ("Home network: garden-{code}", "Guest network: guest-{code}")),
    ("pancakes.txt", "Recipes", ("Pancakes for {small}", "{small} eggs, milk, flour")),
    ("soup.txt", "Recipes", ("Soup for {small}", "{small} carrots, two onions, stock")),
    ("packing list.txt", "Travel", ("Passport", "Charger", "{small} shirts")),
    ("visa rules.txt", "Travel", ("The visa is valid until {date}.",)),
    ("holiday policy.pdf", "Handbook", ("Every employee has {small} days a quarter.",)),
    ("expenses.pdf", "Handbook", ("Expenses above {small}0 dollars need a receipt.",)),
    ("onboarding.txt", "Team drive", ("Ask {person} for a badge.",)),
)

APP = App(
    name="files",
    about="Documents in folders, own and shared: reading, writing, versions, comments, shares, trash.",
    tables=TABLES,
    generate=generate,
    reads=(list_folder, search, show, read, list_versions, list_comments, list_shared, list_trash, storage),
    writes=(
        *(create_folder, rename_folder, delete_folder, create_file, write, append, rename, move, copy, trash, restore),
        *(delete_forever, share, unshare, comment, delete_comment, restore_version, star),
    ),
)
