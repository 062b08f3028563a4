"""An app: its tables, its operations, its share of the generated history. One file in ``apps/`` makes one."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sge_envs.world import apps
from sge_envs.world.errors import BadOperation
from sge_envs.world.operation import Operation, operation_of
from sge_envs.world.plot import Plot


@dataclass(frozen=True, slots=True)
class App:
    """One app. An app module ends with ``APP = App(...)``.

    ``tables`` is SQL; every table is named ``<app>_...`` and has ``id INTEGER PRIMARY KEY AUTOINCREMENT``, and no
    foreign key cascades (the change log must see every row that changes). ``generate`` writes the app's history;
    ``needs`` names the apps whose tables and helpers it uses, which are generated before it.
    """

    name: str
    about: str
    tables: str
    generate: Callable[[Plot], None]
    reads: tuple[Callable[..., Any], ...]
    writes: tuple[Callable[..., Any], ...]
    needs: tuple[str, ...] = ()

    def operations(self) -> tuple[Operation, ...]:
        """The operations of the app: those that read, then those that write."""
        reads = tuple(operation_of(one, app=self.name, writes=False) for one in self.reads)
        return reads + tuple(operation_of(one, app=self.name, writes=True) for one in self.writes)


@functools.cache
def all_apps() -> tuple[App, ...]:
    """Every app of ``sge_envs.world.apps``, each after those it needs."""
    modules = sorted(module.name for module in pkgutil.iter_modules(apps.__path__))
    return in_order(importlib.import_module(f"{apps.__name__}.{name}").APP for name in modules)


def in_order(given: Iterable[App]) -> tuple[App, ...]:
    """The apps, each after those it needs; otherwise in the order given.

    Raises:
        BadOperation: an app needs one that is not there, or two need each other.
    """
    waiting = list(given)
    done: dict[str, App] = {}
    while waiting:
        ready = next((app for app in waiting if all(name in done for name in app.needs)), None)
        if ready is None:
            stuck = {app.name: [name for name in app.needs if name not in done] for app in waiting}
            raise BadOperation(f"These apps wait for apps that are not there, or for each other: {stuck}.")
        waiting.remove(ready)
        done[ready.name] = ready
    return tuple(done.values())
