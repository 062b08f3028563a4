"""Notes: notebooks of texts and checklists, with tags."""

from __future__ import annotations

from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Length, Name, Page, PageSize, Range, Text
from sge_envs.world.letters import PLACES, PROJECTS
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE notes_notebooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, read_only INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE notes_notes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, notebook_id INTEGER NOT NULL REFERENCES notes_notebooks (id),
    title TEXT NOT NULL, body TEXT NOT NULL DEFAULT '', pinned INTEGER NOT NULL DEFAULT 0,
    archived INTEGER NOT NULL DEFAULT 0, locked INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL
);
CREATE INDEX notes_notes_notebook ON notes_notes (notebook_id);
CREATE TABLE notes_items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, note_id INTEGER NOT NULL REFERENCES notes_notes (id), text TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0, position INTEGER NOT NULL
);
CREATE INDEX notes_items_note ON notes_items (note_id, position);
CREATE TABLE notes_tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT, note_id INTEGER NOT NULL REFERENCES notes_notes (id), tag TEXT NOT NULL,
    UNIQUE (note_id, tag)
);
"""

Tag = Annotated[str, Length(1, 30)]
Item = Annotated[str, Length(1, 200)]
Items = Annotated[list[Item], Length(1, 50)]
SortBy = Literal["newest", "oldest", "title"]
_ORDER = {"newest": "n.modified_at DESC, n.id DESC", "oldest": "n.modified_at, n.id", "title": "n.title, n.id"}
MAX_ITEMS = 100


# Reading ------------------------------------------------------------------------------------------------------------


def list_notebooks(db: Database) -> Record:
    """List the notebooks.

    Returns:
        notebooks, each with id, name, read_only and notes (how many).
    """
    rows = db.rows(
        "SELECT b.id, b.name, b.read_only, COUNT(n.id) AS notes FROM notes_notebooks b "
        "LEFT JOIN notes_notes n ON n.notebook_id = b.id GROUP BY b.id ORDER BY b.name"
    )
    return {"notebooks": [row | {"read_only": bool(row["read_only"])} for row in rows]}


def search(
    db: Database,
    query: str | None = None,
    notebook_id: int | None = None,
    tag: Tag | None = None,
    pinned: bool | None = None,
    include_archived: bool = False,
    sort_by: SortBy = "newest",
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find notes; every filter that is given must hold.

    Args:
        query: Words that must stand in the title, the text or the checklist.
        notebook_id: Only this notebook.
        tag: Only notes with this tag.
        pinned: Only pinned (true) or only others (false).
        include_archived: Archived notes too.
        sort_by: The order of the results, by the time of the last change or by title.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and notes with id, title, notebook, pinned, archived and modified_at.
    """
    where = Where()
    if notebook_id is not None:
        _notebook(db, notebook_id)
    items = "(SELECT group_concat(i.text, ' ') FROM notes_items i WHERE i.note_id = n.id)"
    where.words(("n.title", "n.body", items), query)
    where.given("n.notebook_id = ?", notebook_id)
    where.given("n.id IN (SELECT note_id FROM notes_tags WHERE tag = ?)", _plain(tag) if tag else None)
    where.given("n.pinned = ?", pinned)
    if not include_archived:
        where.add("n.archived = 0")
    sql = (
        "SELECT n.id, n.title, b.name AS notebook, n.pinned, n.archived, n.modified_at FROM notes_notes n "
        f"JOIN notes_notebooks b ON b.id = n.notebook_id {{where}} ORDER BY {_ORDER[sort_by]}"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"notes": [_flags(row, "pinned", "archived") for row in found]}


def show(db: Database, note_id: int) -> Record:
    """Show a note in full.

    Args:
        note_id: The note's id.

    Returns:
        All fields, tags, and the checklist's items with id, text and done, in their order.
    """
    row = _note(db, note_id)
    items = db.rows("SELECT id, text, done FROM notes_items WHERE note_id = ? ORDER BY position, id", note_id)
    return _flags(row, "pinned", "archived", "locked") | {
        "tags": db.column("SELECT tag FROM notes_tags WHERE note_id = ? ORDER BY tag", note_id),
        "items": [_flags(item, "done") for item in items],
    }


def list_tags(db: Database) -> Record:
    """List the tags in use.

    Returns:
        tags, each with tag and notes (how many have it).
    """
    return {"tags": db.rows("SELECT tag, COUNT(*) AS notes FROM notes_tags GROUP BY tag ORDER BY tag")}


