"""Simple, slow classes with the methods that ``designs.py`` asks for."""

from __future__ import annotations

from statistics import median


class Votes:
    def __init__(self) -> None:
        self.log: list[str] = []

    def vote(self, name: str) -> int:
        self.log.append(name)
        return self.log.count(name)

    def leader(self) -> str | None:
        return max(sorted(set(self.log)), key=self.log.count, default=None)


class Ring:
    def __init__(self, size: int) -> None:
        self.size, self.items = size, list[int]()

    def push(self, value: int) -> bool:
        self.items.append(value)
        fell = len(self.items) > self.size
        self.items = self.items[-self.size :]
        return not fell

    def pop(self) -> int | None:
        return self.items.pop(0) if self.items else None

    def total(self) -> int:
        return sum(self.items)


class Tops:
    def __init__(self) -> None:
        self.items: list[int] = []

    def push(self, value: int) -> None:
        self.items.append(value)

    def pop(self) -> int | None:
        return self.items.pop() if self.items else None

    def spread(self) -> int:
        return max(self.items, default=0) - min(self.items, default=0)


class Editor:
    def __init__(self) -> None:
        self.past = [""]

    def type(self, text: str) -> int:
        self.past.append(self.past[-1] + text)
        return len(self.past[-1])

    def erase(self, count: int) -> str:
        self.past.append(self.past[-1][: max(0, len(self.past[-1]) - count)])
        return self.past[-1]

    def undo(self) -> str:
        self.past = self.past[:-1] or [""]
        return self.past[-1]


class Notebook:
    def __init__(self, pages: int) -> None:
        self.pages, self.notes = pages, list[tuple[str, int]]()

    def write(self, key: str, value: int) -> str | None:
        self.read(key)
        known = any(k == key for k, _ in self.notes)
        self.notes = [note for note in self.notes if note[0] != key] + [(key, value)]
        return self.notes.pop(0)[0] if len(self.notes) > self.pages and not known else None

    def read(self, key: str) -> int | None:
        found = [note for note in self.notes if note[0] == key]
        self.notes = [note for note in self.notes if note[0] != key] + found
        return found[0][1] if found else None


class Seats:
    def __init__(self, count: int) -> None:
        self.taken = [False] * count

    def sit(self) -> int:
        seat = self.taken.index(False) if False in self.taken else -1
        if seat >= 0:
            self.taken[seat] = True
        return seat

    def leave(self, seat: int) -> bool:
        was = 0 <= seat < len(self.taken) and self.taken[seat]
        if was:
            self.taken[seat] = False
        return was


class Till:
    def __init__(self, values: list[int]) -> None:
        self.values = values

    def add(self, index: int, amount: int) -> None:
        self.values[index] += amount

    def total(self, start: int, stop: int) -> int:
        return sum(self.values[start:stop])


class Clans:
    def __init__(self, people: int) -> None:
        self.clan = list(range(people))

    def marry(self, a: int, b: int) -> int:
        old, new = self.clan[a], self.clan[b]
        self.clan = [new if clan == old else clan for clan in self.clan]
        return self.clan.count(new)

    def related(self, a: int, b: int) -> bool:
        return self.clan[a] == self.clan[b]


class Gate:
    def __init__(self, limit: int, window: int) -> None:
        self.limit, self.window, self.now, self.log = limit, window, 0, list[tuple[str, int]]()

    def ask(self, user: str, wait: int) -> bool:
        self.now += wait
        recent = [1 for name, time in self.log if name == user and time > self.now - self.window]
        if len(recent) < self.limit:
            self.log.append((user, self.now))
        return len(recent) < self.limit


class Archive:
    def __init__(self) -> None:
        self.versions: list[dict[str, int]] = [{}]

    def set(self, key: str, value: int) -> None:
        self.versions[-1][key] = value

    def save(self) -> int:
        self.versions.append(dict(self.versions[-1]))
        return len(self.versions) - 2

    def get(self, key: str, version: int) -> int | None:
        return self.versions[version].get(key) if version < len(self.versions) - 1 else None


class Scale:
    def __init__(self) -> None:
        self.values: list[int] = []

    def add(self, value: int) -> None:
        self.values.append(value)

    def drop_largest(self) -> int | None:
        if not self.values:
            return None
        largest = max(self.values)
        self.values.remove(largest)
        return largest

    def median(self) -> float:
        return float(median(self.values)) if self.values else 0.0


class Book:
    def __init__(self) -> None:
        self.entries: list[str] = []

    def add(self, name: str) -> bool:
        self.entries.append(name)
        return self.entries.count(name) == 1

    def remove(self, prefix: str) -> int:
        before = len(set(self.entries))
        self.entries = [name for name in self.entries if not name.startswith(prefix)]
        return before - len(set(self.entries))

    def count(self, prefix: str) -> int:
        return len({name for name in self.entries if name.startswith(prefix)})
