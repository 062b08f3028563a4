"""Where keys and values are kept."""

from __future__ import annotations

import torch

from sge_agent.policies.kv_cache import Aim, SlotCache


def test_room_grows_by_a_share_so_that_copying_does_not_cost_more_with_each_turn() -> None:
    cache = SlotCache(slots=2)
    capacities = []
    for length in range(10, 4000, 10):
        cache.reserve(slots=2, length=length)
        assert length <= cache.capacity <= max(64, 1.25 * length + 64)
        capacities.append(cache.capacity)
    assert len(set(capacities)) <= 20


def test_what_is_stored_stays_when_room_is_made() -> None:
    cache, new = SlotCache(slots=1), torch.arange(6.0).reshape(1, 1, 3, 2)
    cache.reserve(slots=1, length=3)
    row, columns = torch.zeros(3, dtype=torch.long), torch.arange(3)
    aim = Aim(rows=slice(0, 1), length=3, source_row=row, source_column=columns, slot=row, position=columns)
    cache.aim(aim)
    cache.update(new, -new, 0)
    cache.reserve(slots=3, length=1000)
    keys, values = cache._keys[0], cache._values[0]
    assert keys.shape == values.shape == (3, 1, cache.capacity, 2)
    assert torch.equal(keys[:1, :, :3], new)
    assert torch.equal(values[:1, :, :3], -new)
    assert not keys[1:].any()
    assert not keys[:, :, 3:].any()
