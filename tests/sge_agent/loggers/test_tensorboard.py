from pathlib import Path

import pytest

from tests.sge_agent.loggers.rows import ROW, place

pytest.importorskip("tensorboard", reason="needs the extra tensorboard")


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder / "tensorboard")).Reload()
    return {tag: [(event.step, event.value) for event in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_numbers_stand_at_their_updates_and_nothing_else(tmp_path: Path) -> None:
    from sge_agent.loggers.tensorboard import TensorBoardLogger

    logger = TensorBoardLogger(place(tmp_path))
    logger.log({**ROW, "words": "x", "missing": None})
    logger.close()
    found = scalars(tmp_path)
    assert set(found) == set(ROW) - {"update"}
    assert found["success"] == [(3, 0.25)]


def test_a_resumed_run_goes_on_where_its_checkpoint_was(tmp_path: Path) -> None:
    from sge_agent.loggers.tensorboard import TensorBoardLogger

    for done, updates in ((0, (1, 2, 3)), (2, (3, 4))):  # the third update was played, and lost
        logger = TensorBoardLogger(place(tmp_path, update=done))
        for update in updates:
            logger.log({"update": update, "success": update + done / 10})
        logger.close()
    assert [step for step, _ in scalars(tmp_path)["success"]] == [1, 2, 3, 4]
    assert scalars(tmp_path)["success"][2][1] == pytest.approx(3.2)
