from __future__ import annotations

import threading

import pytest

from sge_envs.errors import SnapshotError
from sge_envs.world.database import Database, make_image
from sge_envs.world.errors import OperationError, conflict
from sge_envs.world.queries import Where
from sge_envs.world.schema import make_schema

TABLES = """
CREATE TABLE t_boxes (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, weight INTEGER NOT NULL DEFAULT 1);
CREATE TABLE t_lids (id INTEGER PRIMARY KEY AUTOINCREMENT, box_id INTEGER REFERENCES t_boxes (id));
"""


def _database(*names: str) -> Database:
    schema = make_schema([TABLES])
    db = Database(schema, make_image(schema.template))
    with db.writing("begin"):
        for name in names:
            db.insert("t_boxes", {"name": name})
    db.rebase()
    return db


def test_rows_come_back_as_they_were_written() -> None:
    db = _database("a", "b")
    assert db.rows("SELECT * FROM t_boxes ORDER BY id DESC")[0] == {"id": 2, "name": "b", "weight": 1}
    assert db.one("SELECT name FROM t_boxes WHERE id = ?", 1) == {"name": "a"}
    assert db.one("SELECT name FROM t_boxes WHERE id = ?", 9) is None
    assert db.value("SELECT COUNT(*) FROM t_boxes") == 2
    assert db.column("SELECT name FROM t_boxes ORDER BY id") == ["a", "b"]
    assert db.get("t_boxes", 2) == {"id": 2, "name": "b", "weight": 1}
    assert db.get("t_boxes", 3) is None


def test_changes_are_the_net_difference_to_the_beginning() -> None:
    db = _database("a", "b", "c")
    with db.writing("one"):
        db.update("t_boxes", 1, {"name": "x"})
        db.delete("t_boxes", 2)
        new = db.insert("t_boxes", {"name": "d"})
        gone = db.insert("t_boxes", {"name": "e"})
        db.update("t_boxes", 3, {"weight": 7})
    with db.writing("two"):
        db.update("t_boxes", 3, {"weight": 1})
        db.delete("t_boxes", gone)
        db.update("t_boxes", 1, {"weight": 2})
    changed, deleted, inserted = db.changes()
    assert (changed.table, changed.id, changed.by, changed.columns) == ("t_boxes", 1, "two", ("name", "weight"))
    assert changed.before == {"id": 1, "name": "a", "weight": 1}
    assert changed.after == {"id": 1, "name": "x", "weight": 2}
    assert (deleted.id, deleted.after, deleted.by) == (2, None, "one")
    assert (inserted.id, inserted.before, inserted.columns) == (new, None, ())


def test_equal_states_have_equal_keys_whatever_way_led_there() -> None:
    one, other = _database("a", "b"), _database("a", "b")
    start = one.key()
    assert start == other.key() != _database("a", "c").key()
    with one.writing("x"):
        one.update("t_boxes", 1, {"name": "n"})
        one.update("t_boxes", 2, {"name": "m"})
    for id, name in ((2, "m"), (1, "z"), (1, "n")):
        with other.writing("y"):
            other.update("t_boxes", id, {"name": name})
    assert one.key() == other.key() != start
    with one.writing("x"):
        one.update("t_boxes", 1, {"name": "a"})
        one.update("t_boxes", 2, {"name": "b"})
    assert one.key() == start


def test_an_operation_that_raises_leaves_nothing_behind() -> None:
    db = _database("a")
    key = db.key()

    def fail() -> None:
        with db.writing("x"):
            db.insert("t_boxes", {"name": "b"})
            db.update("t_boxes", 1, {"name": "z"})
            raise conflict("No.")

    with pytest.raises(OperationError):
        fail()
    assert db.key() == key
    assert db.changes() == ()
    assert db.column("SELECT name FROM t_boxes") == ["a"]


def test_an_id_is_never_used_twice() -> None:
    db = _database("a")
    with db.writing("x"):
        first = db.insert("t_boxes", {"name": "b"})
        db.delete("t_boxes", first)
        assert db.insert("t_boxes", {"name": "c"}) == first + 1


def test_writing_outside_an_operation_that_writes_is_a_fault_of_the_program() -> None:
    with pytest.raises(AssertionError, match="only reads"):
        _database().insert("t_boxes", {"name": "a"})


def test_delete_all_counts_what_it_deletes_and_the_log_sees_every_row() -> None:
    db = _database("a")
    with db.writing("x"):
        for _ in range(3):
            db.insert("t_lids", {"box_id": 1})
    db.rebase()
    with db.writing("y"):
        assert db.delete_all("t_lids", "box_id", 1) == 3
    assert [one.after for one in db.changes()] == [None] * 3


def test_a_saved_state_is_restored_with_its_log() -> None:
    db, other = _database("a", "b"), _database("q")
    with db.writing("x"):
        db.update("t_boxes", 1, {"name": "z"})
    saved = db.save()
    with db.writing("y"):
        db.delete("t_boxes", 2)
    other.restore(saved)
    assert [(one.id, one.by) for one in other.changes()] == [(1, "x")]
    with other.writing("y"):
        other.delete("t_boxes", 2)
    assert other.key() == db.key()
    assert other.changes() == db.changes()


@pytest.mark.parametrize("cut", [0, 3, 9, 60])
def test_a_damaged_snapshot_is_refused(cut: int) -> None:
    db = _database("a")
    with pytest.raises(SnapshotError, match="take a new one"):
        db.restore(db.save()[:cut])


def test_rebase_makes_the_present_the_beginning_and_keeps_keys_apart() -> None:
    db = _database("a")
    before = db.key()
    with db.writing("x"):
        db.update("t_boxes", 1, {"name": "b"})
    db.rebase()
    assert db.changes() == ()
    assert db.key() != before


def test_pages_count_everything_once() -> None:
    db = _database(*"abcdefg")
    where = Where()
    where.add("name != ?", "d")
    seen: list[str] = []
    for page in (1, 2, 3):
        rows, pages = db.page("SELECT name FROM t_boxes {where} ORDER BY name", where, page, 2)
        assert pages == {"total": 6, "page": page, "pages": 3}
        seen += [row["name"] for row in rows]
    assert seen == list("abcefg")
    assert db.page("SELECT name FROM t_boxes {where} ORDER BY name", where, 9, 2)[0] == []
    assert db.page("SELECT name FROM t_boxes {where}", Where(), 1, 7)[1] == {"total": 7, "page": 1, "pages": 1}


def test_a_page_after_the_last_one_still_knows_the_total() -> None:
    rows, pages = _database(*"abc").page("SELECT name FROM t_boxes {where} ORDER BY name", Where(), 4, 2)
    assert (rows, pages) == ([], {"total": 3, "page": 4, "pages": 2})


def test_words_match_in_any_order_and_case_and_signs_stand_for_themselves() -> None:
    db = _database("Red 100% box", "red thing", "a_b")

    def found(query: str) -> list[str]:
        where = Where()
        where.words(("name",), query)
        return db.column(f"SELECT name FROM t_boxes {where} ORDER BY id", *where.values)

    assert found("BOX red") == ["Red 100% box"]
    assert found("%") == ["Red 100% box"]
    assert found("_") == ["a_b"]
    assert found("") == ["Red 100% box", "red thing", "a_b"]
    assert found("blue") == []


def test_a_database_serves_another_thread() -> None:
    db, seen = _database("a"), []
    thread = threading.Thread(target=lambda: seen.append(db.value("SELECT name FROM t_boxes")))
    thread.start()
    thread.join()
    assert seen == ["a"]
