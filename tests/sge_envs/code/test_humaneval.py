"""HumanEval itself, where the variable SGE_HUMANEVAL says where its file is."""

import os
from pathlib import Path

import pytest

from sge_envs.code.cheats import CHEATS, SLOW
from sge_envs.code.judge import judge
from sge_envs.code.loaders import FORMATS
from sge_envs.code.loaders.rows import make_problem, read_rows

PATH = Path(os.environ.get("SGE_HUMANEVAL", ""))

pytestmark = pytest.mark.skipif(
    not PATH.is_file(),
    reason="SGE_HUMANEVAL does not name the file HumanEval.jsonl.gz of the openai/human-eval data set",
)


@pytest.fixture(scope="module")
def problems():
    form = FORMATS["humaneval"]
    return [make_problem(form, PATH, row) for row in read_rows(form, PATH)]


def test_all_reference_solutions_pass(problems, sandbox):
    assert len(problems) == 164
    assert [problem.id for problem in problems if not judge(sandbox, problem, problem.reference).solved] == []


@pytest.mark.parametrize("name", [name for name in CHEATS if name not in SLOW])
def test_no_forgery_passes_anywhere(problems, sandbox, name):
    assert [problem.id for problem in problems if judge(sandbox, problem, CHEATS[name](problem)).solved] == []
