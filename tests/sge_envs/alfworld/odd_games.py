"""Games with everything that is odd in some real ones, for comparing engines; and a player that tries everything."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Sequence

from sge_envs.alfworld.game import Game, Item, Receptacle

STATES = ("isClean", "isHot", "isCool", "isOn", "isToggled", "isSliced")
NONSENSE = (
    *(
        "",
        "look ",
        " inventory",
        "Look",
        "look  ",
        "look around",
        "go to",
        "go  to shelf 1",
        "go to nowhere 1",
        "take  from ",
    ),
    *(
        "take mug 1 from shelf 1 from",
        "put a in b",
        "open",
        "use",
        "heat x with y",
        "examine",
        "examine agent1",
        "help me",
    ),
    *(
        "move  to ",
        "slice apple 1 with knife 1",
        "clean\tcloth 1 with sinkbasin 1",
        "go to cabinet 1\n",
        "TAKE",
        "\u00e9",
    ),
)


def make_odd(game: Game, *, seed: int) -> Game:
    """The game with shared places, objects in two receptacles, odd states, things inside things, and open doors."""
    rng = random.Random(seed)
    receptacles = _share_places(game.receptacles, rng)
    place_of = {r.id: r.location for r in receptacles}
    items = tuple(_make_item_odd(item, game.items, receptacles, place_of, rng) for item in game.items)
    start = rng.choice(receptacles).location if rng.random() < 0.3 else game.start
    return dataclasses.replace(game, receptacles=receptacles, items=items, start=start, walkthrough=())


def _share_places(receptacles: Sequence[Receptacle], rng: random.Random) -> tuple[Receptacle, ...]:
    places = [r.location for r in receptacles]
    shared = rng.sample(places, k=max(1, len(places) // 4))
    return tuple(
        dataclasses.replace(
            r,
            location=rng.choice(shared) if rng.random() < 0.4 else r.location,
            opened=r.openable and rng.random() < 0.3,
        )
        for r in receptacles
    )


def _make_item_odd(
    item: Item, items: Sequence[Item], receptacles: Sequence[Receptacle], place_of: dict[str, str], rng: random.Random
) -> Item:
    inside = item.receptacles
    if inside and rng.random() < 0.4:
        inside = tuple(sorted({*inside, rng.choice(receptacles).id}))
    locations = tuple(sorted({place_of[r] for r in inside[: rng.choice((1, 2))]})) or item.locations
    traits = set(item.traits)
    if rng.random() < 0.2:
        traits ^= {rng.choice(("pickupable", "toggleable", "sliceable", "isReceptacleObject", "heatable"))}
    bowls = [other.id for other in items if "isReceptacleObject" in other.traits and other.id != item.id]
    return dataclasses.replace(
        item,
        receptacles=inside,
        locations=locations,
        inside=(rng.choice(bowls),) if bowls and rng.random() < 0.3 else (),
        traits=frozenset(traits),
        state=frozenset(word for word in STATES if rng.random() < 0.15),
    )


class Player:
    """Chooses commands: mostly of the verb used least so far, at times any admissible or former one, or nonsense."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._used: Counter[str] = Counter()
        self._known: set[str] = set()

    def choose(self, admissible: Sequence[str]) -> str:
        """The next command, which need not be admissible."""
        self._known.update(admissible)
        rng, kind = self._rng, self._rng.random()
        if kind < 0.1:
            command = rng.choice(NONSENSE)
        elif kind < 0.2:
            command = rng.choice(sorted(self._known))
        elif kind < 0.35:
            command = rng.choice(list(admissible))
        else:
            fewest = min(self._used[_verb(command)] for command in admissible)
            command = rng.choice([command for command in admissible if self._used[_verb(command)] == fewest])
        self._used[_verb(command)] += 1
        return command


def _verb(command: str) -> str:
    return command.split(" ")[0]
