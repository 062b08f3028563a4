from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_envs.world.world import World, full_catalogue, world_image
from tests.sge_envs.world.fuzz import Fuzzer


def _dump(world: World) -> dict[tuple[str, int], dict[str, object]]:
    return {
        (table, row["id"]): row
        for table in world.catalogue.schema.columns
        for row in world.db.rows(f"SELECT * FROM {table}")
    }


@pytest.mark.parametrize("seed", range(6))
def test_thousands_of_random_calls_raise_nothing_and_the_log_knows_every_row_that_changed(seed: int) -> None:
    world = World(world_image("train", seed))
    first = _dump(world)
    fuzzer = Fuzzer(world, seed)
    carried_out = set()
    for number in range(2000):
        name, arguments = fuzzer.call()
        key = world.key()
        result = world.call(name, arguments)
        assert "FOREIGN KEY" not in result.message, (name, arguments, result)
        assert "UNIQUE" not in result.message, (name, arguments, result)
        assert "CHECK" not in result.message, (name, arguments, result)
        assert result.ok or (result.message.endswith((".", "?")) and len(result.message) < 1200), result
        assert result.ok or world.key() == key, "a refused call changed the state"
        if result.ok:
            carried_out.add(name)
            json.dumps(result.value, allow_nan=False)
            assert world.catalogue.operations[name].writes or world.key() == key
        if number % 500 == 499:
            fuzzer.refresh()
            last = _dump(world)
            expected = {key for key in first.keys() | last.keys() if first.get(key) != last.get(key)}
            changes = world.changes()
            assert {(one.table, one.id) for one in changes} == expected
            assert all(one.before == first.get((one.table, one.id)) for one in changes)
            assert all(one.after == last.get((one.table, one.id)) for one in changes)
    assert world.db.rows("PRAGMA foreign_key_check") == []
    assert len(carried_out) > 40


@pytest.mark.parametrize("seed", range(2))
def test_a_restored_world_goes_on_like_the_original(seed: int) -> None:
    world = World(world_image("valid", seed))
    fuzzer = Fuzzer(world, seed)
    for _ in range(150):
        world.call(*fuzzer.call())
    other = World(world_image("valid", seed + 1))
    other.restore(world.save())
    assert other.key() == world.key()
    assert other.changes() == world.changes()
    for _ in range(150):
        call = fuzzer.call()
        assert repr(other.call(*call)) == repr(world.call(*call))
        assert other.key() == world.key()
    assert _dump(other) == _dump(world)
    assert other.save() == world.save()


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(sorted(full_catalogue().operations)) | st.text(max_size=30) | st.just("x" * 100_000),
    arguments=st.none()
    | st.dictionaries(
        st.sampled_from(["contact_id", "to", "subject", "body", "page", "query", "name"]) | st.text(max_size=8),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=5,
        ),
        max_size=4,
    ),
)
def test_no_call_raises_whatever_is_called_with_whatever(name: str, arguments: dict[str, object] | None) -> None:
    world = World(world_image("train", 0))
    result = world.call(name, arguments)
    assert result.ok or len(result.message) < 1200
