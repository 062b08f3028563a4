"""Who lives in a world: the user and the people around, drawn from the name pool of a split."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.names import COMPANIES, JOBS, POOLS, STREETS, TOWNS

Relation = Literal["family", "friend", "colleague", "neighbour", "service"]
_TRADES = ("plumber", "dentist", "electrician", "vet", "tutor", "gardener", "physiotherapist", "hairdresser")
_SHAPE: tuple[tuple[Relation, int], ...] = (
    ("family", 4),
    ("friend", 6),
    ("colleague", 9),
    ("neighbour", 3),
    ("service", 3),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A person. ``key`` is the place in the cast (the user is 0); ``email`` the address that they write from."""

    key: int
    first: str
    last: str
    email: str
    phone: str
    birthday: str
    street: str
    city: str
    company: str
    job: str
    relation: Relation | Literal["me"]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


def make_cast(pool: str, dice: Dice, year: int) -> tuple[Person, ...]:
    """The user, then 25 people; two share a first name and two a last name with somebody, to be told apart."""
    names = POOLS[pool]
    firsts, lasts = dice.shuffle(names.first), dice.shuffle(names.last)
    employer = dice.one(COMPANIES)
    home = dice.one(TOWNS)
    relations: list[Relation | Literal["me"]] = ["me"]
    relations += [relation for relation, number in _SHAPE for _ in range(number)]
    pairs = [(firsts[place], lasts[place]) for place in range(len(relations))]
    for place in range(1, 5):  # the family shares the user's name
        if dice.chance(0.6):
            pairs[place] = (pairs[place][0], pairs[0][1])
    friend, mate, other, twin = 6, 12, 17, 21
    pairs[mate] = (pairs[friend][0], pairs[mate][1])
    pairs[twin] = (pairs[twin][0], pairs[other][1])
    streets = dice.shuffle(STREETS)
    cast = []
    for key, ((first, last), relation) in enumerate(zip(pairs, relations)):
        at_work = relation == "colleague"
        company = employer if at_work or relation == "me" else dice.one(COMPANIES)
        trade = relation == "service"
        job = _TRADES[(dice.integer(0, 1) * 3 + key) % len(_TRADES)] if trade else dice.one(JOBS)
        host = f"{_slug(company)}.example" if at_work else f"{dice.one(('postbox', 'fastmail', 'inmail'))}.example"
        cast.append(
            Person(
                key=key,
                first=first,
                last=last,
                email=f"{_slug(first)}.{_slug(last)}@{host}",
                phone=f"+1 555 {dice.integer(200, 989)} {dice.integer(1000, 9899) + key:04d}",
                birthday=date(year - dice.integer(22, 68), dice.integer(1, 12), dice.integer(1, 28)).isoformat(),
                street=f"{dice.integer(1, 198)} {streets[key % len(streets)]}",
                city=home if relation in ("me", "neighbour") or dice.chance(0.5) else dice.one(TOWNS),
                company="" if trade else company,
                job=job,
                relation=relation,
            )
        )
    return tuple(cast)


def work_email(person: Person) -> str:
    """The address of a person at work."""
    return f"{_slug(person.first)}.{_slug(person.last)}@{_slug(person.company)}.example"


def _slug(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isascii() and sign.isalnum())
