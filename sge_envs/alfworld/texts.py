"""What the household says: the answers that do not depend on the rules, in ALFWorld's words."""

from __future__ import annotations

from collections.abc import Sequence

WELCOME = "-= Welcome to TextWorld, ALFRED! =-"
NOTHING = "Nothing happens."

_COMMANDS = (
    ("look", "look around your current location"),
    ("inventory", "check your current inventory"),
    ("go to (receptacle)", "move to a receptacle"),
    ("open (receptacle)", "open a receptacle"),
    ("close (receptacle)", "close a receptacle"),
    ("take (object) from (receptacle)", "take an object from a receptacle"),
    ("move (object) to (receptacle)", "place an object in or on a receptacle"),
    ("examine (something)", "examine a receptacle or an object"),
    ("use (object)", "use an object"),
    ("heat (object) with (receptacle)", "heat an object using a receptacle"),
    ("clean (object) with (receptacle)", "clean an object using a receptacle"),
    ("cool (object) with (receptacle)", "cool an object using a receptacle"),
    ("slice (object) with (object)", "slice an object using a sharp object"),
)


def _help() -> str:
    lines = ["Available commands:"]
    for usage, meaning in _COMMANDS:
        width = 32 if usage.startswith("move") else 34  # the original's columns slip on this line
        lines.append(f"  {usage + ':':<{width}}{meaning}")
    return "\n".join(lines) + "\n"


HELP = _help()


def listing(names: Sequence[str]) -> str:
    """``a mug 1, a cup 2, and a pan 1``; two names keep the comma, none are "nothing"."""
    return join([f"a {name}" for name in names])


def join(parts: Sequence[str]) -> str:
    """The parts as one enumeration."""
    if len(parts) < 2:
        return parts[0] if parts else "nothing"
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


def examine_object(name: str, *, clean: bool, hot: bool, cool: bool, on: bool, sliced: bool, sliceable: bool) -> str:
    """What examining an object says that is no container; the first line that holds wins, as in the original."""
    if clean and hot:
        return f"This is a hot and clean {'sliced ' if sliced else ''}{name}."
    if clean and cool:
        return f"This is a cool and clean {'sliced ' if sliced else ''}{name}."
    if sliced and (clean or hot or cool):
        return f"This is a {'clean' if clean else 'hot' if hot else 'cool'} sliced {name}."
    if hot or clean or cool:
        return f"This is a {'hot' if hot else 'clean' if clean else 'cold'} {name}."
    if on:
        return f"This {name} is on."
    if sliced and sliceable:
        return f"This is a sliced {name}."
    return f"There's nothing special about {name}."