def list_open_items(db: Database, notebook_id: int | None = None, page: Page = 1, page_size: PageSize = 20) -> Record:
    """List the items of all checklists that are not done, archived notes aside.

    Args:
        notebook_id: Only this notebook.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and items with id, text, note_id and title.
    """
    where = Where()
    if notebook_id is not None:
        _notebook(db, notebook_id)
    where.add("i.done = 0 AND n.archived = 0")
    where.given("n.notebook_id = ?", notebook_id)
    sql = (
        "SELECT i.id, i.text, i.note_id, n.title FROM notes_items i JOIN notes_notes n ON n.id = i.note_id {where} "
        "ORDER BY n.title, n.id, i.position, i.id"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"items": found}


# Writing ------------------------------------------------------------------------------------------------------------


def create(db: Database, notebook_id: int, title: Name, body: Text = "", items: Items | None = None) -> Record:
    """Write a new note.

    Args:
        notebook_id: The notebook it goes into, not a read-only one.
        title: Its title.
        body: Its text.
        items: The items of its checklist, in order.

    Returns:
        id of the note.
    """
    _writable(db, notebook_id)
    note_id = _insert(db, notebook_id, title.strip(), body)
    _add_items(db, note_id, items or [])
    return {"id": note_id}


def update(db: Database, note_id: int, title: Name | None = None, body: Text | None = None) -> Record:
    """Change title or text of a note that is not locked; what is not given stays.

    Args:
        note_id: The note's id.
        title: New title.
        body: New text, in place of the old one.

    Returns:
        id and changed, the names of the fields that were set.
    """
    _editable(db, note_id)
    values = {name: value for name, value in (("title", title), ("body", body)) if value is not None}
    if not values:
        raise invalid("Nothing to change: give a title or a body.")
    db.update("notes_notes", note_id, values | {"modified_at": db.now})
    return {"id": note_id, "changed": list(values)}


def append(db: Database, note_id: int, text: Text) -> Record:
    """Add a line to the end of a note's text.

    Args:
        note_id: The note's id.
        text: What to add, without the line break before it.

    Returns:
        id and body.
    """
    row = _editable(db, note_id)
    body = f"{row['body']}\n{text}" if row["body"] else text
    if len(body) > 20_000:
        raise limit_reached("A note can have 20,000 characters at most.")
    db.update("notes_notes", note_id, {"body": body, "modified_at": db.now})
    return {"id": note_id, "body": body}


def delete(db: Database, note_id: int) -> Record:
    """Delete a note that is not locked.

    Args:
        note_id: The note's id.

    Returns:
        id of the deleted note.
    """
    _editable(db, note_id)
    _destroy(db, note_id)
    return {"id": note_id}


def move(db: Database, note_id: int, notebook_id: int) -> Record:
    """Move a note to another notebook; neither may be read-only.

    Args:
        note_id: The note's id.
        notebook_id: Where it goes.

    Returns:
        id and notebook_id.
    """
    _editable(db, note_id)
    _writable(db, notebook_id)
    db.update("notes_notes", note_id, {"notebook_id": notebook_id})
    return {"id": note_id, "notebook_id": notebook_id}


def duplicate(db: Database, note_id: int, title: Name) -> Record:
    """Copy a note with its checklist and tags into the same notebook; all items of the copy are open.

    Args:
        note_id: The note to copy.
        title: Title of the copy.

    Returns:
        id of the copy.
    """
    row = _note(db, note_id)
    _writable(db, row["notebook_id"])
    copy = _insert(db, row["notebook_id"], title.strip(), row["body"])
    _add_items(db, copy, db.column("SELECT text FROM notes_items WHERE note_id = ? ORDER BY position, id", note_id))
    for tag in db.column("SELECT tag FROM notes_tags WHERE note_id = ? ORDER BY tag", note_id):
        db.insert("notes_tags", {"note_id": copy, "tag": tag})
    return {"id": copy}


