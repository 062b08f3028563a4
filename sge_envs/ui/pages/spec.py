"""How the pages of an app are said: which operations have tabs, what their results show, what leads from where to where.

Every operation has one page at a stable address, ``/<app>/<operation>``; its arguments stand in the query. A page of an
operation that reads shows its result, a page of one that writes is its form. Labels, help, choices, defaults and checks
come from the operation itself, so a file in ``apps/`` says only what the operations cannot know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sge_envs.world.world import Result

Record = Mapping[str, Any]
Look = Callable[[str, Mapping[str, Any]], Result]
"""Carries out an operation that reads: ``look("contacts.show", {"contact_id": 3})``."""
Column = str | tuple[str, str]
"""A key of a record, or the key and its label: ``"due"``, ``("id", "Order")``. ``"sender.name"`` is a key of what is inside."""


@dataclass(frozen=True, slots=True)
class Go:
    """Leads to an operation, with arguments from the record it stands at: a link, a form or a button, as the operation is.

    One that reads is a link. One that writes is a button where nothing is left to ask (every parameter is given, or
    ``now`` is set and every required one is), else a link to its form; ``inline`` shows the form on the spot.

    * ``give``: parameter -> key of the record. Keys that a row lacks are looked up in the page's record, then in the
      page's own arguments. A ``Go`` whose key is nowhere, or None, is left out.
    * ``fixed``: parameter -> value.
    * ``when``: shown only for what this accepts: the record, and behind it the page's and its arguments, as one mapping.
    * ``sure``: asks before it is done; by default for operations named delete, remove, cancel and the like.
    """

    operation: str
    give: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    when: Callable[[Record], bool] | None = None
    now: bool = False
    inline: bool = False
    sure: bool | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of records in a result, as a table.

    * ``key``: where the list stands in the result.
    * ``columns``: what is shown; the first column is what ``link`` leads from. One that the page's own arguments fix is left out.
    * ``links``: for other columns.
    * ``actions``: at the end of each row; keep them few.
    * ``pick`` and ``bulk``: a box at each row, and operations on those that are checked: ``pick=("task_ids", "id")`` fills
      the parameter ``task_ids`` with the ``id`` of each row.
    * ``grid``: stays a table on a phone, for narrow columns.
    * ``title``: of the table; by default the key, where the page has a title of its own or several tables.
    """

    key: str
    columns: tuple[Column, ...] = ()
    link: Go | None = None
    links: Mapping[str, Go] = field(default_factory=dict)
    actions: tuple[Go, ...] = ()
    pick: tuple[str, str] | None = None
    bulk: tuple[Go, ...] = ()
    title: str = ""
    empty: str = "Nothing here."
    grid: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The page of an operation that reads.

    * ``title``: key of the result whose value is the title, or a text with keys in it (``"Order {id}"``), also of the page's
      arguments, which are called by their names (``"Codes of {lock_id}"``); by default the tab's label or the operation's name.
    * ``fields``: what of the result is shown above the tables, in this order; None: everything but ids. Long texts are shown
      as texts.
    * ``links``: field -> where its value leads.
    * ``rows``: the tables. Lists of the result that have no ``Rows`` are shown too, plainly; ``hide`` leaves keys out.
    * ``actions``: what can be done here.
    * ``shape``: makes the result fit to be shown: names in place of ids, a list in place of a list of lists.
    """

    operation: str
    title: str = ""
    fields: tuple[Column, ...] | None = None
    links: Mapping[str, Go] = field(default_factory=dict)
    rows: tuple[Rows, ...] = ()
    actions: tuple[Go, ...] = ()
    hide: tuple[str, ...] = ()
    shape: Callable[[Record, Look], Record] | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """What the form of an operation that writes needs beyond the operation itself.

    * ``load``: operation that reads what is to be changed, with the form's own arguments of the same name; its values
      stand in the form from the start, and only what the user changes is sent. ``keys``: parameter -> key of that
      result, where the two differ. ``row``: the values stand in a list of the result: its key, and the key of a row that
      must equal which parameter: ``row=("addresses", "id", "address_id")``.
    * ``whole``: also what was loaded and left as it is is sent, for operations that replace all.
    * ``then``: where it leads when it is done, with arguments from the result and from the form's own; by default back.
    * ``load_by``: parameter of ``load`` -> parameter of the form, where those differ.
    * ``upload``: parameter that may be filled from a file of the user's, and the one for the file's name.
    """

    operation: str
    load: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    row: tuple[str, str, str] | None = None
    load_by: Mapping[str, str] = field(default_factory=dict)
    upload: tuple[str, str] | None = None
    whole: bool = False
    then: Go | None = None


@dataclass(frozen=True, slots=True)
class Thing:
    """What a parameter such as ``list_id`` stands for, so that people see names instead of numbers.

    * ``choices``: operation, key of its list, key of the value, key of the name: offers these in forms. Or a function that
      returns pairs of value and name.
    * ``shown``: operation (it takes the parameter, or the one named ``by``) and key of the name: names one that is given.
    * ``given``: further arguments of the operation of ``choices``.
    """

    choices: tuple[str, str, str, str] | Callable[[Look], list[tuple[str, str]]] | None = None
    shown: tuple[str, str] | None = None
    by: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tab:
    """A section of the app: an operation that reads, with these arguments from the start. An argument may be a function
    of the time in the world, such as ``"2025-03-14T09:30"``."""

    operation: str
    label: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def at(self, now: str) -> dict[str, Any]:
        """The arguments at this time."""
        return {name: value(now) if callable(value) else value for name, value in self.arguments.items()}


@dataclass(frozen=True, slots=True)
class AppPages:
    """The pages of one app. A module of ``apps`` ends with ``PAGES = AppPages(...)``.

    Operations are named without the app, those of other apps in full (``"bank.show_transaction"``). ``search`` is the
    operation behind the search box; it has a parameter ``query``. ``things`` are by parameter. ``money`` names keys whose
    numbers are amounts; ``labels`` say keys and parameters in other words than their names, ``verbs`` operations.
    """

    app: str
    title: str
    tabs: tuple[Tab, ...]
    pages: tuple[Page, ...] = ()
    forms: tuple[Form, ...] = ()
    search: str = ""
    things: Mapping[str, Thing] = field(default_factory=dict)
    money: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    verbs: Mapping[str, str] = field(default_factory=dict)

    def full(self, operation: str) -> str:
        """The full name of an operation."""
        return operation if "." in operation else f"{self.app}.{operation}"

    def page(self, operation: str) -> Page:
        """The page of an operation that reads, by its full name."""
        return next((one for one in self.pages if self.full(one.operation) == operation), Page(operation))

    def form(self, operation: str) -> Form:
        """The form of an operation that writes, by its full name."""
        return next((one for one in self.forms if self.full(one.operation) == operation), Form(operation))
