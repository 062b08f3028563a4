from pathlib import Path

import pytest

from tests.sge_agent.loggers.rows import ROW, place

pytest.importorskip("wandb", reason="needs the extra wandb")


def test_a_run_is_written_without_network_and_resumed_under_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sge_agent.loggers.wandb import WandbLogger

    monkeypatch.delenv("WANDB_MODE", raising=False)
    for update in (0, 3):
        logger = WandbLogger(place(tmp_path, update=update))
        logger.log({**ROW, "update": update + 1})
        logger.close()
    found = sorted(path.name for path in (tmp_path / "wandb").rglob("*.wandb"))
    assert found == ["run-a1b2c3d4.wandb"] * len(found)
    assert found
