"""Problems whose answer is a class that stays fast when it is large."""

from __future__ import annotations

from sge_envs.code.compare import Tolerance
from sge_envs.code.problems import design_models as slow
from sge_envs.code.problems.designs import calls, does
from sge_envs.code.problems.draw import flip, ints, number, word
from sge_envs.code.problems.write import design

BUSY = (1, 2, 3, 5, 8, 12, 20, 30, 50, 100, 200, 10_000)


PROBLEMS = (
    design(
        "Stack with a spread",
        "medium",
        "stacks",
        """
        push(value) puts a value on the stack; pop() takes the last one off and returns it, or None from the empty stack;
        spread() returns the largest minus the smallest value on the stack, 0 if it is empty. Up to 20000 calls.
        """,
        """
        class SpreadStack:
            def __init__(self) -> None:
                self.items = []

            def push(self, value: int) -> None:
                _, low, high = self.items[-1] if self.items else (value, value, value)
                self.items.append((value, min(low, value), max(high, value)))

            def pop(self) -> int | None:
                return self.items.pop()[0] if self.items else None

            def spread(self) -> int:
                return self.items[-1][2] - self.items[-1][1] if self.items else 0
        """,
        brute=slow.Tops,
        generate=lambda rng, n: (
            ("__init__", ()),
            *(("push", (number(rng, -n, n),)) for _ in range(n)),
            *(("pop", ()) if i % 3 == 2 and n < 99 else ("spread", ()) for i in range(2 * n if n < 99 else 0)),
            *(("spread", ()) if i % 2 else ("push", (i,)) for i in range(n if n > 99 else 0)),
        ),
        examples=(does((), ("push", 3), ("push", 8), ("spread",), ("pop",), ("spread",)),),
        edges=(does((), ("pop",), ("spread",)),),
        sizes=(*BUSY[:-1], 10_000),
    ),
    design(
        "Notebook of few pages",
        "medium",
        "hashing linked-lists",
        """
        A notebook keeps at most `pages` notes. write(key, value) writes or replaces the note of a key; if a new note does not
        fit, the note that was not used for the longest time is torn out. It returns the key of the note torn out, else None.
        read(key) returns the value of a note, or None. Reading an existing note and writing both use it. 1 <= pages <= 1000,
        up to 20000 calls.
        """,
        """
        class Notebook:
            def __init__(self, pages: int) -> None:
                self.pages = pages
                self.notes = {}

            def write(self, key: str, value: int) -> str | None:
                self.notes.pop(key, None)
                self.notes[key] = value
                if len(self.notes) > self.pages:
                    oldest = next(iter(self.notes))
                    del self.notes[oldest]
                    return oldest
                return None

            def read(self, key: str) -> int | None:
                if key not in self.notes:
                    return None
                value = self.notes.pop(key)
                self.notes[key] = value
                return value
        """,
        brute=slow.Notebook,
        generate=lambda rng, n: calls(
            rng,
            n,
            (number(rng, 1, 3 if n < 99 else 1000),),
            {
                "write": lambda rng: (word(rng, 1 if n < 99 else 4, "abcdef"), number(rng, 0, 99)),
                "read": lambda rng: (word(rng, 1 if n < 99 else 4, "abcdef"),),
            },
        ),
        examples=(does((1,), ("write", "a", 5), ("read", "a"), ("write", "b", 6), ("read", "a")),),
        edges=(does((2,), ("write", "a", 1), ("write", "a", 2), ("write", "b", 3), ("write", "c", 4)),),
        sizes=BUSY,
    ),
    design(
        "Lowest free seat",
        "medium",
        "heaps",
        """
        Seats 0 to count - 1 are free at first. sit() takes the free seat with the smallest number and returns it, or -1 if all
        are taken. leave(seat) frees a seat and returns whether it was taken (False for seats that do not exist). Up to 20000
        seats and calls.
        """,
        """
        import heapq


        class Seats:
            def __init__(self, count: int) -> None:
                self.free = list(range(count))
                self.taken = set()

            def sit(self) -> int:
                if not self.free:
                    return -1
                seat = heapq.heappop(self.free)
                self.taken.add(seat)
                return seat

            def leave(self, seat: int) -> bool:
                if seat not in self.taken:
                    return False
                self.taken.remove(seat)
                heapq.heappush(self.free, seat)
                return True
        """,
        brute=slow.Seats,
        generate=lambda rng, n: calls(
            rng, n, (n,), {"sit": lambda rng: (), "leave": lambda rng: (number(rng, -1, n // 2 + 1),)}
        ),
        examples=(does((2,), ("sit",), ("sit",), ("sit",), ("leave", 0), ("sit",)),),
        edges=(does((0,), ("sit",), ("leave", 0)), does((1,), ("leave", 0), ("leave", -1))),
        sizes=BUSY,
    ),
    design(
        "Shop tills",
        "hard",
        "fenwick-trees",
        """
        A shop has tills with the given amounts of money. add(index, amount) adds to one till (amounts may be negative);
        total(start, stop) returns the sum over the tills from start up to but without stop, 0 <= start <= stop <= number of
        tills. Up to 20000 tills and 20000 calls.
        """,
        """
        class Tills:
            def __init__(self, amounts: list[int]) -> None:
                self.tree = [0] * (len(amounts) + 1)
                for index, amount in enumerate(amounts):
                    self.add(index, amount)

            def add(self, index: int, amount: int) -> None:
                index += 1
                while index < len(self.tree):
                    self.tree[index] += amount
                    index += index & -index

            def total(self, start: int, stop: int) -> int:
                return self._before(stop) - self._before(start)

            def _before(self, index):
                total = 0
                while index:
                    total += self.tree[index]
                    index -= index & -index
                return total
        """,
        brute=slow.Till,
        generate=lambda rng, n: calls(
            rng,
            n,
            (ints(rng, n, -99, 99),),
            {
                "add": lambda rng: (number(rng, 0, n - 1), number(rng, -99, 99)),
                "total": lambda rng: (number(rng, 0, n // 3), number(rng, n - n // 3, n)),
            },
        ),
        examples=(does(([5, 1, 2],), ("total", 0, 2), ("add", 1, 4), ("total", 1, 3)),),
        edges=(does(([],), ("total", 0, 0)), does(([7],), ("add", 0, -9), ("total", 0, 1))),
        sizes=BUSY,
    ),
    design(
        "Clans",
        "medium",
        "union-find",
        """
        People 0 to people - 1 are each a clan of their own. marry(a, b) joins the clans of a and b into one (they may be the
        same already) and returns its size; related(a, b) says whether they are in the same clan. 1 to 20000 people, up to
        20000 calls.
        """,
        """
        class Clans:
            def __init__(self, people: int) -> None:
                self.chief = list(range(people))
                self.size = [1] * people

            def marry(self, a: int, b: int) -> int:
                a, b = self._find(a), self._find(b)
                if a != b:
                    if self.size[a] > self.size[b]:
                        a, b = b, a
                    self.chief[a] = b
                    self.size[b] += self.size[a]
                return self.size[b]

            def related(self, a: int, b: int) -> bool:
                return self._find(a) == self._find(b)

            def _find(self, person):
                while self.chief[person] != person:
                    person = self.chief[person]
                return person
        """,
        brute=slow.Clans,
        generate=lambda rng, n: calls(
            rng,
            n,
            (2 * n if n < 1000 else n,),
            {
                method: lambda rng: tuple(ints(rng, 2, 0, (2 * n if n < 1000 else n) - 1))
                for method in ("marry", "related")
            },
        ),
        examples=(does((3,), ("marry", 0, 2), ("related", 2, 0), ("related", 1, 0), ("marry", 2, 1)),),
        edges=(does((1,), ("marry", 0, 0), ("related", 0, 0)),),
        sizes=BUSY,
    ),
    design(
        "Archive of versions",
        "hard",
        "hashing binary-search",
        """
        set(key, value) changes the current version; save() stores it and returns its number (0, 1, 2, ...); the current
        version goes on with the same contents. get(key, version) returns the value in a stored version, or None if the key
        had none or the version was not stored. Up to 20000 calls.
        """,
        """
        from bisect import bisect_right


        class Archive:
            def __init__(self) -> None:
                self.log = {}
                self.count = 0

            def set(self, key: str, value: int) -> None:
                self.log.setdefault(key, []).append((self.count, value))

            def save(self) -> int:
                self.count += 1
                return self.count - 1

            def get(self, key: str, version: int) -> int | None:
                entries = self.log.get(key, [])
                place = bisect_right(entries, version, key=lambda entry: entry[0])
                return entries[place - 1][1] if place and version < self.count else None
        """,
        brute=slow.Archive,
        generate=lambda rng, n: calls(
            rng,
            n,
            (),
            {
                "set": lambda rng: (word(rng, 1 if n < 99 else 6), number(rng, 0, 9)),
                "save": lambda rng: (),
                "get": lambda rng: (word(rng, 1 if n < 99 else 6), number(rng, 0, n)),
            },
        ),
        examples=(does((), ("set", "a", 1), ("save",), ("set", "a", 2), ("get", "a", 0), ("get", "a", 1)),),
        edges=(does((), ("get", "a", 0), ("save",), ("get", "a", 0), ("set", "a", 5), ("get", "a", 0)),),
        sizes=BUSY,
    ),
    design(
        "Scale with a median",
        "hard",
        "heaps sorting",
        """
        add(value) puts a value on the scale; drop_largest() takes the largest value off and returns it, or None if there is
        none; median() returns the middle value, or the mean of the two middle values, as a float, 0.0 if there is none. Up to
        20000 calls.
        """,
        """
        from bisect import insort


        class Scale:
            def __init__(self) -> None:
                self.values = []

            def add(self, value: int) -> None:
                insort(self.values, value)

            def drop_largest(self) -> int | None:
                return self.values.pop() if self.values else None

            def median(self) -> float:
                n = len(self.values)
                return (self.values[n // 2] + self.values[(n - 1) // 2]) / 2 if n else 0.0
        """,
        brute=slow.Scale,
        generate=lambda rng, n: calls(
            rng,
            n,
            (),
            {
                "add": lambda rng: (number(rng, -9 * n, 9 * n),),
                **({"drop_largest": lambda rng: ()} if n < 1000 or flip(rng, 0.1) else {}),
                "median": lambda rng: (),
            },
        ),
        examples=(does((), ("add", 5), ("add", 2), ("median",), ("drop_largest",), ("median",)),),
        edges=(does((), ("median",), ("drop_largest",)),),
        sizes=BUSY,
        comparison=Tolerance(),
    ),
)
