"""Loggers in runs of a tiny model."""

import json
import logging
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from sge_agent.config import TrainConfig
from sge_agent.errors import MissingPackage
from sge_agent.loggers.table import LOGGERS
from sge_agent.settings import SettingError, from_mapping
from tests.sge_agent.loggers.rows import Failing, Recording
from tests.sge_agent.small_runs import metrics, run


def test_the_names_of_the_setting_are_those_of_the_table() -> None:
    assert set(get_args(get_args(get_type_hints(TrainConfig)["loggers"])[0])) == set(LOGGERS)


def test_a_misspelt_logger_is_named_with_the_nearest() -> None:
    with pytest.raises(SettingError, match="did you mean 'wandb'"):
        from_mapping(TrainConfig, {"loggers": ["wandbb"]})


def test_a_logger_of_ones_own_gets_what_is_on_disk(tmp_path: Path) -> None:
    recording = Recording()
    run(tmp_path / "run", loggers=[recording])
    assert [row["update"] for row in recording.rows] == [1, 2]
    assert [row["success"] for row in recording.rows] == [row["success"] for row in metrics(tmp_path / "run")]
    assert any("before training" in note for note in recording.notes)
    assert not recording.closed  # it belongs to whoever made it


def test_a_failing_logger_never_stops_the_run_and_is_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recording = Recording()
    with caplog.at_level(logging.WARNING):
        assert run(tmp_path / "run", loggers=[Failing(), recording]).updates == 2
    assert len(recording.rows) == 2
    counts = [row["logger_failures"] for row in metrics(tmp_path / "run")]
    assert counts == [2, 3]  # the two notes before training; then the first row
    assert sum("the run goes on without it" in record.getMessage() for record in caplog.records) == 1


def test_a_missing_package_stops_the_run_before_it_touches_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.delitem(sys.modules, LOGGERS["wandb"].module, raising=False)
    with pytest.raises(MissingPackage):
        run(tmp_path / "run", loggers_named=("wandb",))
    assert not (tmp_path / "run").exists()


def test_a_resumed_run_goes_on_in_the_same_run_of_its_loggers(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra tensorboard")
    run(tmp_path / "run", updates=1, loggers_named=("tensorboard",))
    before = json.loads((tmp_path / "run/loggers.json").read_text())
    run(tmp_path / "run", updates=2, existing="resume", loggers_named=("tensorboard",))
    assert json.loads((tmp_path / "run/loggers.json").read_text()) == before
    from tests.sge_agent.loggers.test_tensorboard import scalars

    assert [step for step, _ in scalars(tmp_path / "run")["turns_total"]] == [1, 2]
    run(tmp_path / "run", updates=1, existing="overwrite", loggers_named=("tensorboard",))
    assert json.loads((tmp_path / "run/loggers.json").read_text()) != before
    assert [step for step, _ in scalars(tmp_path / "run")["turns_total"]] == [1]