def merge(db: Database, keep_id: int, remove_id: int) -> Record:
    """Join two notes: text, items and tags of the second are added to the first, and the second is deleted.

    Args:
        keep_id: The note that stays.
        remove_id: The note that is merged into it.

    Returns:
        id of the note that stays.
    """
    keep, gone = _editable(db, keep_id), _editable(db, remove_id)
    if keep_id == remove_id:
        raise invalid("keep_id and remove_id must be two different notes.")
    body = "\n".join(text for text in (keep["body"], gone["body"]) if text)
    if len(body) > 20_000:
        raise limit_reached("A note can have 20,000 characters at most.")
    items = db.rows("SELECT text, done FROM notes_items WHERE note_id = ? ORDER BY position, id", remove_id)
    tags = db.column("SELECT tag FROM notes_tags WHERE note_id = ? ORDER BY tag", remove_id)
    _destroy(db, remove_id)
    db.update("notes_notes", keep_id, {"body": body, "modified_at": db.now})
    first = _add_items(db, keep_id, [item["text"] for item in items])
    for item_id, item in zip(first, items):
        db.update("notes_items", item_id, {"done": item["done"]})
    for tag in tags:
        _tag(db, keep_id, tag)
    return {"id": keep_id}


def pin(db: Database, note_id: int, pinned: bool = True) -> Record:
    """Pin a note, or unpin it.

    Args:
        note_id: The note's id.
        pinned: True to pin.

    Returns:
        id and pinned.
    """
    _note(db, note_id)
    db.update("notes_notes", note_id, {"pinned": int(pinned)})
    return {"id": note_id, "pinned": pinned}


def archive(db: Database, note_id: int, archived: bool = True) -> Record:
    """Archive a note, or bring it back.

    Args:
        note_id: The note's id.
        archived: True to archive.

    Returns:
        id and archived.
    """
    _note(db, note_id)
    db.update("notes_notes", note_id, {"archived": int(archived)})
    return {"id": note_id, "archived": archived}


def lock(db: Database, note_id: int, locked: bool = True) -> Record:
    """Lock a note against changes, or unlock it.

    Args:
        note_id: The note's id.
        locked: True to lock.

    Returns:
        id and locked.
    """
    _note(db, note_id)
    db.update("notes_notes", note_id, {"locked": int(locked)})
    return {"id": note_id, "locked": locked}


def add_tag(db: Database, note_id: int, tag: Tag) -> Record:
    """Put a tag on a note.

    Args:
        note_id: The note's id.
        tag: The tag; it is kept in lower case.

    Returns:
        id and tags.
    """
    _note(db, note_id)
    if not _tag(db, note_id, _plain(tag)):
        raise conflict(f"The note {note_id} has the tag {_plain(tag)!r} already.")
    return {"id": note_id, "tags": show(db, note_id)["tags"]}


def remove_tag(db: Database, note_id: int, tag: Tag) -> Record:
    """Take a tag off a note.

    Args:
        note_id: The note's id.
        tag: The tag.

    Returns:
        id and tags.
    """
    _note(db, note_id)
    known = db.value("SELECT id FROM notes_tags WHERE note_id = ? AND tag = ?", note_id, _plain(tag))
    if known is None:
        raise conflict(f"The note {note_id} does not have the tag {_plain(tag)!r}.")
    db.delete("notes_tags", known)
    return {"id": note_id, "tags": show(db, note_id)["tags"]}


def add_items(db: Database, note_id: int, items: Items) -> Record:
    """Add items to the end of a note's checklist.

    Args:
        note_id: The note's id.
        items: The items, in order.

    Returns:
        ids of the new items.
    """
    _editable(db, note_id)
    return {"ids": _add_items(db, note_id, items)}


def check_item(db: Database, item_id: int, done: bool = True) -> Record:
    """Mark an item of a checklist as done, or as open again.

    Args:
        item_id: The item's id.
        done: True for done.

    Returns:
        id and done.
    """
    _item(db, item_id)
    db.update("notes_items", item_id, {"done": int(done)})
    return {"id": item_id, "done": done}


def edit_item(db: Database, item_id: int, text: Item) -> Record:
    """Change the text of an item.

    Args:
        item_id: The item's id.
        text: The new text.

    Returns:
        id and text.
    """
    _item(db, item_id)
    db.update("notes_items", item_id, {"text": text})
    return {"id": item_id, "text": text}


def move_item(db: Database, item_id: int, position: Annotated[int, Range(1, MAX_ITEMS)]) -> Record:
    """Move an item to another place of its checklist.

    Args:
        item_id: The item's id.
        position: The new place, 1 for the first.

    Returns:
        ids of the items in their new order.
    """
    row = _item(db, item_id)
    ids = db.column("SELECT id FROM notes_items WHERE note_id = ? ORDER BY position, id", row["note_id"])
    if position > len(ids):
        raise invalid(f"The checklist has {len(ids)} items, so there is no place {position}.")
    ids.remove(item_id)
    ids.insert(position - 1, item_id)
    for place, one in enumerate(ids, 1):
        db.update("notes_items", one, {"position": place})
    return {"ids": ids}


