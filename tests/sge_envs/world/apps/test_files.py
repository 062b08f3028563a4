from __future__ import annotations

from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def _folders(world: World) -> dict[str, int]:
    return {row["name"]: row["id"] for row in world.db.rows("SELECT * FROM files_folders")}


def _file(world: World, name: str) -> int:
    return int(world.db.value("SELECT id FROM files_files WHERE name = ?", name))


def test_folders_are_listed_from_the_top() -> None:
    world = new_world()
    top = do(world, "files.list_folder")
    assert top["path"] == "/"
    assert [one["name"] for one in top["folders"]] == [
        "Documents",
        "Handbook",
        "Invoices",
        "Photos",
        "Team drive",
        "Travel",
        "Work",
    ]
    documents = next(one["id"] for one in top["folders"] if one["name"] == "Documents")
    inside = do(world, "files.list_folder", folder_id=documents)
    assert [one["name"] for one in inside["folders"]] == ["Recipes"]
    assert "wifi.txt" in [one["name"] for one in inside["files"]]
    assert "old notes.txt" not in [one["name"] for one in inside["files"]], "it is in the trash"
    recipes = do(world, "files.list_folder", folder_id=inside["folders"][0]["id"])
    assert recipes["path"] == "/Documents/Recipes"


def test_search_filters_and_sorts() -> None:
    world = new_world()
    found = everything(world, "files.search", "files")
    assert len(found) == world.db.value("SELECT COUNT(*) FROM files_files WHERE trashed = 0")
    assert [one["modified_at"] for one in found] == sorted((one["modified_at"] for one in found), reverse=True)
    assert {one["kind"] for one in everything(world, "files.search", "files", kind="table")} == {"table"}
    assert [one["name"] for one in everything(world, "files.search", "files", content="guest NETWORK")] == ["wifi.txt"]
    assert everything(world, "files.search", "files", query="wifi", folder_id=_folders(world)["Work"]) == []
    sizes = [one["size"] for one in everything(world, "files.search", "files", sort_by="largest")]
    assert sizes == sorted(sizes, reverse=True)
    day = found[3]["modified_at"][:10]
    assert found[3] in everything(world, "files.search", "files", modified_since=day, modified_until=day)
    assert everything(world, "files.search", "files", starred=True) == []


def test_files_are_shown_and_read() -> None:
    world = new_world()
    wifi = _file(world, "wifi.txt")
    shown = do(world, "files.show", file_id=wifi)
    assert (shown["path"], shown["access"], shown["starred"]) == ("/Documents/wifi.txt", "own", False)
    assert "Guest network" in do(world, "files.read", file_id=wifi)["content"]
    assert "is an image" in refused(world, "files.read", file_id=_file(world, "holiday-01.jpg"))


def test_content_is_written_and_the_old_one_kept() -> None:
    world = new_world()
    wifi = _file(world, "wifi.txt")
    old = do(world, "files.read", file_id=wifi)["content"]
    do(world, "files.write", file_id=wifi, content="None")
    do(world, "files.append", file_id=wifi, text="at all")
    assert do(world, "files.read", file_id=wifi)["content"] == "None\nat all"
    versions = do(world, "files.list_versions", file_id=wifi)["versions"]
    assert [one["content"] for one in versions] == ["None", old]
    do(world, "files.restore_version", version_id=versions[1]["id"])
    assert do(world, "files.read", file_id=wifi)["content"] == old
    for number in range(12):
        do(world, "files.write", file_id=wifi, content=str(number))
    assert len(do(world, "files.list_versions", file_id=wifi)["versions"]) == 10
    assert "only texts and tables" in refused(world, "files.write", file_id=_file(world, "lease.pdf"), content="x")
    assert "for reading only" in refused(world, "files.append", file_id=_file(world, "expenses.pdf"), text="x")


def test_files_are_made_renamed_moved_and_copied() -> None:
    world = new_world()
    folders = _folders(world)
    new = do(world, "files.create_file", folder_id=folders["Work"], name="plan.csv", content="a,b")["id"]
    assert do(world, "files.show", file_id=new)["kind"] == "table"
    assert "already" in refused(world, "files.create_file", folder_id=folders["Work"], name="PLAN.csv")
    assert "of the kind image" in refused(world, "files.create_file", folder_id=folders["Work"], name="a.png")
    assert "slash" in refused(world, "files.create_file", folder_id=folders["Work"], name="a/b")
    assert "reading only" in refused(world, "files.create_file", folder_id=folders["Handbook"], name="a.txt")
    do(world, "files.rename", file_id=new, name="plans.csv")
    assert "an ending of that kind" in refused(world, "files.rename", file_id=new, name="plans.txt")
    do(world, "files.move", file_id=new, folder_id=folders["Team drive"])
    copy = do(world, "files.copy", file_id=new, folder_id=folders["Work"], name="copy.csv")["id"]
    assert do(world, "files.read", file_id=copy)["content"] == "a,b"
    assert [one.table for one in world.changes()] == ["files_files"] * 2
    handbook = _file(world, "expenses.pdf")
    assert do(world, "files.copy", file_id=handbook, folder_id=folders["Work"])
    assert "reading only" in refused(world, "files.move", file_id=handbook, folder_id=folders["Work"])
    assert "an ending of that kind" in refused(
        world, "files.copy", file_id=new, folder_id=folders["Work"], name="c.pdf"
    )


