import base64
import gzip
import json
import pickle
import zlib

import pytest

from sge_envs.code.judge import judge
from sge_envs.code.loaders import FORMATS
from sge_envs.code.loaders.livecodebench import read_pickled_text, read_private
from sge_envs.code.loaders.rows import make_problem, read_rows
from sge_envs.code.sandbox import Answer
from sge_envs.errors import DataCorrupt
from tests.sge_envs.code.stand_in import StandIn


def packed(tests):
    """As LiveCodeBench packs its private tests."""
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(tests)))).decode()


HUMANEVAL = {
    "task_id": "HumanEval/7",
    "prompt": 'def half(x):\n    return x // 2\n\ndef twice(x: int) -> int:\n    """ Twice x. """\n',
    "entry_point": "twice",
    "canonical_solution": "    return 2 * x\n",
    "test": (
        "METADATA = {}\n\ndef check(candidate):\n    assert candidate(1) == 2\n    assert half(candidate(3)) == 3\n"
        "    assert True\n"
    ),
}
EVALPLUS = {
    "task_id": "HumanEval/7",
    "prompt": HUMANEVAL["prompt"],
    "entry_point": "twice",
    "canonical_solution": HUMANEVAL["canonical_solution"],
    "base_input": [[1]],
    "plus_input": [[2], [-5]],
    "atol": 0,
}
MBPP = {
    "task_id": 11,
    "text": "Write a function to remove the first and last occurrence of a letter.",
    "code": "def cut(s, c):\r\n    return s.replace(c, '', 1)\r\n",
    "test_list": ['assert cut("hello","l") == "helo"', 'assert cut("abcda","a") == "bcda"'],
    "test_setup_code": "",
    "challenge_test_list": ['assert cut("a","a") == ""'],
}
SANITIZED = {
    "source_file": "Benchmark.ipynb",
    "task_id": 12,
    "prompt": "Write a function to sort a list of lists by their sums.",
    "code": "def order(rows):\n    return sorted(rows, key=sum)\n",
    "test_imports": ["import math"],
    "test_list": ["assert order([[2], [1]]) == [[1], [2]]", "assert math.isclose(order([[1.0]])[0][0], 1.0)"],
}
APPS_PROGRAM = {
    "id": 0,
    "question": "Add all numbers.",
    "solutions": json.dumps(["import sys\nprint(sum(map(int, sys.stdin.read().split())))\n"]),
    "input_output": json.dumps({"inputs": ["1 2\n", ["3", "4"]], "outputs": ["3\n", ["7"]]}),
    "difficulty": "interview",
    "url": "",
    "starter_code": "",
}
APPS_FUNCTION = {
    **APPS_PROGRAM,
    "id": 1,
    "solutions": json.dumps(["def add(a, b):\n    return a + b\n"]),
    "input_output": json.dumps({"fn_name": "add", "inputs": [[1, 2], [3, 4]], "outputs": [[3], [7]]}),
    "starter_code": "def add(a, b):\n\t",
}
APPS_METHOD = {
    **APPS_PROGRAM,
    "problem_id": 2,
    "difficulty": "competition",
    "solutions": json.dumps(["class Solution:\n    def one(self, a: List[int]) -> List[int]:\n        return a[:1]\n"]),
    "input_output": json.dumps({"fn_name": "one", "inputs": [[[1, 2]], [[3]]], "outputs": [[1], [3]]}),
    "starter_code": "class Solution:\n    def one(self, a: List[int]) -> List[int]:\n        ",
}
LCB_CALL = {
    "question_title": "count-seniors",
    "question_content": "Count them.",
    "platform": "leetcode",
    "question_id": "2727",
    "contest_id": "weekly-contest-348",
    "contest_date": "2023-06-10T00:00:00",
    "starter_code": "class Solution:\n    def count(self, a: List[int], n: int) -> int:\n        ",
    "difficulty": "easy",
    "public_test_cases": json.dumps([{"input": "[1, 2]\n2", "output": "1", "testtype": "functional"}]),
    "private_test_cases": packed([{"input": "[2, 2]\n2", "output": "2", "testtype": "functional"}]),
    "metadata": json.dumps({"func_name": "count"}),
}
LCB_PROGRAM = {
    **LCB_CALL,
    "question_id": "abc301_a",
    "platform": "atcoder",
    "starter_code": "",
    "difficulty": "hard",
    "public_test_cases": json.dumps([{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}]),
    "private_test_cases": json.dumps([{"input": "3 4\n", "output": "7.0\n", "testtype": "stdin"}]),
    "metadata": "{}",
}
LEETCODE = {
    "task_id": "two-sum",
    "question_id": 1,
    "difficulty": "Easy",
    "tags": ["Array", "Hash Table"],
    "problem_description": "Find two numbers.",
    "starter_code": "class Solution:\n    def twoSum(self, nums: List[int], target: int) -> List[int]:\n        ",
    "estimated_date": "2015-08-07",
    "prompt": "import math, no_such_package\nfrom no_such_package.part import *\nfrom typing import *\n\n",
    "completion": (
        "class Solution:\n    def twoSum(self, nums: List[int], target: int) -> List[int]:\n        seen = {}\n"
        "        for i, x in enumerate(nums):\n            if target - x in seen:\n                return [seen[target - x], i]\n"
        "            seen[x] = i\n"
    ),
    "entry_point": "Solution().twoSum",
    "test": (
        "def check(candidate):\n    assert candidate(nums = [2,7],target = 9) == [0, 1]\n"
        "    assert candidate(nums = [3,3],target = 6) == [0, 1]\n"
    ),
    "input_output": [{"input": "nums = [2,7], target = 9", "output": "[0, 1]"}],
    "query": "Find two numbers.",
    "response": "",
}
LISTS = {
    "task_id": "reverse-list",
    "meta": {"question_id": 206, "difficulty": "Easy", "question_title": "Reverse.", "lang_code": "class Solution:"},
    "prompt": "from typing import *\n",
    "completion": (
        "class Solution:\n    def reverse(self, head: Optional[ListNode]) -> Optional[ListNode]:\n        last = None\n"
        "        while head:\n            head.next, last, head = last, head, head.next\n        return last\n"
    ),
    "entry_point": "Solution().reverse",
    "test": (
        "def check(candidate):\n    assert is_same_list(candidate(head = list_node([1,2,3])), list_node([3,2,1]))\n"
        "    assert is_same_list(candidate(head = list_node([])), list_node([]))\n"
    ),
    "query": "Reverse.",
}
TREES = {
    **LISTS,
    "task_id": "mirror-tree",
    "completion": (
        "class Solution:\n    def mirror(self, root):\n        if root:\n"
        "            root.left, root.right = self.mirror(root.right), self.mirror(root.left)\n        return root\n"
    ),
    "entry_point": "Solution().mirror",
    "test": (
        "def check(candidate):\n    assert is_same_tree(candidate(root = tree_node([1,2,None,3])), tree_node([1,None,2,None,3]))\n"
        "    assert candidate(root = tree_node([])) is None\n"
    ),
}
ROWS = [
    ("humaneval", HUMANEVAL, "HumanEval/7", 2),
    ("humaneval", EVALPLUS, "HumanEval/7", 3),
    ("mbpp", MBPP, "MBPP/11", 3),
    ("mbpp", SANITIZED, "MBPP/12", 2),
    ("apps", APPS_PROGRAM, "APPS/0", 2),
    ("apps", APPS_FUNCTION, "APPS/1", 2),
    ("apps", APPS_METHOD, "APPS/2", 2),
    ("livecodebench", LCB_CALL, "LiveCodeBench/2727", 2),
    ("livecodebench", LCB_PROGRAM, "LiveCodeBench/abc301_a", 2),
    ("leetcode", LEETCODE, "LeetCode/two-sum", 2),
    ("leetcode", LISTS, "LeetCode/reverse-list", 2),
    ("leetcode", TREES, "LeetCode/mirror-tree", 2),
]
SOLUTIONS = {
    "LiveCodeBench/2727": "class Solution:\n    def count(self, a: List[int], n: int) -> int:\n        return a.count(n)\n",
    "LiveCodeBench/abc301_a": "import sys\nprint(sum(map(int, sys.stdin.read().split())))\n",
}


