from pathlib import Path

from sge_agent.jsonlines import read_json_lines
from sge_agent.loggers.json_lines import JsonLinesLogger
from tests.sge_agent.loggers.rows import ROW


def test_every_row_is_on_disk_as_soon_as_it_is_logged(tmp_path: Path) -> None:
    logger = JsonLinesLogger(tmp_path / "metrics.jsonl")
    logger.log(ROW)
    assert list(read_json_lines(tmp_path / "metrics.jsonl")) == [ROW]
    logger.close()
