"""What parameters of several apps stand for."""

from __future__ import annotations

from collections.abc import Callable

from sge_envs.ui.pages.spec import Look, Record, Thing


def marking(key: str, *names: str) -> Callable[[Record, Look], Record]:
    """A shape for lists: ``marks`` says which of ``names`` are true of a row: ``"unread, starred"``."""

    def mark(found: Record, _: Look) -> Record:
        rows = [{**row, "marks": ", ".join(name for name in names if row[name])} for row in found[key]]
        return {**found, key: rows}

    return mark


def folder_paths(look: Look) -> list[tuple[str, str]]:
    """The id and the path of every folder, those inside others too: ``("7", "Work/Archive")``."""
    waiting: list[tuple[str, dict[str, int]]] = [("", {})]
    found: list[tuple[str, str]] = []
    for start, arguments in waiting:
        result = look("files.list_folder", arguments)
        for folder in result.value["folders"] if result.ok else ():
            found.append((str(folder["id"]), f"{start}{folder['name']}"))
            waiting.append((f"{found[-1][1]}/", {"folder_id": folder["id"]}))
    return sorted(found, key=lambda pair: pair[1])


ACCOUNT = Thing(choices=("bank.list_accounts", "accounts", "id", "name"), shown=("bank.show_account", "name"))
CONTACT = Thing(choices=("contacts.search", "contacts", "id", "name"), shown=("contacts.show", "name"))
FILE = Thing(choices=("files.search", "files", "id", "name"), shown=("files.show", "name"))
FOLDER = Thing(choices=folder_paths)
