"""What several scenarios do: finding people, reading all pages."""

from __future__ import annotations

from typing import Any

from sge_envs.tools.scenario import Do, Scene, Unsuitable
from sge_envs.world.database import Row

SCENARIOS = ()


def address_of(do: Do, name: str) -> str:
    """The e-mail address of the person with this full name, from the address book."""
    found = do("contacts.search", query=name)["contacts"]
    return str(next(one["email"] for one in found if one["name"] == name and one["email"]))


def a_person(scene: Scene, *relations: str) -> Row:
    """A contact with an address whose full name nobody else with an address has."""
    marks = ", ".join("?" * len(relations))
    where = f"AND relation IN ({marks})" if relations else ""
    return scene.row(
        "SELECT * FROM contacts_people AS p WHERE email IS NOT NULL AND email != '' AND blocked = 0 AND (SELECT "
        "COUNT(*) FROM "
        f"contacts_people AS q WHERE q.name = p.name AND q.email IS NOT NULL AND q.email != '') = 1 {where}",
        *relations,
    )


def everything(do: Do, operation: str, key: str, /, **arguments: Any) -> list[dict[str, Any]]:
    """The entries of all pages of a listing."""
    found: list[dict[str, Any]] = []
    page = 1
    while True:
        part = do(operation, page=page, page_size=50, **arguments)
        found += part[key]
        if page >= part["pages"]:
            return found
        page += 1


def main_account(do: Do) -> int:
    """The id of the account called Main account."""
    return int(next(one["id"] for one in do("bank.list_accounts")["accounts"] if one["name"] == "Main account"))


def need(holds: object) -> None:
    """Give the world up unless ``holds``."""
    if not holds:
        raise Unsuitable
