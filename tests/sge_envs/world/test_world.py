from __future__ import annotations

from typing import Any

import pytest

from sge_envs.errors import SnapshotError, UnknownSplit
from sge_envs.world.app import App, in_order
from sge_envs.world.database import Database
from sge_envs.world.errors import BadOperation
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot
from sge_envs.world.world import Catalogue, World, full_catalogue, generate, world_image
from tests.sge_envs.world.acting import do, new_world, refused


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("mail.sent", {}, "unknown_operation: There is no operation 'mail.sent'. Did you mean 'mail.send'?"),
        ("contact.search", {}, "Did you mean 'contacts.search'?"),
        ("zzz", {}, "The apps are: "),
        (
            "contacts.show",
            {"contact_id": True},
            "invalid_argument: contacts.show: contact_id: expected a whole number, got True.",
        ),
        ("contacts.show", {}, "missing_argument: contacts.show: the argument 'contact_id' is missing"),
        (
            "contacts.show",
            {"contact": 1, "contact_id": 1},
            "unknown_argument: contacts.show: there is no argument 'contact'.",
        ),
        ("contacts.show", {"contact_id": 99999}, "not_found: There is no contact 99999."),
        ("mail.search", {"page_size": 51}, "expected a whole number from 1 to 50, got 51"),
        ("mail.search", {"page": 0}, "expected a whole number from 1 to 10000, got 0"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_and_the_nearest_name_given(name: str, arguments: Any, says: str) -> None:
    assert says in refused(new_world(), name, **arguments)


def test_arguments_that_are_no_object_are_refused() -> None:
    result = new_world().call("mail.search", [1, 2])  # type: ignore[arg-type]
    assert (result.ok, result.error) == (False, "invalid_argument")


def test_there_are_hundreds_of_operations_in_many_apps() -> None:
    catalogue = full_catalogue()
    assert len(catalogue.apps) >= 7
    assert len(catalogue.operations) >= 180


@pytest.mark.parametrize("app", full_catalogue().apps, ids=lambda app: app.name)
def test_every_app_keeps_the_conventions(app: App) -> None:
    catalogue = full_catalogue()
    for table, columns in catalogue.schema.columns.items():
        assert columns[0] == "id"
        assert table.partition("_")[0] in {"world"} | {one.name.partition("_")[0] for one in catalogue.apps}
    for forbidden in ("CASCADE", "TRIGGER", "CREATE VIEW", "SET NULL", "BLOB"):
        assert forbidden not in app.tables.upper()
    assert app.tables.count("CREATE TABLE") == app.tables.count("id INTEGER PRIMARY KEY AUTOINCREMENT")
    names = [one.name for one in app.operations()]
    assert len(names) == len(set(names))
    for operation in app.operations():
        assert operation.summary.endswith(".")
        assert operation.returns
        assert all(one.about.endswith((".", "?")) for one in operation.parameters), operation.name
        defaults = {one.name: one.default for one in operation.parameters if not one.required}
        assert {
            name: next(p for p in operation.parameters if p.name == name).kind.check(value)
            for name, value in defaults.items()
        } == defaults


def _nothing(plot: Plot) -> None: ...


def _app(name: str, *needs: str) -> App:
    return App(name=name, about="", tables="", generate=_nothing, reads=(), writes=(), needs=needs)


def test_apps_come_after_those_they_need() -> None:
    apps = in_order([_app("c", "a", "b"), _app("b", "a"), _app("a")])
    assert [app.name for app in apps] == ["a", "b", "c"]


@pytest.mark.parametrize("apps", [[_app("a", "zzz")], [_app("a", "b"), _app("b", "a")]])
def test_needs_that_cannot_be_met_are_refused(apps: list[App]) -> None:
    with pytest.raises(BadOperation, match="wait for apps"):
        in_order(apps)


def count(db: Database) -> Record:
    """Count the beans.

    Returns:
        beans.
    """
    return {"beans": db.value("SELECT COUNT(*) FROM beans_beans")}


def plant(db: Database, name: str) -> Record:
    """Plant a bean.

    Args:
        name: Its name.

    Returns:
        id.
    """
    return {"id": db.insert("beans_beans", {"name": name})}


def _grow(plot: Plot) -> None:
    for person in plot.who("friend"):
        plot.add("beans_beans", {"name": person.name})


BEANS = App(
    name="beans",
    about="Beans.",
    tables="CREATE TABLE beans_beans (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);",
    generate=_grow,
    reads=(count,),
    writes=(plant,),
)


def test_an_app_of_ones_own_is_one_file() -> None:
    catalogue = Catalogue.of([BEANS])
    world = World(generate(catalogue, "test", 3), catalogue)
    assert do(world, "beans.count") == {"beans": 6}
    do(world, "beans.plant", name="Jack")
    assert do(world, "beans.count") == {"beans": 7}
    assert refused(world, "beans.plant", name="Jack").startswith(
        "conflict: beans.plant: other entries refer to this one"
    )


def test_a_task_can_plant_rows_before_the_beginning() -> None:
    world = new_world()
    before = world.key()
    world.prepare(lambda db: db.update("world_user", 1, {"city": "Atlantis"}))
    assert world.changes() == ()
    assert world.key() != before
    assert do(world, "contacts.my_profile")["city"] == "Atlantis"
    with pytest.raises(ZeroDivisionError):
        world.prepare(lambda db: db.update("world_user", 1, {"city": 1 // 0}))
    assert do(world, "contacts.my_profile")["city"] == "Atlantis"


def test_a_world_begins_again_at_any_image() -> None:
    world = new_world()
    first = world.key()
    do(world, "mail.empty_trash")
    do(world, "mail.create_label", name="New")
    world.begin(world_image("train", 8))
    assert world.key() != first
    world.begin(world_image("train", 7))
    assert world.key() == first
    assert world.changes() == ()


def test_a_foreign_snapshot_is_refused() -> None:
    with pytest.raises(SnapshotError, match="take a new one"):
        new_world().restore(b"no snapshot at all")


def test_an_unknown_pool_of_people_is_refused() -> None:
    with pytest.raises(UnknownSplit, match="Did you mean 'train'"):
        generate(Catalogue.of([BEANS]), "trian", 0)


def test_a_closed_world_frees_its_database() -> None:
    world = new_world()
    world.close()
    with pytest.raises(Exception, match="closed"):
        world.db.value("SELECT 1")