def remove_item(db: Database, item_id: int) -> Record:
    """Remove an item from its checklist.

    Args:
        item_id: The item's id.

    Returns:
        id of the removed item.
    """
    _item(db, item_id)
    db.delete("notes_items", item_id)
    return {"id": item_id}


def clear_done(db: Database, note_id: int) -> Record:
    """Remove all items of a checklist that are done.

    Args:
        note_id: The note's id.

    Returns:
        removed, how many there were.
    """
    _editable(db, note_id)
    ids = db.column("SELECT id FROM notes_items WHERE note_id = ? AND done = 1 ORDER BY id", note_id)
    for one in ids:
        db.delete("notes_items", one)
    return {"removed": len(ids)}


def create_notebook(db: Database, name: Name) -> Record:
    """Make a notebook.

    Args:
        name: Its name, not used by another.

    Returns:
        id of the notebook.
    """
    _check_name(db, name)
    return {"id": db.insert("notes_notebooks", {"name": name.strip()})}


def rename_notebook(db: Database, notebook_id: int, name: Name) -> Record:
    """Give a notebook that is not read-only another name.

    Args:
        notebook_id: The notebook's id.
        name: The new name, not used by another.

    Returns:
        id and name.
    """
    if _writable(db, notebook_id)["name"] != name.strip():
        _check_name(db, name)
    db.update("notes_notebooks", notebook_id, {"name": name.strip()})
    return {"id": notebook_id, "name": name.strip()}


def delete_notebook(db: Database, notebook_id: int) -> Record:
    """Delete an empty notebook that is not read-only.

    Args:
        notebook_id: The notebook's id.

    Returns:
        id of the deleted notebook.
    """
    row = _writable(db, notebook_id)
    notes = db.value("SELECT COUNT(*) FROM notes_notes WHERE notebook_id = ?", notebook_id)
    if notes:
        raise conflict(f"The notebook {row['name']!r} has {notes} notes: move or delete them first.")
    db.delete("notes_notebooks", notebook_id)
    return {"id": notebook_id}


# The inside ---------------------------------------------------------------------------------------------------------


def _notebook(db: Database, notebook_id: int) -> Row:
    row = db.get("notes_notebooks", notebook_id)
    if row is None:
        raise not_found("notebook", notebook_id)
    return row


def _writable(db: Database, notebook_id: int) -> Row:
    row = _notebook(db, notebook_id)
    if row["read_only"]:
        raise not_allowed(f"The notebook {row['name']!r} is read-only.")
    return row


def _note(db: Database, note_id: int) -> Row:
    row = db.get("notes_notes", note_id)
    if row is None:
        raise not_found("note", note_id)
    return row


def _editable(db: Database, note_id: int) -> Row:
    row = _note(db, note_id)
    _writable(db, row["notebook_id"])
    if row["locked"]:
        raise not_allowed(f"The note {row['title']!r} is locked: unlock it with notes.lock first.")
    return row


def _item(db: Database, item_id: int) -> Row:
    row = db.get("notes_items", item_id)
    if row is None:
        raise not_found("item", item_id)
    _editable(db, row["note_id"])
    return row


def _check_name(db: Database, name: str) -> None:
    if db.value("SELECT id FROM notes_notebooks WHERE name = ? COLLATE NOCASE", name.strip()) is not None:
        raise conflict(f"There is a notebook {name.strip()!r} already.")


def _flags(row: Row, *names: str) -> Row:
    return row | {name: bool(row[name]) for name in names}


def _plain(tag: str) -> str:
    return tag.strip().lower()


def _tag(db: Database, note_id: int, tag: str) -> bool:
    if db.value("SELECT id FROM notes_tags WHERE note_id = ? AND tag = ?", note_id, tag) is not None:
        return False
    db.insert("notes_tags", {"note_id": note_id, "tag": tag})
    return True


def _insert(db: Database, notebook_id: int, title: str, body: str) -> int:
    values = {"notebook_id": notebook_id, "title": title, "body": body, "created_at": db.now, "modified_at": db.now}
    return db.insert("notes_notes", values)


