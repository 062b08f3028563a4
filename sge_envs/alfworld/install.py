"""Reaching into the installed package alfworld, an optional extra, without its side effects."""

from __future__ import annotations

import importlib
import importlib.util
import os
from functools import cache
from pathlib import Path
from types import ModuleType

from sge_envs.errors import MissingExtra


@cache
def read_package_data(name: str) -> str:
    """A data file of alfworld's, ``"alfred.pddl"`` or ``"alfred.twl2"``.

    Raises:
        MissingExtra: alfworld is not installed.
    """
    return (_find() / "data" / name).read_text(encoding="utf-8")


def import_real(module: str) -> ModuleType:
    """Import a module of alfworld or textworld; ``import alfworld`` sets ALFWORLD_DATA, which is undone.

    Raises:
        MissingExtra: alfworld or textworld is not installed.
    """
    before = os.environ.get("ALFWORLD_DATA")
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingExtra.of("alfworld", package=package, purpose="The real ALFWorld engine") from error
    finally:
        if before is None:
            os.environ.pop("ALFWORLD_DATA", None)
        else:
            os.environ["ALFWORLD_DATA"] = before


def _find() -> Path:
    spec = importlib.util.find_spec("alfworld")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtra.of("alfworld", package="alfworld", purpose="Writing games in ALFWorld's format")
    return Path(spec.submodule_search_locations[0])
