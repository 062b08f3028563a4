"""The files of a report."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_agent.cli import main
from sge_agent.config import TrainConfig
from sge_agent.folder import RunFolder
from sge_agent.report import write_report
from sge_agent.report.embed import safe_json
from sge_agent.types import Group, TaskRef
from tests.sge_agent.runs import episode, write_run


class Page(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data

    @property
    def data(self) -> dict[str, object]:
        value: dict[str, object] = json.loads(self.scripts[0])
        return value


def groups(number: int, strategy: str = "look up") -> list[Group]:
    return [Group(TaskRef("toy", i % 3), (episode(task=i % 3, strategy=strategy, seed=i),)) for i in range(number)]


def test_one_file_without_network_up_to_the_bound(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", groups=groups(6))
    page = Page(write_report([run], tmp_path / "r.html", most_in_one_file=6))
    assert {path.name for path in tmp_path.iterdir()} == {"run", "r.html"}
    assert not {"img", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert [attrs.get("src") for tag, attrs in page.tags if tag == "script"] == [None] * 3
    assert not re.search(r"@import|url\(", page.source)
    assert set(re.findall(r"https?://[^\"' ;]+", page.source)) <= {"http://www.w3.org/2000/svg"}
    (policy,) = (attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv"))
    assert policy
    assert policy.startswith("default-src 'none'")
    assert "connect-src 'none'" in policy
    assert "unsafe" not in policy


def test_beyond_the_bound_the_texts_go_into_scripts_of_a_folder(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", groups=groups(7))
    page = Page(write_report([run, run], tmp_path / "r.html", most_in_one_file=13))
    assert sorted(path.name for path in (tmp_path / "r_data").iterdir()) == ["0-0.js", "1-0.js"]
    assert page.data["folder"] == "r_data"
    assert page.data["pages"] == [[0], [0]]
    assert len(page.scripts) == 2
    source = (tmp_path / "r_data" / "0-0.js").read_text(encoding="ascii")
    found = re.fullmatch(r'sgePage\("0-0",(\[.*\])\);\n', source)
    assert found
    assert len(json.loads(found[1])) == 7


def test_pages_are_bounded_and_hold_every_episode_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sge_agent.report.pages.PAGE_CHARS", 1500)
    run = write_run(tmp_path / "run", groups=groups(20))
    page = Page(write_report([run], tmp_path / "r.html", most_in_one_file=3))
    (starts,) = page.data["pages"]  # type: ignore[misc]
    files = [(tmp_path / "r_data" / f"0-{n}.js").read_text() for n in range(len(starts))]
    assert len(starts) > 3
    sizes = [len(json.loads(text[text.index("[") : -3])) for text in files]
    assert [sum(sizes[:n]) for n in range(len(sizes))] == starts
    assert sum(sizes) == 20


def test_a_smaller_report_takes_the_folder_of_a_larger_one_away(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", groups=groups(4))
    write_report([run], tmp_path / "r.html", most_in_one_file=3)
    write_report([run], tmp_path / "r.html", most_in_one_file=4)
    assert not (tmp_path / "r_data").exists()


def test_a_run_that_is_replaced_takes_its_report_along(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", groups=groups(2))
    write_report([run], run / "report.html", most_in_one_file=1)
    RunFolder(run).begin(TrainConfig())
    assert {path.name for path in run.iterdir()} == {"config.json"}


def test_a_folder_of_foreign_files_is_not_touched_and_nothing_is_left_behind(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", groups=groups(4))
    (tmp_path / "r_data").mkdir()
    (tmp_path / "r_data" / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds files that are no report"):
        write_report([run], tmp_path / "r.html", most_in_one_file=3)
    assert {path.name for path in tmp_path.iterdir()} == {"run", "r_data"}
    assert (tmp_path / "r_data" / "thesis.txt").read_text() == "mine"


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / arm / "seed0") for arm in ("a", "b")]
    names = [run["name"] for run in Page(write_report([*runs, runs[0]], tmp_path / "r.html")).data["runs"]]  # type: ignore[attr-defined]
    assert len(set(names)) == 3
    assert names[0].endswith("a/seed0")
    assert names[1] == "b/seed0"


@pytest.mark.parametrize(("folder", "error"), [("absent", "there is no folder"), (".", "it has no config.json")])
def test_a_folder_that_is_no_run_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, error: str
) -> None:
    assert main(["report", str(tmp_path / folder), "--out", str(tmp_path / "r.html")]) == 1
    assert re.fullmatch(rf"sge: error: no report could be made: .*{error}.*\n", capsys.readouterr().err)
    assert not (tmp_path / "r.html").exists()


def test_the_command_says_where_the_report_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "run", groups=groups(1))
    assert main(["report", str(run)]) == 0
    assert capsys.readouterr().out == f"report: {run / 'report.html'}\n"


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_embedded_data_is_the_same_data_and_has_nothing_that_ends_a_script(value: object) -> None:
    text = safe_json(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert not set("<>&\u2028\u2029\n") & set(text)
