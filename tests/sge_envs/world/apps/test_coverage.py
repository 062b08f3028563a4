from __future__ import annotations

from pathlib import Path

import pytest

from sge_envs.world.app import App
from sge_envs.world.world import full_catalogue


@pytest.mark.parametrize("app", full_catalogue().apps, ids=lambda app: app.name)
def test_every_operation_has_a_test(app: App) -> None:
    text = "".join(path.read_text() for path in sorted(Path(__file__).parent.glob(f"test_{app.name}*.py")))
    names = [one.name for one in app.operations()]
    missing = [name for name in names if f'"{name}"' not in text and f'("{name.partition(".")[2]}"' not in text]
    assert not missing
