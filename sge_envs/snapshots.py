"""A snapshot as bytes: magic, checksum, a JSON header, the family's payload. Never pickle."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, cast

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray

from sge_envs.errors import SnapshotError

MAGIC = b"SGE-SNAP"
VERSION = 1
_PREFIX = struct.Struct(">8sB32sI")  # magic, version, sha256 of all that follows, length of the header


@dataclass(frozen=True, slots=True)
class Header:
    """What every family's snapshot says. ``rng_*`` are the bit generator's states, at the start of the episode and
    now."""

    env: str  # "module:Class" of the environment that took it
    task_id: str
    split: str
    seed: int | None  # of the generator, where it is known
    rng_start: dict[str, Any]
    rng_now: dict[str, Any]
    turn: int
    terminated: bool
    truncated: bool
    too_long: int  # length of the last action if it was refused for its length, else 0
    state_key: str | None


_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "env": str,
    "task_id": str,
    "split": str,
    "seed": (int, NoneType),
    "rng_start": dict,
    "rng_now": dict,
    "turn": int,
    "terminated": bool,
    "truncated": bool,
    "too_long": int,
    "state_key": (str, NoneType),
}
_NAMES = tuple(field.name for field in fields(Header))
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class _NoSeed(ISeedSequence):
    """Seeds a generator that gets its true state at once; NumPy's own would spend more time than all the rest."""

    _WORDS = np.zeros(4, dtype=np.uint64)

    def generate_state(self, n_words: int, dtype: DTypeLike = np.uint32) -> NDArray[np.uint32 | np.uint64]:
        return self._WORDS


_NO_SEED = _NoSeed()


def pack(header: Header, payload: bytes) -> bytes:
    """The snapshot as bytes; ``unpack`` is the inverse."""
    head = _ENCODER.encode({name: getattr(header, name) for name in _NAMES}).encode()
    size = struct.pack(">I", len(head))
    return _PREFIX.pack(MAGIC, VERSION, _digest(size, head, payload), len(head)) + head + payload


def unpack(data: bytes) -> tuple[Header, bytes]:
    """Header and payload of a snapshot.

    Raises:
        SnapshotError: the bytes are no snapshot, of another version, or damaged.
    """
    if len(data) < _PREFIX.size or data[: len(MAGIC)] != MAGIC:
        raise SnapshotError(
            f"Expected bytes that env.snapshot() returned, got {len(data)} bytes that do not start with {MAGIC!r}."
        )
    _, version, digest, size = _PREFIX.unpack_from(data)
    if version != VERSION:
        raise SnapshotError(
            f"The snapshot has format version {version}, this release reads version {VERSION}: take a new one."
        )
    body = data[_PREFIX.size :]
    head, payload = body[:size], body[size:]
    if _digest(struct.pack(">I", size), head, payload) != digest:
        raise SnapshotError("The snapshot is damaged (its checksum does not hold): take a new one, or copy it again.")
    try:
        values = json.loads(head.decode())
        wrong = [name for name, kind in _KINDS.items() if not isinstance(values[name], kind)]
        header = Header(**{name: values[name] for name in _NAMES})
    except (ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"The snapshot's header cannot be read ({error!r}): take a new snapshot.") from error
    if wrong:
        raise SnapshotError(f"The snapshot's header is damaged at {', '.join(wrong)}: take a new snapshot.")
    return header, payload


def rng_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a bit generator as JSON data; only PCG64, gymnasium's generator, can be written down."""
    if state["bit_generator"] != "PCG64":
        raise SnapshotError(
            f"Only environments with NumPy's PCG64 generator can be snapshot, this one has {state['bit_generator']}: "
            "let reset(seed=...) make the generator."
        )
    return dict(state)


def rng_from(state: dict[str, Any]) -> np.random.Generator:
    """The generator that ``rng_state`` wrote down."""
    generator = np.random.Generator(np.random.PCG64(_NO_SEED))  # type: ignore[arg-type]  # NumPy leaves out ISeedSequence
    set_rng(generator, state)
    return generator


def set_rng(generator: np.random.Generator, state: dict[str, Any]) -> None:
    """Put a PCG64 generator where ``rng_state`` found another one."""
    try:
        generator.bit_generator.state = cast(Any, state)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise SnapshotError(
            f"The snapshot's random state cannot be restored ({error!r}): take a new snapshot."
        ) from error


def _digest(size: bytes, head: bytes, payload: bytes) -> bytes:
    return hashlib.sha256(size + head + payload).digest()
