"""All apps' pages, with what they are about checked against the operations they name."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping

from sge_envs.tools.toolbox import all_operations
from sge_envs.ui.pages import apps
from sge_envs.ui.pages.spec import AppPages, Go, Page
from sge_envs.world.errors import BadOperation

DESK = AppPages("task", "Desk", tabs=(), verbs={"finish": "Finish the task"}, labels={"answers": "Answers, if several"})
USER = AppPages("user", "Desk", tabs=(), verbs={"ask": "Ask the user"})
"""What is no app but has forms: the end of the task, and the user."""


@functools.cache
def all_pages() -> Mapping[str, AppPages]:
    """The pages of every app by its name, in the order of the launcher.

    Raises:
        BadOperation: a specification names an operation or a parameter that does not exist.
    """
    modules = sorted(module.name for module in pkgutil.iter_modules(apps.__path__))
    found = [importlib.import_module(f"{apps.__name__}.{name}").PAGES for name in modules]
    for pages in found:
        _check(pages)
    return {pages.app: pages for pages in (*found, DESK, USER)}


def goes_of(page: Page) -> Iterator[Go]:
    """Every ``Go`` of a page."""
    yield from (*page.actions, *page.links.values())
    for rows in page.rows:
        yield from (*rows.actions, *rows.bulk, *rows.links.values())
        if rows.link is not None:
            yield rows.link


def reachable(pages: AppPages) -> set[str]:
    """The operations, by full name, that one gets to from the tabs and the search box by what the pages offer."""
    waiting = [pages.full(name) for name in (*(tab.operation for tab in pages.tabs), pages.search) if name]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [pages.full(go.operation) for go in goes_of(pages.page(name))]
    return found


def _check(pages: AppPages) -> None:
    operations = all_operations()
    for name in (
        *(tab.operation for tab in pages.tabs),
        *(page.operation for page in pages.pages),
        *(form.operation for form in pages.forms),
        *(form.load for form in pages.forms if form.load),
    ):
        if pages.full(name) not in operations:
            raise BadOperation(f"The pages of {pages.app} name the operation {name!r}, which does not exist.")
    for go in (*(go for page in pages.pages for go in goes_of(page)), *(one.then for one in pages.forms if one.then)):
        _check_go(pages, go)
    for pick, bulk in ((rows.pick, rows.bulk) for page in pages.pages for rows in page.rows):
        for go in bulk:
            if pick is None or pick[0] not in {one.name for one in operations[pages.full(go.operation)].parameters}:
                raise BadOperation(
                    f"The pages of {pages.app}: {go.operation} has no parameter that boxes of rows fill."
                )


def _check_go(pages: AppPages, go: Go) -> None:
    operation = all_operations().get(pages.full(go.operation))
    if operation is None:
        raise BadOperation(f"The pages of {pages.app} lead to {go.operation!r}, which does not exist.")
    known = {one.name for one in operation.parameters}
    for name in (*go.give, *go.fixed):
        if name not in known:
            raise BadOperation(f"The pages of {pages.app}: {operation.name} has no parameter {name!r}.")
