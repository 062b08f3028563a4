import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sge_agent.report import write_report
from sge_agent.report.chart import Line, chart, round_up, thinned, ticks
from sge_agent.report.episodes import choose, first_successes
from sge_agent.report.load import load_run, moving_average
from sge_agent.types import Group, TaskRef
from tests.sge_agent.runs import episode, write_run

VOID = {"meta", "input", "br", "line", "circle", "polyline"}


class Balance(HTMLParser):
    """Collects tags that are not closed in order, and all text outside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text.append(data)


def parsed(page: Path) -> Balance:
    parser = Balance()
    parser.feed(page.read_text(encoding="utf-8"))
    parser.close()
    assert parser.open == []
    return parser


def groups() -> list[Group]:
    first = TaskRef("toy", 0)
    second = TaskRef("toy", 1)
    return [
        Group(first, (episode(), episode(strategy="look down", hint="Failed: look up;"))),
        Group(second, (episode(task=1),)),
        Group(first, (episode(strategy="climb", success=True), episode(strategy="jump", success=True))),
    ]


def test_the_page_is_whole_and_asks_nothing_of_the_network(tmp_path: Path) -> None:
    page = write_report([write_run(tmp_path / "run", groups=groups())], tmp_path / "report.html")
    tags = parsed(page).tags
    assert tags.count("figure") >= 3
    assert not {"link", "img", "iframe", "object"} & set(tags)
    source = page.read_text(encoding="utf-8")
    assert not re.search(r"(src|href)\s*=|https?://|url\(|@import", source)


def test_the_verdict_stands_on_the_page_with_its_interval(tmp_path: Path) -> None:
    text = " ".join(parsed(write_report([write_run(tmp_path / "run", groups=groups())], tmp_path / "r.html")).text)
    assert "0.75" in text
    assert "0.65 to 0.85" in text
    assert "1 of 2" in re.sub(r"\s+", " ", text)  # of two tasks seen, one was solved
    assert "first success in update 3" in text


def test_text_of_model_and_environment_cannot_become_markup(tmp_path: Path) -> None:
    evil = '<script>alert("1")</script>'
    group = Group(TaskRef("toy", 0), (episode(strategy=evil, hint=evil),))
    page = write_report([write_run(tmp_path / "run", groups=[group])], tmp_path / "r.html")
    assert parsed(page).tags.count("script") == 1  # the page's own
    assert evil not in page.read_text(encoding="utf-8")
    assert evil in "".join(parsed(page).text)


def test_strategy_and_action_are_marked_and_improbable_tokens_shaded(tmp_path: Path) -> None:
    source = write_report([write_run(tmp_path / "run", groups=groups())], tmp_path / "r.html").read_text()
    assert 'class="said strategy"' in source
    assert 'class="said action"' in source
    assert 'class="s4" title="0.7% at temperature 1.2"' in source


def test_the_first_success_of_a_task_is_marked_once(tmp_path: Path) -> None:
    run = load_run(write_run(tmp_path / "run", groups=groups()))
    found = first_successes(run.transcripts)
    assert [(key, t.update, t.member) for key, t in found.items()] == [(TaskRef("toy", 0).key, 3, 0)]
    source = write_report([tmp_path / "run"], tmp_path / "r.html").read_text()
    assert source.count("badge first") == 1


def test_solved_tasks_come_first_and_their_episodes_in_the_order_of_time(tmp_path: Path) -> None:
    picks = choose(load_run(write_run(tmp_path / "run", groups=groups())).transcripts)
    assert [group[0].transcript.trajectory.task.seed for group in picks] == [0, 1]
    updates = [pick.transcript.update for pick in picks[0]]
    assert updates == sorted(updates)


@pytest.mark.parametrize("status", ["interrupted", "running", "failed"])
def test_a_run_that_has_only_just_begun_has_a_page_too(tmp_path: Path, status: str) -> None:
    run = write_run(tmp_path / "run", success=(), final=None, status=status)
    assert status in " ".join(parsed(write_report([run], tmp_path / "r.html")).text)


def test_several_runs_stand_side_by_side_and_differing_settings_are_marked(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name, groups=groups()) for name in ("one", "two")]
    config = runs[1] / "config.json"
    config.write_text(config.read_text().replace('"seed": 3', '"seed": 4'))
    page = write_report(runs, tmp_path / "r.html")
    assert {"one", "two"} <= {text.strip() for text in parsed(page).text}
    assert page.read_text().count('class="differs"') == 1


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no run folder"):
        write_report([tmp_path], tmp_path / "r.html")


def test_a_curve_ends_where_its_last_value_belongs() -> None:
    svg = chart("t", [Line("a", [(1, 0.0), (2, 0.5), (3, 1.0)], 0)], top=1.0)
    points = re.search(r'points="([^"]+)"', svg)
    assert points is not None
    heights = [float(pair.split(",")[1]) for pair in points[1].split()]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)
    assert heights[0] > heights[2]


def test_nothing_measured_draws_nothing() -> None:
    assert chart("t", [Line("a", [], 0)]) == ""


@pytest.mark.parametrize("count", [1, 2, 399, 400, 401, 799, 5000])
def test_thinning_keeps_the_last_point_the_mean_and_the_bound(count: int) -> None:
    points = [(float(i), float(i)) for i in range(count)]
    thin = thinned(points)
    assert len(thin) <= 400
    assert thin[-1] == points[-1]
    assert [x for x, _ in thin] == sorted({x for x, _ in thin})


def test_axis_ends_and_ticks_are_round() -> None:
    assert [round_up(v) for v in (0, 0.03, 0.9, 1.0, 3.7, 1234)] == [1.0, 0.04, 1.0, 1.0, 4.0, 2000.0]
    assert ticks(1, 96) == [20, 40, 60, 80]
    assert ticks(1, 3) == [1, 2, 3]


def test_a_moving_average_keeps_every_x_and_uses_what_there_is_at_the_ends() -> None:
    assert moving_average([(0, 0.0), (1, 3.0), (2, 6.0)], 3) == [(0, 1.5), (1, 3.0), (2, 4.5)]
