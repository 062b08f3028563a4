"""How a bare Python finds these modules: under their own names, without the packages above them and what those import."""

from __future__ import annotations

import os

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_CODE = """\
import sys, types
for name in ("sge_envs", "sge_envs.code", "sge_envs.code.sandbox"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
sys.modules["sge_envs.code.sandbox"].__path__.append(sys.argv[1])
from sge_envs.code.sandbox.inside import {module}
{module}.main(*sys.argv[2:])
"""

ENVIRONMENT = {"PYTHONHASHSEED": "0"}
"""The order of sets of strings is the same in every run."""


def command(python: str, module: str, *words: str, folder: str = FOLDER) -> list[str]:
    """The command that runs ``main(*words)`` of one of these modules. ``folder`` holds the package ``inside``."""
    return [python, "-s", "-S", "-P", "-X", "utf8", "-c", _CODE.format(module=module), folder, *words]
