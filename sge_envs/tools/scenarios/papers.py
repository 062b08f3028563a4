"""Scenarios with files and notes."""

from __future__ import annotations

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, address_of, everything, need
from sge_envs.world.database import Row


def _file(scene: Scene, more: str = "1") -> Row:
    """An own file whose name stands only once."""
    return scene.row(
        "SELECT f.*, d.name AS folder FROM files_files f JOIN files_folders d ON d.id = f.folder_id WHERE d.access "
        "= 'own' AND "
        f"f.trashed = 0 AND {more} AND (SELECT COUNT(*) FROM files_files o WHERE o.name = f.name) = 1"
    )


def _find(do: Do, name: str) -> int:
    found = everything(do, "files.search", "files", query=name)
    return int(next(one["id"] for one in found if one["name"] == name))


def _note(scene: Scene, more: str = "1") -> Row:
    return scene.row(
        "SELECT n.*, b.name AS notebook FROM notes_notes n JOIN notes_notebooks b ON b.id = n.notebook_id WHERE "
        "b.read_only = 0 AND "
        f"n.archived = 0 AND n.locked = 0 AND {more} AND (SELECT COUNT(*) FROM notes_notes o WHERE o.title = "
        "n.title) = 1"
    )


def _find_note(do: Do, title: str) -> int:
    found = everything(do, "notes.search", "notes", query=title)
    return int(next(one["id"] for one in found if one["title"] == title))


def share_file(scene: Scene) -> Instance:
    row, person = _file(scene), a_person(scene, "colleague", "friend")
    need(
        scene.db.value("SELECT id FROM files_shares WHERE file_id = ? AND address = ?", row["id"], person["email"])
        is None
    )
    may = scene.dice.one(("view", "edit"))

    def solve(do: Do) -> None:
        do("files.share", file_id=_find(do, row["name"]), address=address_of(do, person["name"]), may=may)

    verb = "read, but not change" if may == "view" else "edit"
    return Instance(f"Share the file '{row['name']}' with {person['name']}, who may {verb} it.", solve)


def tidy_up(scene: Scene) -> Instance:
    row = _file(scene)
    name = scene.dice.one(("Old", "2024", "Done", "Attic"))
    need(scene.db.value("SELECT id FROM files_folders WHERE name = ?", name) is None)

    def solve(do: Do) -> None:
        made = do("files.create_folder", name=name)["id"]
        do("files.move", file_id=_find(do, row["name"]), folder_id=made)

    return Instance(f"Make a new folder '{name}' at the top of my files and move '{row['name']}' into it.", solve)


def largest(scene: Scene) -> Instance:
    kind = scene.dice.one(("pdf", "image", "text", "table"))

    def solve(do: Do) -> str:
        found = do("files.search", kind=kind, sort_by="largest")["files"]
        need(len(found) >= 2 and found[0]["size"] > found[1]["size"])
        return str(found[0]["name"])

    return Instance(
        f"What is the name of the largest {kind} file that I can see, my own and those shared with me?", solve
    )


def whose_comment(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT f.name FROM files_comments c JOIN files_files f ON f.id = c.file_id WHERE f.trashed = 0 GROUP BY f.id "
        "HAVING COUNT(*) = 1 AND (SELECT COUNT(*) FROM files_files o WHERE o.name = f.name) = 1"
    )

    def solve(do: Do) -> str:
        found = do("files.list_comments", file_id=_find(do, row["name"]))["comments"]
        return str(found[0]["author"])

    return Instance(f"Who commented on the file '{row['name']}'? Give the e-mail address.", solve)


def stop_sharing(scene: Scene) -> Instance:
    address = scene.row("SELECT address FROM files_shares GROUP BY address")["address"]

    def solve(do: Do) -> None:
        found = do("files.list_shared", address=address)["shares"]
        for one in found:
            do("files.unshare", file_id=one["file_id"], address=address)

    return Instance(
        scene.say(
            f"Take back everything that I share with {address}, who should no longer see any of my files.",
            f"Stop sharing files with {address}: none of mine should be open to that address any more.",
        ),
        solve,
    )


def check_off(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT n.title, i.text FROM notes_items i JOIN notes_notes n ON n.id = i.note_id JOIN notes_notebooks b ON "
        "b.id = "
        "n.notebook_id WHERE i.done = 0 AND n.locked = 0 AND b.read_only = 0 AND n.archived = 0 AND (SELECT "
        "COUNT(*) FROM notes_items j "
        "WHERE j.text = i.text) = 1"
    )

    def solve(do: Do) -> None:
        found = everything(do, "notes.list_open_items", "items")
        do("notes.check_item", item_id=next(one["id"] for one in found if one["text"] == row["text"]))

    return Instance(
        scene.say(
            f"'{row['text']}' in my note '{row['title']}' is done: tick it off.",
            f"Check off '{row['text']}' in the note '{row['title']}'.",
        ),
        solve,
    )


def shopping_list(scene: Scene) -> Instance:
    row = _note(scene, "EXISTS (SELECT 1 FROM notes_items i WHERE i.note_id = n.id)")
    things = scene.some(("Candles", "Batteries", "Tape", "Light bulbs", "Glue", "Stamps"), 2)

    def solve(do: Do) -> None:
        do("notes.add_items", note_id=_find_note(do, row["title"]), items=things)

    return Instance(
        f"Add two items at the end of the list in my note '{row['title']}': '{things[0]}', then '{things[1]}'.", solve
    )


def archive_tagged(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT t.tag FROM notes_tags t JOIN notes_notes n ON n.id = t.note_id JOIN notes_notebooks b ON b.id = "
        "n.notebook_id "
        "GROUP BY t.tag HAVING COUNT(*) >= 2 AND MAX(b.read_only) = 0 AND MAX(n.locked) = 0 AND SUM(n.archived = 0) "
        ">= 2"
    )

    def solve(do: Do) -> None:
        for one in everything(do, "notes.search", "notes", tag=row["tag"]):
            do("notes.archive", note_id=one["id"])

    return Instance(f"Archive all my notes with the tag '{row['tag']}'.", solve)


def note_down(scene: Scene) -> Instance:
    row = _note(scene)

    def solve(do: Do) -> None:
        do("notes.append", note_id=_find_note(do, row["title"]), text="Call the landlord about the heating.")

    return Instance(
        f"Write into my note '{row['title']}', below what is there, that I have to call the landlord.",
        solve,
        free={"notes_notes.body": Says((row["body"].strip(), "landlord"))},
    )


SCENARIOS = (
    Scenario("files.share", "medium", "train", share_file),
    Scenario("files.tidy_up", "medium", "train", tidy_up),
    Scenario("files.largest", "easy", "train", largest),
    Scenario("files.who_commented", "easy", "valid", whose_comment),
    Scenario("files.stop_sharing", "medium", "test", stop_sharing),
    Scenario("notes.check_off", "easy", "train", check_off),
    Scenario("notes.add_items", "easy", "train", shopping_list),
    Scenario("notes.archive_tagged", "medium", "test", archive_tagged),
    Scenario("notes.write_down", "easy", "train", note_down),
)