def write(folder, *rows, name="data.jsonl"):
    path = folder / name
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def only_problem(name, path):
    (row,) = read_rows(FORMATS[name], path)
    return make_problem(FORMATS[name], path, row)


@pytest.mark.parametrize(("name", "row", "task_id", "tests"), ROWS, ids=[row[2] for row in ROWS])
@pytest.mark.parametrize("file", ["data.jsonl", "data.jsonl.gz"])
def test_a_row_becomes_a_problem_that_its_solution_solves_and_nothing_else(tmp_path, name, row, task_id, tests, file):
    problem = only_problem(name, write(tmp_path, row, name=file))
    assert problem.id == task_id
    solution = problem.reference or SOLUTIONS[task_id]
    judgement = judge(StandIn(), problem, solution)
    assert (judgement.failed, len(judgement.outcomes)) == ((), tests)
    assert solution.rstrip().splitlines()[-1] not in problem.statement
    wrong = judge(StandIn(lambda request: Answer("value", None)), problem, "")
    assert len(wrong.failed) >= tests - 1


def test_labels_tell_difficulty_and_topics_without_making_the_problem(tmp_path):
    (row,) = read_rows(FORMATS["leetcode"], write(tmp_path, LEETCODE))
    assert (row.label.difficulty, row.label.topics) == ("easy", ("array", "hash table"))
    (row,) = read_rows(FORMATS["apps"], write(tmp_path, APPS_METHOD, name="apps.jsonl"))
    assert row.label.difficulty == "hard"


