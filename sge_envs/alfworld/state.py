"""The mutable part of a household game: small, cheap to copy, and with a key that is kept up to date."""

from __future__ import annotations


class State:
    """Where the agent is, what it holds, and what has become of the objects; made by :meth:`Engine.start`.

    ``key`` is kept up by every change. Two states of one game have equal keys exactly when everything is equal that a
    later text, command or win can depend on (how often a lamp was used, or what was looked at, is not). The key is a
    sum of products of random numbers modulo a prime, so two different states collide with a probability below 2**-125.
    """

    __slots__ = (
        *("place", "held", "opened", "clean", "hot", "cool", "toggled", "sliced", "contents", "at", "marks"),
        *("key", "won", "commands"),
    )

    def __init__(self, *, receptacles: int, places: int, marks: int) -> None:
        """A world of that many receptacles and locations with nothing in them."""
        self.place = 0  # index of the agent's location
        self.held = -1  # index of the object in hand, -1: none
        self.opened = 0  # bits over receptacles
        self.clean = 0  # bits over objects, as in the four that follow
        self.hot = 0
        self.cool = 0
        self.toggled = 0
        self.sliced = 0
        self.contents = [0] * receptacles  # per receptacle: bits of the objects in it
        self.at = [0] * places  # per location: bits of the objects there
        self.marks = [0] * marks  # per receptacle that shares its location: bits of the objects taken out, not put back
        self.key = 0
        self.won = False
        self.commands: tuple[str, ...] | None = None  # the admissible ones, until something changes

    def clone(self) -> State:
        """An independent copy."""
        new = State.__new__(State)
        new.place, new.held, new.opened = self.place, self.held, self.opened
        new.clean, new.hot, new.cool = self.clean, self.hot, self.cool
        new.toggled, new.sliced = self.toggled, self.sliced
        new.contents, new.at, new.marks = self.contents[:], self.at[:], self.marks[:]
        new.key, new.won, new.commands = self.key, self.won, self.commands
        return new
