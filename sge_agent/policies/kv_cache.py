"""Keys and values of many contexts side by side, each as long as its own context, kept from turn to turn.

A context owns a slot. One forward pass reads a range (or a choice) of slots and writes its new tokens in place, each
row at its own position, so nothing is copied from turn to turn and no row waits for another to reach the same length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import Cache

_STEP = 64  # capacity is a multiple of it


@dataclass(frozen=True, slots=True)
class Aim:
    """Where one forward pass of B rows and T columns reads and writes.

    ``rows`` are the slots that are read, in batch order; ``length`` is how many positions of them. New token number i
    is taken from batch row ``source_row[i]`` and column ``source_column[i]``, and goes to slot ``slot[i]``, position
    ``position[i]``.
    """

    rows: slice | torch.Tensor
    length: int
    source_row: torch.Tensor
    source_column: torch.Tensor
    slot: torch.Tensor
    position: torch.Tensor


class SlotCache(Cache):
    """A transformers cache in which every row has its own length: one [slots, heads, capacity, dim] pair per layer."""

    def __init__(self, *, slots: int) -> None:
        super().__init__(layers=[])
        self.slots = slots
        self.capacity = 0
        self._keys: list[torch.Tensor] = []
        self._values: list[torch.Tensor] = []
        self._aim: Aim | None = None

    def aim(self, aim: Aim) -> None:
        """Say where the next forward pass reads and writes."""
        self._aim = aim

    def reserve(self, *, slots: int, length: int) -> None:
        """Make room for so many slots and positions; what is stored stays.

        Capacity grows by a quarter at least, or copying would cost more with each turn; not by more, since rows that lie close
        together in memory are read faster.
        """
        if slots <= self.slots and length <= self.capacity:
            return
        self.slots = max(slots, self.slots)
        if length > self.capacity:
            self.capacity = -(-max(length, self.capacity * 5 // 4) // _STEP) * _STEP
        for store in (self._keys, self._values):
            for i, old in enumerate(store):
                new = old.new_zeros(self.slots, old.shape[1], self.capacity, old.shape[3])
                new[: old.shape[0], :, : old.shape[2]] = old
                store[i] = new

    def swap(self, a: int, b: int, length: int) -> None:
        """Exchange the first ``length`` positions of two slots."""
        pair, reverse = [a, b], [b, a]
        for store in (*self._keys, *self._values):
            store[pair, :, :length] = store[reverse, :, :length]

    def copy(self, source: int, targets: Sequence[int], length: int) -> None:
        """Give ``targets`` the first ``length`` positions of ``source``: a prompt that several contexts share."""
        for store in (*self._keys, *self._values):
            store[list(targets), :, :length] = store[source, :, :length]

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Called by each attention layer with [B, heads, T, dim]; returns [B, heads, length, dim] to attend to."""
        if self._aim is None:
            raise RuntimeError("SlotCache.aim() must be called before the forward pass that uses the cache")
        if layer_idx == len(self._keys):
            for store, new in ((self._keys, key_states), (self._values, value_states)):
                store.append(new.new_zeros(self.slots, new.shape[1], self.capacity, new.shape[3]))
        return self._store(self._keys[layer_idx], key_states), self._store(self._values[layer_idx], value_states)

    def _store(self, store: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
        aim = self._aim
        assert aim is not None
        store[aim.slot, :, aim.position] = new[aim.source_row, :, aim.source_column]
        return store[aim.rows, :, : aim.length]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        return 0  # rows differ; positions and masks are always given explicitly
