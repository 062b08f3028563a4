"""One request for the page of one operation, and what every such page has around it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request, Response

from sge_envs.tools.toolbox import all_operations
from sge_envs.ui.pages.acts import Act, address_of, arguments_of, is_grave, left_to_ask, verb_of
from sge_envs.ui.pages.catalogue import all_pages
from sge_envs.ui.pages.forms import Forms
from sge_envs.ui.pages.spec import AppPages, Go, Tab
from sge_envs.ui.pages.words import value_text
from sge_envs.world.operation import Operation
from sge_envs.world.world import Result


class House(Protocol):
    """What a visit needs of the site."""

    @property
    def moment(self) -> str:
        """The time in the world."""
        ...

    def look(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Read something that a page needs beside its own operation."""
        ...

    def act(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Carry out what the visitor asked for."""
        ...

    def say(self, text: str) -> None:
        """Show a text on the next page."""
        ...

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page from a template."""
        ...


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks for what: ``operation`` of the app with these ``pages``."""

    house: House
    pages: AppPages
    operation: Operation
    request: Request

    @property
    def forms(self) -> Forms:
        """The forms of the app."""
        return Forms(self.pages, self.house.look)

    @property
    def address(self) -> str:
        """Path and query as they were asked for, in their canonical spelling."""
        return address_of(self.operation.name, self.request.args.to_dict(flat=False))

    @property
    def verb(self) -> str:
        """What the operation is called."""
        return verb_of(self.pages, self.operation.name)

    def tab(self) -> Tab | None:
        """The tab that leads here: that with most of the arguments, if all of its own are there."""
        own = set(urlsplit(self.address).query.split("&"))
        tabs = [tab for tab in self.pages.tabs if self.pages.full(tab.operation) == self.operation.name]
        fitting = [tab for tab in tabs if set(urlsplit(self._address_of(tab)).query.split("&")) - {""} <= own]
        return max(fitting, key=lambda tab: len(tab.arguments), default=None)

    def frame(self) -> dict[str, Any]:
        """What the template draws around the page: tabs and search box."""
        current = self.tab()
        tabs = [(tab.label, self._address_of(tab), tab is current) for tab in self.pages.tabs]
        search = self.pages.full(self.pages.search) if self.pages.search else ""
        asked = self.request.args.get("query", "") if search == self.operation.name else ""
        box = {"action": address_of(search, {}), "text": asked} if search else None
        return {"pages": self.pages, "tabs": tabs, "box": box}

    def resolve(self, go: Go, sources: Sequence[Mapping[str, Any]], picked: str = "") -> Act | None:
        """What ``go`` is at a place where its arguments come from ``sources``; ``picked`` is one that boxes give. None:
        nothing, here."""
        if go.when is not None and not go.when(ChainMap(*(dict(one) for one in sources))):
            return None
        arguments = arguments_of(go, sources)
        if arguments is None:
            return None
        operation = all_operations()[self.pages.full(go.operation)]
        pages = all_pages()[operation.app]
        label = go.label or verb_of(pages, operation.name)
        address = address_of(operation.name, arguments)
        if operation.writes and go.inline:
            query = MultiDict((name, value_text(value)) for name, value in arguments.items())
            fields = Forms(pages, self.house.look).fields(operation, query)
            return Act("form", label, address, fields=tuple(one for one in fields if one.widget != "fixed"))
        if operation.writes and not left_to_ask(operation, {*arguments, picked}, now=go.now):
            return Act("button", label, address, sure=is_grave(operation.name) if go.sure is None else go.sure)
        return Act("link", label, address)

    def _address_of(self, tab: Tab) -> str:
        return tab_address(self.pages, tab, self.house.moment)


def tab_address(pages: AppPages, tab: Tab, moment: str) -> str:
    """The address of a tab, at this time in the world."""
    return address_of(pages.full(tab.operation), tab.at(moment))
