"""What a docstring in Google's style says: summary, further text, each argument, what is returned."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

_SECTION = re.compile(r"^(Args|Returns|Raises):$")
_ENTRY = re.compile(r"^ {4}(\w+): (.+)$")


@dataclass(frozen=True, slots=True)
class Docs:
    """A docstring, taken apart."""

    summary: str
    description: str
    arguments: dict[str, str]
    returns: str


def read_docstring(text: str | None) -> Docs:
    """Take a docstring apart; what it does not have stays empty."""
    lines = inspect.cleandoc(text or "").splitlines()
    parts: dict[str, list[str]] = {"": []}
    current = parts[""]
    for line in lines:
        heading = _SECTION.match(line)
        if heading:
            current = parts.setdefault(heading.group(1), [])
        else:
            current.append(line)
    head, _, rest = "\n".join(parts[""]).strip().partition("\n\n")
    return Docs(
        summary=_flow(head),
        description="\n\n".join(_flow(paragraph) for paragraph in rest.strip().split("\n\n")),
        arguments=_entries(parts.get("Args", [])),
        returns=_flow("\n".join(parts.get("Returns", []))),
    )


def _entries(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        entry = _ENTRY.match(line)
        if entry:
            name = entry.group(1)
            found[name] = entry.group(2).strip()
        elif line.strip() and name:
            found[name] += " " + line.strip()
    return found


def _flow(text: str) -> str:
    return " ".join(text.split())