def _add_items(db: Database, note_id: int, items: list[str]) -> list[int]:
    count = db.value("SELECT COUNT(*) FROM notes_items WHERE note_id = ?", note_id)
    if count + len(items) > MAX_ITEMS:
        raise limit_reached(f"A checklist can have {MAX_ITEMS} items, not {count + len(items)}.")
    last = db.value("SELECT COALESCE(MAX(position), 0) FROM notes_items WHERE note_id = ?", note_id)
    return [
        db.insert("notes_items", {"note_id": note_id, "text": text, "position": last + place})
        for place, text in enumerate(items, 1)
    ]


def _destroy(db: Database, note_id: int) -> None:
    db.delete_all("notes_items", "note_id", note_id)
    db.delete_all("notes_tags", "note_id", note_id)
    db.delete("notes_notes", note_id)


# The generated history ----------------------------------------------------------------------------------------------

NOTEBOOKS = ("Home", "Work", "Ideas", "Company news")
_LISTS: dict[str, tuple[str, ...]] = {
    "Groceries": ("Milk", "Eggs", "Bread", "Apples", "Rice", "Coffee", "Tomatoes", "Cheese", "Soap"),
    "Party": ("Invite neighbours", "Buy drinks", "Order cake", "Borrow chairs", "Make playlist"),
    "Weekend": ("Wash the car", "Call the plumber", "Water the plants", "Return library books", "Fix the lamp"),
    "Move": ("Change address", "Cancel the old lease", "Order boxes", "Hand over the keys"),
    "Release": ("Update the changelog", "Ask for reviews", "Book the demo room", "Write the announcement"),
}


def generate(plot: Plot) -> None:
    """Four notebooks (one read-only), checklists, notes of meetings and gifts, tags, a locked note."""
    dice = plot.dice("notes")
    books = {
        name: plot.add("notes_notebooks", {"name": name, "read_only": int(name == "Company news")})
        for name in NOTEBOOKS
    }
    for title, things in _LISTS.items():
        note = _record(plot, dice, books["Work" if title == "Release" else "Home"], title, "")
        for place, text in enumerate(some(dice, things, dice.integer(3, 6)), 1):
            plot.add("notes_items", {"note_id": note, "text": text, "done": int(dice.chance(0.35)), "position": place})
    for project in some(dice, PROJECTS, 4):
        lead, other = some(dice, plot.who("colleague"), 2)
        body = f"Lead: {lead.name}\nNext step: {other.name} sends the numbers\nRoom {dice.integer(1, 20)}"
        _record(plot, dice, books["Work"], f"{project} meeting", body)
    for person in some(dice, plot.who("family", "friend"), 5):
        gift = dice.one(("a scarf", "a cookbook", "concert tickets", "a plant", "a board game"))
        body = f"{person.name} would like {gift}, about {dice.integer(2, 12) * 5} dollars."
        _record(plot, dice, books["Home"], f"Gift for {person.first}", body)
    for cafe in some(dice, PLACES, 4):
        _record(
            plot,
            dice,
            books["Ideas"],
            cafe,
            f"{dice.integer(2, 5)} stars. {dice.one(('Loud', 'Cosy', 'Slow service'))}.",
        )
    for title in ("New office hours", "Parking", "Summer party"):
        _record(plot, dice, books["Company news"], title, f"From {plot.day(dice.integer(5, 60))} on.")
    locked = _record(plot, dice, books["Home"], "Door code", f"{dice.integer(1000, 9999)}")
    next(row for row in plot.rows("notes_notes") if row["id"] == locked)["locked"] = 1


def _record(plot: Plot, dice: Dice, notebook_id: int, title: str, body: str) -> int:
    days = dice.integer(1, 80)
    values = {"notebook_id": notebook_id, "title": title, "body": body, "pinned": int(dice.chance(0.1)), "locked": 0}
    times = {"created_at": plot.at(-days - dice.integer(1, 40), 10), "modified_at": plot.at(-days, dice.integer(8, 21))}
    note = plot.add("notes_notes", values | {"archived": int(dice.chance(0.1))} | times)
    for tag in some(dice, ("todo", "people", "money", "later", "fun"), dice.integer(0, 2)):
        plot.add("notes_tags", {"note_id": note, "tag": tag})
    return note


APP = App(
    name="notes",
    about="Notebooks of notes and checklists, with tags.",
    tables=TABLES,
    generate=generate,
    reads=(list_notebooks, search, show, list_tags, list_open_items),
    writes=(
        *(create, update, append, delete, move, duplicate, merge, pin, archive, lock, add_tag, remove_tag, add_items),
        *(check_item, edit_item, move_item, remove_item, clear_done, create_notebook, rename_notebook, delete_notebook),
    ),
)
