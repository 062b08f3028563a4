"""A game compiled to tables: every name, place and fixed fact where the engine finds it with one index."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sge_envs.alfworld.game import Game, Item, Receptacle, number
from sge_envs.alfworld.state import State
from sge_envs.alfworld.texts import listing

PRIME = (1 << 127) - 1  # state keys are sums modulo this prime

TEXT_VERSIONS = ("0.3", "0.4")
REMEMBERED = 96
"""Lists of objects, and of commands, that each game's tables keep; more would make many live games big."""

_STATIONS = {"heat": frozenset({"Microwave"}), "cool": frozenset({"Fridge"})}  # those of "clean" stand in the game
_NEEDS = {"clean": "cleanable", "cool": "coolable", "heat": "heatable"}
_KNIVES = frozenset({"Knife", "ButterKnife"})


class Tables:
    """What never changes while a game is played. Receptacles, objects and locations are numbers here, sorted by id.

    Args:
        game: the game to compile.
        text_version: ``"0.4"`` or ``"0.3"``, the words of that ALFWorld release; None: those of the game.

    Raises:
        ValueError: an unknown text version, or a game that speaks of a receptacle it does not have.
    """

    def __init__(self, game: Game, *, text_version: str | None = None) -> None:
        version = game.text_version if text_version is None else text_version
        if version not in TEXT_VERSIONS:
            raise ValueError(f"expected a text_version of {TEXT_VERSIONS}, got {version!r}")
        self.game = game
        self.text_version = version
        receptacles = sorted(game.receptacles, key=lambda r: r.id.lower())
        items = sorted(game.items, key=lambda o: o.id.lower())
        self._compile_places(receptacles, items)
        self._compile_receptacles(receptacles)
        self._compile_items(items)
        self._compile_fits(receptacles, items)
        self._compile_goal(receptacles, items)
        self._compile_state(receptacles, items)
        self._compile_keys()
        old = version == "0.3"
        self.put_verb, self.put_link = ("put", " in/on ") if old else ("move", " to ")
        self.has_help = not old
        self.bare_commands = ("inventory", "look") if old else ("help", "inventory", "look")
        self.known_lists: dict[int, str] = {}  # enumerations by the bits of their objects
        self.known_takes: dict[tuple[int, int], list[str]] = {}  # "take" commands by receptacle and its contents

    def put_command(self, o: int, r: int) -> str:
        """The command that puts object number ``o`` into receptacle number ``r``."""
        return f"{self.put_verb} {self.item_names[o]}{self.put_link}{self.receptacle_names[r]}"

    def accessible(self, state: State, r: int) -> bool:
        """Whether the receptacle has no closed door."""
        return bool((self.always_open | state.opened) >> r & 1)

    def inside_here(self, state: State, *, behind_doors: bool = True) -> int:
        """The objects in the receptacles at the agent's place, as bits."""
        inside = 0
        for r in self.here[state.place]:
            if behind_doors or self.accessible(state, r):
                inside |= state.contents[r]
        return inside

    def _compile_places(self, receptacles: list[Receptacle], items: list[Item]) -> None:
        locations = sorted({r.location for r in receptacles if r.location} | {self.game.start})
        self.location_index = {location: index for index, location in enumerate(locations)}
        self.place_of = [self.location_index.get(r.location, -1) for r in receptacles]
        self.here: list[tuple[int, ...]] = [
            tuple(r for r, place in enumerate(self.place_of) if place == index) for index in range(len(locations))
        ]
        self.place_names: list[str] = [""] * len(locations)
        if self.text_version == "0.3":
            every = {r.location for r in receptacles if r.location} | {self.game.start}
            every.update(location for o in items for location in o.locations)
            names = number(every)
            self.place_names = [names[location] for location in locations]

    def _compile_receptacles(self, receptacles: list[Receptacle]) -> None:
        self.receptacle_names = [r.name for r in receptacles]
        self.receptacle_index = {r.name: index for index, r in enumerate(receptacles)}
        self.openable = _bits(index for index, r in enumerate(receptacles) if r.openable)
        # A closed door only matters where there is one: these receptacles count as open whatever the state says.
        self.always_open = _bits(index for index, r in enumerate(receptacles) if not r.openable)
        stations = {"clean": self.game.sinks, **_STATIONS}
        self.stations = {
            verb: _bits(index for index, r in enumerate(receptacles) if r.type in types)
            for verb, types in stations.items()
        }
        names = zip(self.receptacle_names, self.place_of)
        ways = sorted((f"go to {name}", place) for name, place in names if place >= 0)
        self.goto = [tuple(text for text, end in ways if end != place) for place in range(len(self.here))]
        self.mark_index = [-1] * len(receptacles)
        shared = [r for rs in self.here if len(rs) > 1 for r in rs]
        for index, r in enumerate(shared):
            self.mark_index[r] = index
        self.number_of_marks = len(shared)

    def _compile_items(self, items: list[Item]) -> None:
        self.item_names = [o.name for o in items]
        self.item_types = [o.type for o in items]
        self.item_index = {o.name: index for index, o in enumerate(items)}
        self.phrases = [f"a {o.name}" for o in items]

        def having(trait: str) -> int:
            return _bits(index for index, o in enumerate(items) if trait in o.traits)

        self.pickupable = having("pickupable")
        self.toggleable = having("toggleable")
        self.sliceable = having("sliceable")
        self.containers = having("isReceptacleObject")
        self.treatable = {verb: having(trait) for verb, trait in _NEEDS.items()}
        self.knives = _bits(index for index, o in enumerate(items) if o.type in _KNIVES)
        self.insides = {
            outer: listing([o.name for o in items if items[outer].id in o.inside])
            for outer, item in enumerate(items)
            if "isReceptacleObject" in item.traits
        }

    def _compile_fits(self, receptacles: list[Receptacle], items: list[Item]) -> None:
        """Per receptacle the bits of the objects that may be put there."""
        of_type: dict[str, int] = {}
        for index, o in enumerate(items):
            of_type[o.type] = of_type.get(o.type, 0) | 1 << index
        fits: dict[str, int] = {}
        for kind, item_type in self.game.can_contain:
            fits[kind] = fits.get(kind, 0) | of_type.get(item_type, 0)
        self.fits = [fits.get(r.type, 0) for r in receptacles]

    def _compile_goal(self, receptacles: list[Receptacle], items: list[Item]) -> None:
        goal = self.game.goal
        self.goal_items = _bits(index for index, o in enumerate(items) if o.type == goal.object)
        self.goal_places = tuple(index for index, r in enumerate(receptacles) if r.type == goal.receptacle)
        lamps = _bits(index for index, o in enumerate(items) if o.type == goal.lamp)
        self.goal_lamps = lamps & self.toggleable
        for verb in _NEEDS:
            if goal.task_type == f"pick_{verb}_then_place_in_recep":
                self.goal_items &= self.treatable[verb]

    def _compile_state(self, receptacles: list[Receptacle], items: list[Item]) -> None:
        """The state at the start."""
        index_of = {r.id: index for index, r in enumerate(receptacles)}
        state = State(receptacles=len(receptacles), places=len(self.here), marks=self.number_of_marks)
        state.place = self.location_index[self.game.start]
        state.opened = _bits(index for index, r in enumerate(receptacles) if r.opened)
        for index, o in enumerate(items):
            for r in o.receptacles:
                if r not in index_of:
                    raise ValueError(f"object {o.id!r} is in {r!r}, but the game has no such receptacle")
                state.contents[index_of[r]] |= 1 << index
            for location in o.locations:
                if location in self.location_index:
                    state.at[self.location_index[location]] |= 1 << index

        def being(word: str) -> int:
            return _bits(index for index, o in enumerate(items) if word in o.state)

        state.clean, state.hot, state.cool = being("isClean"), being("isHot"), being("isCool")
        state.toggled, state.sliced = being("isToggled"), being("isSliced")
        self.first = state

    def _compile_keys(self) -> None:
        """Random numbers for the state keys, the same in every process: they come from a hash of the whole game."""
        first, sizes = self.first, (len(self.item_names), len(self.receptacle_names), len(self.here))
        world = (first.place, first.opened, first.contents, first.at, first.clean, first.hot, first.cool, first.toggled)
        rules = (self.fits, self.openable, self.stations, self.treatable, self.knives, self.insides, first.sliced)
        traits = (self.pickupable, self.toggleable, self.sliceable, self.containers)
        names = (self.game.goal, self.game.task, self.receptacle_names, self.item_names, self.place_of, sizes)
        items, receptacles, places = sizes
        count = items + 2 * receptacles + 2 * places + self.number_of_marks + 7
        stream = hashlib.shake_256(repr((names, world, rules, traits)).encode()).digest(16 * count)
        numbers = iter(int.from_bytes(stream[16 * i : 16 * i + 16], "little") % PRIME for i in range(count))

        def take(n: int) -> list[int]:
            return [next(numbers) for _ in range(n)]

        (first.key,) = take(1)
        self.key_item = take(items)
        self.key_in, self.key_open = take(receptacles), take(receptacles)
        self.key_at, self.key_place = take(places), take(places)
        self.key_mark = take(self.number_of_marks)
        flags = ("clean", "hot", "cool", "toggled", "sliced", "held")
        self.key_flag = dict(zip(flags, take(6)))

    def key_of(self, state: State) -> int:
        """The key of a state, from its differences to the start."""
        first, flag = self.first, self.key_flag
        total = first.key + self.key_place[state.place] - self.key_place[first.place]
        if state.held >= 0:
            total += self.key_item[state.held] * flag["held"]
        if state.opened != first.opened:
            total += sum(self.key_open[r] for r in bits(state.opened & ~first.opened))
            total -= sum(self.key_open[r] for r in bits(first.opened & ~state.opened))
        total += flag["clean"] * self._gained(first.clean, state.clean)
        total += flag["hot"] * self._gained(first.hot, state.hot)
        total += flag["cool"] * self._gained(first.cool, state.cool)
        total += flag["toggled"] * self._gained(first.toggled, state.toggled)
        total += flag["sliced"] * self._gained(first.sliced, state.sliced)
        for before, now, keys in (
            (first.contents, state.contents, self.key_in),
            (first.at, state.at, self.key_at),
            (first.marks, state.marks, self.key_mark),
        ):
            if before != now:
                total += sum(key * self._gained(old, new) for old, new, key in zip(before, now, keys) if old != new)
        return total % PRIME

    def _gained(self, before: int, now: int) -> int:
        if before == now:
            return 0
        item = self.key_item
        return sum(item[o] for o in bits(now & ~before)) - sum(item[o] for o in bits(before & ~now))


def bits(mask: int) -> list[int]:
    """The positions of the ones, lowest first."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _bits(indices: Iterable[int]) -> int:
    mask = 0
    for index in indices:
        mask |= 1 << index
    return mask
