"""What pages say about each other and about the code: figures, environments, examples."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from sge_envs.registration import TABLE
from tests.docs.blocks import PAGES, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(page: str) -> Iterator[list[str]]:
    """The cells of every table row of a page, headings too."""
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_readme_lists_the_environments_that_are_registered() -> None:
    listed = [row[0].strip("`") for row in rows("README.md") if row[0].startswith("`SGE-")]
    assert sorted(listed) == sorted(entry.id for entry in TABLE)


def test_every_environment_has_a_page_that_makes_it() -> None:
    for row in rows("README.md"):
        if row[0].startswith("`SGE-"):
            page = re.search(r"\((.*?)\)", row[-1])
            assert page is not None
            assert row[0].strip("`") in (ROOT / page[1]).read_text(encoding="utf-8")


def test_every_figure_of_the_performance_page_stands_on_the_page_that_it_names() -> None:
    seen = 0
    for _, measured, command, more in (row for row in rows("docs/performance.md") if len(row) == 4):
        link = re.search(r"\]\(([a-z.]+\.md)", more)
        if link is None:
            continue
        seen += 1
        text = (ROOT / "docs" / link[1]).read_text(encoding="utf-8")
        assert all(figure in text for figure in re.findall(r"[0-9][0-9,.]*", measured)), measured
        script = command.strip("`").removeprefix("python -m ").removesuffix(" 25")
        assert script.split("/")[-1] in text, f"{link[1]} does not name {script}"
    assert seen > 15


def test_every_page_is_in_the_navigation() -> None:
    named = re.findall(r"([a-z/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(f"docs/{page}" for page in named) == sorted(page for page in PAGES if page.startswith("docs/"))


def test_the_tutorials_are_short() -> None:
    for name in ("gym_make.py", "own_agent.py", "bridges/trl_sge.py"):
        lines = (ROOT / "examples" / name).read_text(encoding="utf-8").splitlines()
        code = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
        assert len(code) <= 40, name


def test_extras_that_pages_name_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for extras in re.findall(r"strategy-guided-exploration\[([a-z0-9,]+)\]", text):
            assert {*extras.split(",")} <= {*project["optional-dependencies"]}, f"{page}: [{extras}]"
