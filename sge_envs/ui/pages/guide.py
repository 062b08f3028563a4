"""How a call is carried out on the pages: which address has its form, what to fill in, what to press.

This is what the scripted solution of ``SGE-TextUI-v0`` plays, and how a test drives the pages with the calls of the tools.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.datastructures import MultiDict

from sge_envs.tools.scenario import Call
from sge_envs.tools.toolbox import all_operations
from sge_envs.ui.calls import MAX_CALLS, write_call
from sge_envs.ui.pages.acts import address_of, is_grave, verb_of
from sge_envs.ui.pages.catalogue import all_pages
from sge_envs.ui.pages.fields import Field, filled
from sge_envs.ui.pages.forms import Forms
from sge_envs.ui.pages.spec import AppPages, Look
from sge_envs.ui.view import Node, View

_FIELDS = frozenset(("textbox", "spinbutton", "combobox", "listbox", "checkbox"))


def next_action(call: Call, view: View, look: Look) -> str:
    """The next action towards ``call``, given the page that is open: to go to its page, else to fill in its form and send it."""
    operation = all_operations()[call.name]
    pages = all_pages()[operation.app]
    if not operation.writes:
        return write_call("goto", address_of(call.name, call.arguments))
    given = {name: value for name, value in call.arguments.items() if _is_thing(pages, name)}
    address = address_of(call.name, given)
    if _parsed(view.path) != _parsed(address):
        return write_call("goto", address)
    query = MultiDict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    fields = Forms(pages, look).fields(operation, query)
    rest = {name: value for name, value in call.arguments.items() if name not in given}
    if pages.form(call.name).whole:
        rest = {
            one.name: one.default for one in operation.parameters if not one.required and one.name not in given
        } | rest
    actions = list(_fill_in(view, fields, rest))
    verb = verb_of(pages, call.name)
    send = write_call("click", _find(view, verb, frozenset(("button",))).id or 0)
    ending = [send, write_call("click", "Yes")] if is_grave(call.name) else [send]
    if len(actions) + len(ending) > MAX_CALLS:
        return "; ".join(actions[:MAX_CALLS])
    return "; ".join([*actions, *ending])


def _is_thing(pages: AppPages, name: str) -> bool:
    """Whether a link gives this argument: it says which thing is meant."""
    return name in pages.things or name.endswith(("_id", "_ids"))


def _parsed(address: str) -> tuple[str, list[tuple[str, str]]]:
    parts = urlsplit(address)
    return parts.path, parse_qsl(parts.query, keep_blank_values=True)


def _fill_in(view: View, fields: tuple[Field, ...], arguments: Mapping[str, Any]) -> Iterator[str]:
    """What must be done to the fields so that they hold the arguments."""
    for field in fields:
        if field.name not in arguments:
            continue
        wanted = filled(field, arguments[field.name])
        if field.widget == "boxes":
            for value, label in field.choices:
                yield from _check(_find(view, label, _FIELDS), value in wanted.texts)
        elif field.widget == "check":
            yield from _check(_find(view, field.label, _FIELDS), wanted.text == "true")
        elif field.widget in ("choose", "several"):
            labels = dict(field.choices)
            yield from _choose(
                _find(view, field.label, _FIELDS), [labels.get(one, one) for one in wanted.texts or ("",)]
            )
        else:
            between = "\n" if field.widget in ("lines", "long") else ", "
            yield from _write(_find(view, field.label, _FIELDS), between.join(wanted.texts))


def _check(node: Node, wanted: bool) -> Iterator[str]:
    if node.has("checked") is not wanted:
        yield write_call("check", node.id or 0, wanted)


def _choose(node: Node, labels: list[str]) -> Iterator[str]:
    chosen = node.traits.get("chosen", [node.value])
    if chosen != labels:
        yield write_call("select", node.id or 0, *labels)


def _write(node: Node, text: str) -> Iterator[str]:
    if node.value != text:
        yield write_call("fill", node.id or 0, text)


def _find(view: View, name: str, roles: frozenset[str]) -> Node:
    """The first element of that name among the roles; pages are made so that there is one."""
    return next(node for node in view.nodes if node.role in roles and " ".join(name.split()) == node.name)