def test_the_trash_keeps_files_until_they_are_deleted_for_good() -> None:
    world = new_world()
    trash = do(world, "files.list_trash")["files"]
    assert [one["name"] for one in trash] == ["old notes.txt"]
    lease = _file(world, "lease.pdf")
    do(world, "files.share", file_id=lease, address="a@x.example")
    assert "not in the trash" in refused(world, "files.delete_forever", file_id=lease)
    assert "not in the trash" in refused(world, "files.restore", file_id=lease)
    do(world, "files.trash", file_id=lease)
    assert "in the trash already" in refused(world, "files.trash", file_id=lease)
    assert "restore it first" in refused(world, "files.rename", file_id=lease, name="x.pdf")
    do(world, "files.restore", file_id=lease)
    do(world, "files.trash", file_id=lease)
    do(world, "files.delete_forever", file_id=lease)
    assert only_change(world).after is None
    assert "belongs to" in refused(world, "files.trash", file_id=_file(world, "onboarding.txt"))


def test_files_are_shared_and_unshared() -> None:
    world = new_world()
    lease = _file(world, "lease.pdf")
    do(world, "files.share", file_id=lease, address="A@x.example", may="edit")
    do(world, "files.share", file_id=lease, address="a@x.example")
    assert do(world, "files.show", file_id=lease)["shares"] == [{"address": "a@x.example", "may": "view"}]
    assert do(world, "files.list_shared", address="a@x.example")["shares"][0]["name"] == "lease.pdf"
    assert len(do(world, "files.list_shared")["shares"]) > 1
    assert "yours already" in refused(world, "files.share", file_id=lease, address=world.db.user["email"])
    do(world, "files.unshare", file_id=lease, address="a@x.example")
    assert "is not shared with" in refused(world, "files.unshare", file_id=lease, address="a@x.example")
    assert world.changes() == ()
    assert "belongs to" in refused(world, "files.share", file_id=_file(world, "expenses.pdf"), address="a@x.example")


def test_comments_are_written_and_only_own_ones_deleted() -> None:
    world = new_world(9)
    row = world.db.one("SELECT * FROM files_comments")
    assert row
    assert "only they can delete it" in refused(world, "files.delete_comment", comment_id=row["id"])
    new = do(world, "files.comment", file_id=row["file_id"], text="Thanks")["id"]
    last = do(world, "files.list_comments", file_id=row["file_id"])["comments"][-1]
    assert (last["id"], last["author"], last["written_at"]) == (new, world.db.user["email"], world.db.now)
    do(world, "files.delete_comment", comment_id=new)
    assert world.changes() == ()


def test_folders_are_made_renamed_and_deleted_when_empty() -> None:
    world = new_world()
    parent = do(world, "files.create_folder", name="New")["id"]
    child = do(world, "files.create_folder", name="Inner", parent_id=parent)["id"]
    assert "already" in refused(world, "files.create_folder", name="inner", parent_id=parent)
    assert "still holds 1" in refused(world, "files.delete_folder", folder_id=parent)
    do(world, "files.rename_folder", folder_id=child, name="Deep")
    for level in range(5):
        child = do(world, "files.create_folder", name=f"L{level}", parent_id=child)["id"]
        if level == 3:
            assert "6 deep" in refused(world, "files.create_folder", name="x", parent_id=child)
            break
    for one in reversed(changed(world)["files_folders"]):
        do(world, "files.delete_folder", folder_id=one.id)
    assert world.changes() == ()
    for name in ("Team drive", "Handbook"):
        assert "belongs to" in refused(world, "files.rename_folder", folder_id=_folders(world)[name], name="x")


def test_space_is_limited() -> None:
    world = new_world()
    room = do(world, "files.storage")
    assert room["used"] == sum(one["size"] for one in room["by_kind"]) < room["quota"]
    row = world.db.one("SELECT * FROM files_files WHERE name = 'lease.pdf'")
    assert row
    world.prepare(
        lambda db: db.update("files_files", row["id"], {"size": room["quota"] - room["used"] + row["size"] - 5})
    )
    folder = _folders(world)["Work"]
    do(world, "files.create_file", folder_id=folder, name="a.txt", content="12345")
    assert "limit_reached" in refused(world, "files.create_file", folder_id=folder, name="b.txt", content="1")


def test_a_star_is_set_and_taken_away() -> None:
    world = new_world()
    do(world, "files.star", file_id=_file(world, "lease.pdf"))
    assert [one["name"] for one in do(world, "files.search", starred=True)["files"]] == ["lease.pdf"]
    do(world, "files.star", file_id=_file(world, "lease.pdf"), starred=False)
    assert world.changes() == ()
