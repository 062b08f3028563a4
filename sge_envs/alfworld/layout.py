"""The furniture of a generated room: which receptacles there are, where they stand, and from where one reaches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sge_envs.alfworld.dice import Dice
from sge_envs.alfworld.rooms import LAMPS, OPENABLE, ROOMS, SHARED_LOCATION, STANDS

RECEPTACLES = {"small": (7, 10), "large": (60, 75)}
"""How many receptacles a room of a size has; a ``real`` room has what the tables say."""

_PART_OF = {"SinkBasin": "Sink", "BathtubBasin": "Bathtub"}  # the id of a basin is that of its sink and a last word
_HORIZONS = (60, 45, 30, 15, 0, -30)  # how far one looks up or down to see a receptacle


@dataclass(frozen=True, slots=True)
class Place:
    """A receptacle before it has its name, and where it stands: metres from the middle of the floor, ``y`` upwards."""

    id: str
    type: str
    location: str
    openable: bool
    x: float
    y: float
    z: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A furnished room and the location at which the player starts, which is no receptacle's."""

    places: tuple[Place, ...]
    start: str


def furnish(
    room: str,
    *,
    seed: int,
    size: str = "real",
    number: int | None = None,
    exact: Sequence[tuple[str, int]] | None = None,
    needs: Sequence[Sequence[str]] = (),
) -> Layout:
    """Furnish a room. The same arguments give the same layout; ``needs`` only add to it.

    Args:
        room: a key of ``ROOMS``.
        seed: of this layout alone.
        size: ``"small"``, ``"real"`` or ``"large"``.
        number: of receptacles, instead of what the size says.
        exact: the receptacle types and counts, instead of all that is drawn.
        needs: groups of types; of each the room gets the first if it has none of the group.
    """
    dice = Dice(seed)
    counts = dict(exact) if exact is not None else _draw_counts(room, dice, size=size, number=number)
    builder = _Builder(dice)
    for kind, count in counts.items():
        for _ in range(count):
            builder.add(kind)
    start = builder.new_location(x=dice.number(-1, 1), z=dice.number(-1, 1), horizon=30)
    for group in needs:
        if not any(counts.get(kind) for kind in group):
            builder.add(group[0])
            counts[group[0]] = 1
    return Layout(places=tuple(builder.places), start=start)


def count_receptacles(room: str, *, seed: int, size: str = "real") -> dict[str, int]:
    """How many receptacles of each type ``furnish`` puts into a room with this seed."""
    return _draw_counts(room, Dice(seed), size=size, number=None)


def _draw_counts(room: str, dice: Dice, *, size: str, number: int | None) -> dict[str, int]:
    counts = {kind: dice.one(options) for kind, options in ROOMS[room].receptacles.items()}
    stands = STANDS[LAMPS[0]]
    if LAMPS[0] in ROOMS[room].fixtures and not any(counts.get(kind) for kind in stands):
        counts[stands[0]] = 1  # no real room with lamps is without a place for one
    if number is None and size in RECEPTACLES:
        number = dice.integer(*RECEPTACLES[size])
    if number is not None:
        _resize(counts, room, dice, number)
    return {kind: count for kind, count in counts.items() if count}


def _resize(counts: dict[str, int], room: str, dice: Dice, number: int) -> None:
    """Add or take away receptacles until there are ``number``, but have one of each core type."""
    core = ROOMS[room].core
    for kind in core:
        counts[kind] = max(1, counts[kind])
    largest = {kind: max(options) for kind, options in ROOMS[room].receptacles.items() if max(options) > 1}
    while sum(counts.values()) < number:
        counts[dice.one(list(largest), list(largest.values()))] += 1
    while sum(counts.values()) > number:
        spare: Mapping[str, int] = {kind: count - (kind in core) for kind, count in counts.items()}
        if not any(spare.values()):
            return
        counts[dice.one(list(spare), list(spare.values()))] -= 1


class _Builder:
    """Gives each receptacle a point in the room and a location in front of it, in the ids of AI2-THOR."""

    def __init__(self, dice: Dice) -> None:
        self.places: list[Place] = []
        self._dice = dice
        self._ids: set[str] = set()
        self._locations: set[str] = set()
        self._alone: dict[str, list[Place]] = {}  # per type: the places whose location nobody shares yet

    def add(self, kind: str) -> None:
        dice = self._dice
        while True:
            x, y, z = dice.number(-4, 4), dice.number(0, 2), dice.number(-4, 4)
            name = write_id(kind, x, y, z)
            if name not in self._ids:
                break
        self._ids.add(name)
        neighbour = self._find_neighbour(kind)
        location = neighbour.location if neighbour else self.new_location(x=x, z=z, horizon=dice.one(_HORIZONS))
        openable = dice.chance(OPENABLE.get(kind, 0.0))
        place = Place(id=name, type=kind, location=location, openable=openable, x=x, y=y, z=z)
        self.places.append(place)
        if neighbour is None:
            self._alone.setdefault(kind, []).append(place)

    def new_location(self, *, x: float, z: float, horizon: int) -> str:
        """A location that nobody has, on AI2-THOR's grid of 25 cm and as near to (x, z) as is free."""
        while True:
            numbers = (round(x / 0.25), round(z / 0.25), self._dice.integer(0, 3), horizon)
            location = "_bar_".join(["loc", *(f"_minus_{-n}" if n < 0 else str(n) for n in numbers)])
            if location not in self._locations:
                self._locations.add(location)
                return location
            x, z = x + self._dice.number(-0.5, 0.5), z + self._dice.number(-0.5, 0.5)

    def _find_neighbour(self, kind: str) -> Place | None:
        partner, share = SHARED_LOCATION.get(kind, ("", 0.0))
        alone = self._alone.get(partner)
        return alone.pop() if alone and self._dice.chance(share) else None


def write_id(kind: str, x: float, y: float, z: float) -> str:
    """The raw id of a thing at a point: ``Mug_bar__plus_00_dot_70_bar__plus_00_dot_94_bar__minus_01_dot_36``."""
    point = "_bar_".join(f"_{'minus' if v < 0 else 'plus'}_{abs(v):05.2f}".replace(".", "_dot_") for v in (x, y, z))
    whole = _PART_OF.get(kind)
    return f"{whole}_bar_{point}_bar_{kind}" if whole else f"{kind}_bar_{point}"
