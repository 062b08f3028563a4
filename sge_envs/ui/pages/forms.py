"""Forms: the fields of an operation as they stand, and what was sent as arguments or as errors beside the fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sge_envs.tools.toolbox import all_operations
from sge_envs.ui.pages.acts import look_up
from sge_envs.ui.pages.fields import Field, Values, filled, make_field, read_value, same, sent
from sge_envs.ui.pages.spec import AppPages, Form, Look, Thing
from sge_envs.ui.pages.words import label_of, value_text
from sge_envs.world.operation import Operation, Parameter

PAGING = ("page", "page_size")
LISTED = 4
"""Pages of a list that are read for the choices of a field."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that came: its fields with what is wrong, and the arguments where nothing is."""

    fields: tuple[Field, ...]
    arguments: Mapping[str, Any]

    @property
    def wrong(self) -> bool:
        """Whether any field holds something that cannot be."""
        return any(one.error for one in self.fields)


class Forms:
    """Makes the forms of one app."""

    def __init__(self, pages: AppPages, call: Look) -> None:
        self._pages = pages
        self._call = call

    def fields(self, operation: Operation, query: Values, *, fix: bool = True) -> tuple[Field, ...]:
        """The form as it is first shown. What the query gives is fixed, or with ``fix=False`` just filled in."""
        first = [self._first(operation, one, query, fix=fix) for one in operation.parameters]
        form = self._pages.form(operation.name)
        if form.load and fix:
            given = self._loaded(form, query)
            keys = [form.keys.get(one.name, one.name) for one in first]
            first = [
                one if one.widget == "fixed" or (value := look_up(key, [given])) is None else filled(one, value)
                for one, key in zip(first, keys)
            ]
        return tuple(first)

    def read(self, operation: Operation, shown: Sequence[Field], values: Values, *, whole: bool) -> Sent:
        """What was sent for the fields ``shown``. Optional fields that hold what they held are left out, and so are those that
        did not come. ``whole``: the form was shown, so that boxes that did not come were not checked."""
        fields: list[Field] = []
        arguments: dict[str, Any] = {}
        replaces = self._pages.form(operation.name).whole
        for parameter, before in zip(operation.parameters, shown):
            came = before.name in values or (whole and before.widget in ("boxes", "several"))
            now = sent(before, values) if came and before.widget != "fixed" else before
            first = filled(before, parameter.default) if replaces else before
            if before.widget != "fixed" and not parameter.required and same(first, now):
                fields.append(now)
                continue
            emptied = not parameter.required and bool(before.text) and not now.text and not _is_list(parameter)
            value, error = read_value(now, parameter, emptied=emptied)
            fields.append(replace(now, error=error))
            arguments[parameter.name] = value
        return Sent(tuple(fields), arguments)

    def choices(self, parameter: Parameter) -> list[tuple[str, str]] | None:
        """What may be chosen for a parameter, by value and name; None: it is not chosen."""
        thing = self._thing(parameter.name)
        if thing is None or thing.choices is None:
            return None
        if callable(thing.choices):
            return thing.choices(self._call)
        operation, rows, key, name = thing.choices
        listed = [row for row in self._rows(operation, rows, thing.given) if row.get(key) not in (None, "")]
        found = [(value_text(row[key]), value_text(row.get(name))) for row in listed]
        names = [name for _, name in found]
        return [(value, name if names.count(name) == 1 else f"{name} ({value})") for value, name in found]

    def name_of(self, parameter: Parameter, text: str) -> str:
        """What a value that is given is called."""
        thing = self._thing(parameter.name)
        if thing is None:
            return text
        if thing.shown is not None and text.lstrip("-").isdigit():
            operation, key = thing.shown
            result = self._call(
                self._pages.full(operation), {thing.by or parameter.name.removesuffix("s"): int(text[:15])}
            )
            if result.ok and isinstance(result.value, Mapping):
                return value_text(look_up(key, [result.value]))
        return dict(self.choices(parameter) or ()).get(text, text)

    def fill_in(self, title: str, operation: Operation, arguments: Mapping[str, Any]) -> str:
        """``"Codes of {lock_id}"`` with what the arguments are called."""
        for one in operation.parameters:
            if f"{{{one.name}}}" in title and one.name in arguments:
                title = title.replace(f"{{{one.name}}}", self.name_of(one, value_text(arguments[one.name])))
        return title

    def _thing(self, name: str) -> Thing | None:
        return self._pages.things.get(name)

    def _first(self, operation: Operation, parameter: Parameter, query: Values, *, fix: bool) -> Field:
        label = label_of(parameter.name, self._pages.labels)
        given = parameter.name in query
        choices = None if given and fix else self.choices(parameter)
        field = make_field(parameter, label, choices)
        if not given:
            return field
        field = sent(field, query)
        if not fix:
            return field
        named = tuple((text, self.name_of(parameter, text)) for text in field.texts)
        return replace(field, widget="fixed", choices=(*field.choices, *named))

    def _loaded(self, form: Form, query: Values) -> Mapping[str, Any]:
        operation = all_operations()[self._pages.full(form.load)]
        arguments = {}
        for one in operation.parameters:
            name = form.load_by.get(one.name, one.name)
            if name in query:
                arguments[one.name] = read_value(
                    replace(make_field(one, "", None), texts=tuple(query.getlist(name))), one
                )[0]
        result = self._call(operation.name, arguments)
        found = result.value if result.ok and isinstance(result.value, Mapping) else {}
        if form.row is None:
            return found
        rows, key, parameter = form.row
        wanted = query.getlist(parameter)
        return next((one for one in found.get(rows, ()) if [str(one[key])] == wanted), {})

    def _rows(self, operation: str, key: str, given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        name = self._pages.full(operation)
        paged = any(one.name == "page_size" for one in all_operations()[name].parameters)
        found: list[Mapping[str, Any]] = []
        for page in range(1, LISTED + 1 if paged else 2):
            result = self._call(name, {**given, "page": page, "page_size": 50} if paged else given)
            if not result.ok:
                break
            found += result.value[key]
            if page >= result.value.get("pages", 1):
                break
        return found


def _is_list(parameter: Parameter) -> bool:
    kind = parameter.kind.schema["type"]
    return kind == "array" or (isinstance(kind, list) and kind[0] == "array")
