"""TensorBoard: scalars per update in the run's folder. Needs the package ``tensorboard``."""

from __future__ import annotations

from torch.utils.tensorboard import SummaryWriter

from sge_agent.loggers.base import Place, Row, numbers_of


class TensorBoardLogger:
    """Scalars under the names of the metrics, in ``tensorboard`` below the run's folder."""

    def __init__(self, place: Place) -> None:
        self._writer = SummaryWriter(log_dir=str(place.folder / "tensorboard"), purge_step=place.update + 1)

    def log(self, row: Row) -> None:
        for name, value in numbers_of(row).items():
            self._writer.add_scalar(name, value, int(row["update"]))

    def note(self, text: str) -> None:
        """Numbers only."""

    def close(self) -> None:
        self._writer.close()
