"""Names load their file when they are used, and no sooner."""

from __future__ import annotations

import subprocess
import sys

import pytest

import sge_wrappers


def test_every_name_is_there() -> None:
    assert set(sge_wrappers.__all__) == {name for names in sge_wrappers._FILES.values() for name in names}
    assert all(callable(getattr(sge_wrappers, name)) for name in sge_wrappers.__all__)
    assert set(sge_wrappers.__all__) <= set(dir(sge_wrappers))


def test_an_unknown_name_raises() -> None:
    with pytest.raises(AttributeError, match="NoWrapper"):
        sge_wrappers.NoWrapper  # noqa: B018


def test_importing_the_package_loads_not_even_gymnasium() -> None:
    code = "import sys, sge_wrappers; print('gymnasium' in sys.modules, 'sge_agent' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
