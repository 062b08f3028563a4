"""Trackio: a local database and dashboard (``trackio show``). Needs the package ``trackio``."""

from __future__ import annotations

import trackio

from sge_agent.loggers.base import PROJECT, Place, Row, numbers_of


class TrackioLogger:
    """Metrics against ``update``, in Trackio's own database on this machine (the variable ``TRACKIO_DIR`` says where).

    A run that is resumed goes on under the same name.
    """

    def __init__(self, place: Place) -> None:
        self._run = trackio.init(
            project=PROJECT,
            name=place.name,
            config=dict(place.config),
            resume="allow",
            embed=False,
            auto_log_gpu=False,
            auto_log_cpu=False,
        )

    def log(self, row: Row) -> None:
        self._run.log(numbers_of(row), step=int(row["update"]))

    def note(self, text: str) -> None:
        """Numbers only."""

    def close(self) -> None:
        self._run.finish()
