"""The words that people, towns and companies of the worlds are made of. No name stands in two pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pool:
    """First and last names that go together freely."""

    first: tuple[str, ...]
    last: tuple[str, ...]


def _pool(first: str, last: str) -> Pool:
    return Pool(tuple(first.split()), tuple(last.split()))


POOLS: Mapping[str, Pool] = {
    "train": _pool(
        "Alice Bruno Carla Derek Elena Felix Grace Hassan Irene Jonas Kira Liam Maya Nils Olga Pedro Quinn Rosa Simon "
        "Tara Umar Vera Walter Xenia Yusuf Zoe Adam Beth Colin Dora Emil Faye Gina Hugo Ines Jack",
        "Abbott Barros Chen Duarte Ellis Fischer Garner Holt Ivanov Jensen Keller Lopez Moreau Nolan Okafor Parks "
        "Quigley Reyes Sato Turner Ueda Vogel Winters Xu Young Zeller Ames Boyle Castro Dietz Egan Frost Gallo Hahn",
    ),
    "valid": _pool(
        "Anya Boris Celia Dmitri Edith Farid Gloria Henrik Isla Javier Klara Lars Mona Noel Opal Pavel Rania Stefan "
        "Thea Ursula Viktor Wanda Yara Zane Amos Bianca Cyrus Delia Ezra Flora Gus Hilda Ivo Jana Kofi Leona",
        "Adler Becker Conti Drake Endo Fuentes Grant Huang Ibarra Jacobs Kaplan Larsen Medina Novak Osborne Pereira "
        "Rossi Schmidt Tanaka Ulrich Vargas Weber Yilmaz Zimmer Alvarez Brandt Coleman Dubois Eriksen Flynn Gupta Hauser",
    ),
    "test": _pool(
        "Agnes Basil Clara Dominic Esther Frank Greta Harold Ingrid Joel Katja Leo Miriam Nadia Oscar Paula Ramon Silvia "
        "Tobias Uma Vincent Willa Yannick Zelda Arturo Brenda Caleb Daphne Erik Freya Gavin Helena Ian Judith Kurt Lena",
        "Archer Bianchi Cohen Dalton Eaton Ferrari Goldman Hughes Iqbal Joshi Kowalski Lambert Mori Nguyen Ortega "
        "Petrov Rahman Singh Thorne Usman Valdez Wagner Yamada Zhang Ashby Bauer Cross Devlin Emery Fontaine Gibson Hale",
    ),
}
"""The people of the splits."""

COMPANIES = (
    *(
        "Northwind Labs",
        "Bluebird Media",
        "Harbor Logistics",
        "Quartz Analytics",
        "Pinecrest Foods",
        "Silverline Design",
    ),
    *("Orchard Health", "Copperfield Energy", "Lakeside Architects", "Meridian Press"),
)
JOBS = (
    *("accountant", "designer", "engineer", "office manager", "analyst", "editor", "product manager", "lawyer"),
    *("researcher", "sales lead", "technician", "recruiter"),
)
TOWNS = ("Ashford", "Brookhaven", "Cedar Falls", "Eastport", "Fairview", "Glenwood", "Millbrook", "Riverton")
STREETS = (
    *("Maple Street", "Oak Avenue", "Station Road", "Park Lane", "Hill Street", "River Road", "Church Street"),
    *(
        "Elm Drive",
        "Mill Lane",
        "Garden Row",
        "Bridge Street",
        "Cedar Court",
        "Market Street",
        "Lake View",
        "King Street",
    ),
    *("Queen Street", "Forest Road", "Meadow Way", "Harbor Street", "Spring Lane", "Sunset Drive", "Willow Way"),
    *("College Road", "Castle Street", "Orchard Road", "Victoria Road"),
)
