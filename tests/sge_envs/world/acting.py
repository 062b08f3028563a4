"""Calls that must succeed, calls that must be refused, and what they changed."""

from __future__ import annotations

from typing import Any

from sge_envs.world.database import Change
from sge_envs.world.world import World, world_image


def new_world(number: int = 7) -> World:
    """A fresh world."""
    return World(world_image("train", number))


def do(world: World, operation: str, /, **arguments: Any) -> Any:
    """The value of a call that must succeed."""
    result = world.call(operation, arguments)
    assert result.ok, (operation, arguments, result.message)
    return result.value


def refused(world: World, operation: str, /, **arguments: Any) -> str:
    """Code and message of a call that must be refused and change nothing."""
    key = world.key()
    result = world.call(operation, arguments)
    assert not result.ok, (operation, arguments, result.value)
    assert world.key() == key
    return f"{result.error}: {result.message}"


def changed(world: World) -> dict[str, list[Change]]:
    """What differs from the beginning, by table."""
    found: dict[str, list[Change]] = {}
    for one in world.changes():
        found.setdefault(one.table, []).append(one)
    return found


def only_change(world: World) -> Change:
    """The one row that differs from the beginning."""
    (change,) = world.changes()
    return change


def everything(world: World, operation: str, key: str, /, **arguments: Any) -> list[Any]:
    """All pages of a listing in one list."""
    found: list[Any] = []
    page = 1
    while True:
        value = do(world, operation, page=page, page_size=7, **arguments)
        found += value[key]
        if page >= value["pages"]:
            assert len(found) == value["total"]
            return found
        page += 1
