"""Problems whose answer is a small class."""

from __future__ import annotations

from typing import Any

import numpy as np

from sge_envs.code.problem import Arguments
from sge_envs.code.problems import design_models as slow
from sge_envs.code.problems.draw import number, pick, word
from sge_envs.code.problems.write import design

Rng = np.random.Generator


def calls(rng: Rng, size: int, start: tuple[Any, ...], moves: dict[str, Any]) -> Arguments:
    """Random calls; ``moves`` maps each method to a function of the generator that draws its arguments."""
    names = [pick(rng, list(moves)) for _ in range(3 * size if size < 1000 else size)]
    return (("__init__", start), *((name, moves[name](rng)) for name in names))


def does(start: tuple[Any, ...], *calls: tuple[Any, ...]) -> Arguments:
    """Calls of a case: the constructor's arguments, then for each call its method followed by its arguments."""
    return (("__init__", start), *((method, arguments) for method, *rest in calls for arguments in [tuple(rest)]))


PROBLEMS = (
    design(
        "Ballot box",
        "easy",
        "hashing",
        """
        Count votes. vote(name) counts one and returns how many votes the name has now; leader() returns the name with the
        most votes, of several the alphabetically first, or None before the first vote. At most 200 calls.
        """,
        """
        class BallotBox:
            def __init__(self) -> None:
                self.votes = {}

            def vote(self, name: str) -> int:
                self.votes[name] = self.votes.get(name, 0) + 1
                return self.votes[name]

            def leader(self) -> str | None:
                return min(self.votes, key=lambda name: (-self.votes[name], name), default=None)
        """,
        brute=slow.Votes,
        generate=lambda rng, n: calls(
            rng, n, (), {"vote": lambda rng: (word(rng, 1, "abcd"),), "leader": lambda rng: ()}
        ),
        examples=(does((), ("vote", "li"), ("vote", "bo"), ("leader",), ("vote", "li"), ("leader",)),),
        edges=(does((), ("leader",)),),
    ),
    design(
        "Forgetful shelf",
        "easy",
        "queues",
        """
        A shelf has room for `size` values. push(value) puts one in; if the shelf is full, the oldest value falls off first.
        It returns whether nothing fell off. pop() takes out the oldest value and returns it, or None if there is none. total()
        returns the sum of the values
        on the shelf. 1 <= size <= 20, at most 200 calls.
        """,
        """
        from collections import deque


        class Shelf:
            def __init__(self, size: int) -> None:
                self.items = deque(maxlen=size)

            def push(self, value: int) -> bool:
                room = len(self.items) < self.items.maxlen
                self.items.append(value)
                return room

            def pop(self) -> int | None:
                return self.items.popleft() if self.items else None

            def total(self) -> int:
                return sum(self.items)
        """,
        brute=slow.Ring,
        generate=lambda rng, n: calls(
            rng,
            n,
            (number(rng, 1, 4),),
            {"push": lambda rng: (number(rng, -9, 9),), "pop": lambda rng: (), "total": lambda rng: ()},
        ),
        examples=(does((2,), ("push", 4), ("push", 5), ("push", 6), ("total",), ("pop",)),),
        edges=(does((1,), ("pop",), ("total",), ("push", 3), ("push", 4), ("pop",)),),
    ),
    design(
        "Editor with undo",
        "easy",
        "stacks strings",
        """
        The text is empty at first. type(text) appends and returns the new length; erase(count) deletes up to `count` letters
        from the end and returns the new text; undo() takes back the last call of type or erase that was not yet taken back
        (if there is none, nothing happens) and returns the text. At most 200 calls.
        """,
        """
        class Editor:
            def __init__(self) -> None:
                self.text = ""
                self.history = []

            def type(self, text: str) -> int:
                self.history.append(self.text)
                self.text += text
                return len(self.text)

            def erase(self, count: int) -> str:
                self.history.append(self.text)
                self.text = self.text[:max(0, len(self.text) - count)]
                return self.text

            def undo(self) -> str:
                if self.history:
                    self.text = self.history.pop()
                return self.text
        """,
        brute=slow.Editor,
        generate=lambda rng, n: calls(
            rng,
            n,
            (),
            {
                "type": lambda rng: (word(rng, number(rng, 1, 4)),),
                "erase": lambda rng: (number(rng, 0, 5),),
                "undo": lambda rng: (),
            },
        ),
        examples=(does((), ("type", "hello"), ("erase", 2), ("undo",), ("undo",), ("undo",)),),
        edges=(does((), ("undo",), ("erase", 3), ("type", "")),),
    ),
    design(
        "Gatekeeper",
        "medium",
        "queues hashing",
        """
        ask(user, wait) is asked `wait` seconds after the call before (the first: `wait` seconds after time 0). The user may
        pass unless they have passed `limit` times already within the last `window` seconds; a pass exactly `window` seconds
        ago does not count any more. Return whether the user passes. 1 <= limit <= 10, 1 <= window <= 100, 0 <= wait <= 100, at
        most 200 calls.
        """,
        """
        class Gatekeeper:
            def __init__(self, limit: int, window: int) -> None:
                self.limit, self.window, self.now = limit, window, 0
                self.passes = {}

            def ask(self, user: str, wait: int) -> bool:
                self.now += wait
                times = [time for time in self.passes.get(user, []) if time + self.window > self.now]
                self.passes[user] = times
                if len(times) == self.limit:
                    return False
                times.append(self.now)
                return True
        """,
        brute=slow.Gate,
        generate=lambda rng, n: calls(
            rng,
            n + 1,
            (number(rng, 1, 2), number(rng, 2, 9)),
            {"ask": lambda rng: (word(rng, 1, "ab"), number(rng, 0, 2))},
        ),
        examples=(does((1, 5), ("ask", "ann", 0), ("ask", "ann", 4), ("ask", "bob", 0), ("ask", "ann", 1)),),
        edges=(does((2, 1), ("ask", "x", 0), ("ask", "x", 0), ("ask", "x", 0), ("ask", "x", 1)),),
    ),
    design(
        "Phone book",
        "medium",
        "tries strings",
        """
        add(name) enters a name and returns whether it was new; remove(prefix) deletes all names that begin with the prefix
        and returns how many there were; count(prefix) returns how many different names begin with it. The empty prefix fits
        every name. Names have 1 to 10 lower-case letters; at most 200 calls.
        """,
        """
        class PhoneBook:
            def __init__(self) -> None:
                self.names = set()

            def add(self, name: str) -> bool:
                new = name not in self.names
                self.names.add(name)
                return new

            def remove(self, prefix: str) -> int:
                gone = {name for name in self.names if name.startswith(prefix)}
                self.names -= gone
                return len(gone)

            def count(self, prefix: str) -> int:
                return sum(name.startswith(prefix) for name in self.names)
        """,
        brute=slow.Book,
        generate=lambda rng, n: calls(
            rng,
            n,
            (),
            {
                "add": lambda rng: (word(rng, number(rng, 1, 3), "ab"),),
                "remove": lambda rng: (word(rng, number(rng, 1, 3), "ab"),),
                "count": lambda rng: (word(rng, number(rng, 0, 2), "ab"),),
            },
        ),
        examples=(does((), ("add", "ann"), ("add", "al"), ("count", "a"), ("remove", "an"), ("count", "")),),
        edges=(does((), ("count", ""), ("remove", "x"), ("add", "x"), ("add", "x")),),
    ),
)
