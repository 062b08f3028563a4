import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sge_agent.jsonlines import JsonLinesWriter, jsonable, read_json_lines, write_json_atomically, write_text_atomically

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.dictionaries(st.text(), json_values), max_size=5))
def test_what_was_appended_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    path = tmp_path_factory.mktemp("lines") / "rows.jsonl"
    with JsonLinesWriter(path) as writer:
        for row in rows:
            writer.append(row)
    assert list(read_json_lines(path)) == rows


def test_numbers_that_json_lacks_become_null() -> None:
    assert jsonable({"a": float("nan"), "b": np.float32("inf"), "c": np.int64(3), "d": (1, {2})}) == {
        "a": None,
        "b": None,
        "c": 3,
        "d": [1, [2]],
    }


def test_a_full_disk_leaves_only_whole_lines(tmp_path: Path) -> None:
    script = """
import resource, sys
from pathlib import Path
from sge_agent.jsonlines import JsonLinesWriter
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
writer = JsonLinesWriter(Path(sys.argv[1]))
try:
    for number in range(100):
        writer.append({"number": number, "text": "x" * 90})
except OSError:
    sys.exit(7)
"""
    path = tmp_path / "rows.jsonl"
    assert subprocess.run([sys.executable, "-c", script, str(path)], check=False).returncode == 7
    assert [row["number"] for row in read_json_lines(path)] == list(range(8))


def test_what_a_killed_writer_left_is_readable_and_can_be_gone_on_with(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from sge_agent.jsonlines import JsonLinesWriter
writer = JsonLinesWriter(Path(sys.argv[1]))
while True:
    writer.append({"text": "y" * 5000})
"""
    path = tmp_path / "rows.jsonl"
    process = subprocess.Popen([sys.executable, "-c", script, str(path)])
    while not path.exists() or path.stat().st_size < 100_000:
        time.sleep(0.01)
    process.kill()
    process.wait()
    found = list(read_json_lines(path))
    assert all(row == {"text": "y" * 5000} for row in found)
    with JsonLinesWriter(path) as writer:
        writer.append({"text": "z"})
    assert list(read_json_lines(path)) == [*found, {"text": "z"}]


def test_an_unfinished_last_line_is_passed_over_and_removed_by_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a": ')
    assert list(read_json_lines(path)) == [{"a": 1}]
    with JsonLinesWriter(path) as writer:
        writer.append({"a": 2})
    assert path.read_text() == '{"a": 1}\n{"a": 2}\n'


def test_an_atomic_write_that_fails_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "value.json"
    write_json_atomically(path, {"old": 1})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_text_atomically(path, "new")
    assert json.loads(path.read_text()) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n[2]\n')
    with pytest.raises(ValueError, match="line 2"):
        list(read_json_lines(path))
