import subprocess
import sys

from hypothesis import given

from sge_envs.code.show import shorten, show_call, show_value
from tests.sge_envs.code.test_compare import VALUES


@given(VALUES)
def test_values_are_shown_as_python_writes_them(value):
    shown = show_value(value)
    if len(shown) < 600 and "nan" not in shown and "inf" not in shown:
        again = eval(shown)
        assert type(again) is type(value)
        assert again == value


def test_sets_are_shown_the_same_in_every_process():
    code = (
        "from sge_envs.code.show import show_value\nprint(show_value([{'a', 'b', 'c', 'd'}, frozenset('xyz'), set()]))"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert shown == {"[{'a', 'b', 'c', 'd'}, frozenset({'x', 'y', 'z'}), set()]\n"}


def test_what_cannot_be_written_is_named_by_its_type():
    deep = [[]]
    for _ in range(50_000):
        deep = [deep]
    assert show_value(deep) == "<list too large to show>"
    assert show_value(10**5000) == "<int too large to show>"
    while deep:  # freeing it at once would recurse as deep
        deep = deep.pop()


def test_long_values_keep_their_beginning():
    assert shorten("abc", 2) == "ab... (3 characters)"
    assert show_call("f", (1, "a", (2,))) == "f(1, 'a', (2,))"
