"""FreeText: a gymnasium space of any Unicode text, which plain asynchronous vector environments carry truly."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from gymnasium.spaces import Box, Text
from gymnasium.spaces.utils import flatdim, flatten, flatten_space, is_space_dtype_shape_equiv, unflatten
from gymnasium.vector.utils import create_shared_memory, read_from_shared_memory, write_to_shared_memory
from numpy.typing import NDArray

MAX_LENGTH = 16_384
"""Default bound in characters: about 4,000 tokens, and 64 KiB of shared memory for each environment."""

_ALPHABET = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    " .,:;!?'\"()[]{}<>/\\|@#$%&*+-=_~\n\tàéßλж中🙂"
)  # every letter once: older releases of gymnasium count them
_SAMPLE_LENGTH = 64


class FreeText(Text):
    """Any ``str`` of at most ``max_length`` characters, the empty one and lone surrogates included.

    ``sample`` draws short texts from a small alphabet (``characters``) with letters beyond ASCII; ``contains`` looks
    only at the type and the length. Flattened, a text is its code points plus one, padded with zeros: int32 of shape
    ``(max_length,)``.
    """

    def __init__(self, max_length: int = MAX_LENGTH, *, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(max_length, min_length=0, charset=_ALPHABET, seed=seed)

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A text of up to 64 characters; masks as in ``gymnasium.spaces.Text``."""
        if mask is None and probability is None:
            mask = (int(self.np_random.integers(min(self.max_length, _SAMPLE_LENGTH) + 1)), None)
        return super().sample(mask=mask, probability=probability)

    def contains(self, x: Any) -> bool:
        return isinstance(x, str) and len(x) <= self.max_length

    @property
    def is_np_flattenable(self) -> bool:
        return True

    def __eq__(self, other: object, /) -> bool:
        return isinstance(other, FreeText) and other.max_length == self.max_length

    __hash__ = None  # type: ignore[assignment]  # as all of gymnasium's spaces: they can be changed

    def __repr__(self) -> str:
        return f"FreeText({self.max_length})"


class LiveTexts(Sequence[str]):
    """The texts that now stand in shared memory, one for each environment; a deep copy is a plain tuple of them.

    gymnasium reads shared memory once, when a vector environment is made, and afterwards hands out deep copies of
    what it read. For arrays that is right, since they are views; a tuple of texts would stay what it was at the start
    for ever.
    """

    def __init__(self, rows: NDArray[np.uint8]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(_read(row) for row in self._rows[index])
        return _read(self._rows[index])

    def __iter__(self) -> Iterator[str]:
        return (_read(row) for row in self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (tuple, LiveTexts)) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # its content changes

    def __copy__(self) -> tuple[str, ...]:
        return tuple(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[str, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        return repr(tuple(self))


_LENGTH = np.dtype("<u4")


def _row_size(space: FreeText) -> int:
    return _LENGTH.itemsize + 4 * space.max_length  # four bytes hold any code point in UTF-8


def _rows(space: FreeText, memory: Any) -> NDArray[np.uint8]:
    return np.frombuffer(memory.get_obj(), dtype=np.uint8).reshape(-1, _row_size(space))


def _read(row: NDArray[np.uint8]) -> str:
    start = _LENGTH.itemsize
    size = int(row[:start].view(_LENGTH)[0])
    return row[start : start + size].tobytes().decode("utf-8", "surrogatepass")


@create_shared_memory.register(FreeText)
def _create_shared_memory(space: FreeText, n: int = 1, ctx: Any = multiprocessing) -> Any:
    return ctx.Array("B", n * _row_size(space))


@read_from_shared_memory.register(FreeText)
def _read_from_shared_memory(space: FreeText, shared_memory: Any, n: int = 1) -> LiveTexts:
    return LiveTexts(_rows(space, shared_memory))


@write_to_shared_memory.register(FreeText)
def _write_to_shared_memory(space: FreeText, index: int, values: str, shared_memory: Any) -> None:
    if values not in space:
        what = f"{len(values)} characters" if isinstance(values, str) else f"a {type(values).__name__}"
        raise ValueError(
            f"Expected a text of at most {space.max_length} characters, got {what}: make the space larger."
        )
    data = np.frombuffer(values.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    row = _rows(space, shared_memory)[index]
    start = _LENGTH.itemsize
    row[start : start + len(data)] = data
    row[:start].view(_LENGTH)[0] = len(data)


@flatdim.register(FreeText)
def _flatdim(space: FreeText) -> int:
    return space.max_length


@flatten_space.register(FreeText)
def _flatten_space(space: FreeText) -> Box:
    return Box(0, 0x110000, (space.max_length,), np.int32)


@flatten.register(FreeText)
def _flatten(space: FreeText, x: str) -> NDArray[np.int32]:  # type: ignore[misc]  # the fallback is generic
    out = np.zeros(space.max_length, np.int32)
    out[: len(x)] = np.frombuffer(x.encode("utf-32-le", "surrogatepass"), np.int32) + 1
    return out


@unflatten.register(FreeText)
def _unflatten(space: FreeText, x: NDArray[np.int32]) -> str:  # type: ignore[misc]  # the fallback is generic
    return (x[x > 0] - 1).astype("<i4").tobytes().decode("utf-32-le", "surrogatepass")


@is_space_dtype_shape_equiv.register(FreeText)
def _is_equivalent(space_1: FreeText, space_2: Any) -> bool:
    return isinstance(space_2, FreeText) and space_1.max_length == space_2.max_length