def test_rows_that_cannot_be_played_are_left_out(tmp_path):
    pairs = {
        **MBPP,
        "code": "class Pair:\n    pass\ndef chain(pairs):\n    return len(pairs)\n",
        "test_list": ["assert chain([Pair()]) == 1"],
    }
    assert read_rows(FORMATS["mbpp"], write(tmp_path, pairs, MBPP))[0].label.id == "MBPP/11"
    for tests in ("", json.dumps({"inputs": [], "outputs": []})):
        assert (
            read_rows(FORMATS["apps"], write(tmp_path, {**APPS_PROGRAM, "input_output": tests}, name="apps.jsonl"))
            == ()
        )


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_of_another_format_says_which_line_is_wrong(tmp_path, name):
    path = write(tmp_path, {"something": "else"})
    with pytest.raises(DataCorrupt, match=r"Line 1 of .*data.jsonl"):
        read_rows(FORMATS[name], path)


def test_missing_and_damaged_files_say_so(tmp_path):
    with pytest.raises(DataCorrupt, match="cannot be read"):
        read_rows(FORMATS["humaneval"], tmp_path / "none.jsonl")
    whole = write(tmp_path, *[HUMANEVAL] * 50, name="data.jsonl.gz").read_bytes()
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataCorrupt, match="damaged"):
        read_rows(FORMATS["humaneval"], tmp_path / "cut.jsonl.gz")
    (tmp_path / "bad.jsonl").write_text("{not json\n")
    with pytest.raises(DataCorrupt, match="Line 1"):
        read_rows(FORMATS["humaneval"], tmp_path / "bad.jsonl")


class Malice:
    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


def test_private_tests_are_read_without_unpickling():
    tests = [{"input": "é" * 70_000, "output": "2", "testtype": "stdin"}]
    assert read_private(packed(tests)) == tests
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert read_pickled_text(pickle.dumps("text é", protocol)) == "text é"


@pytest.mark.parametrize("content", [Malice(), ["a", "b"], {"a": 1}, 3, b"bytes", None])
def test_a_pickle_of_anything_but_one_text_is_refused(content):
    data = base64.b64encode(zlib.compress(pickle.dumps(content))).decode()
    with pytest.raises(ValueError, match=r"instruction|texts"):
        read_private(data)


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"not zlib").decode(), packed([])[:-8]])
def test_private_tests_that_are_no_tests_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        read_private(text)
