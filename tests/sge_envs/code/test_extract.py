import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_envs.code.extract import extract_code, looks_like_code

PROGRAM = "def f(x):\n    return x + 1\n"
OTHER = "def g(x):\n    return 0\n"


@pytest.mark.parametrize(
    ("message", "where"),
    [
        (f"Here it is:\n```python\n{PROGRAM}```\nDone.", "block"),
        (f"```\n{PROGRAM}```", "block"),
        (f"```py title=x\n{PROGRAM}```", "block"),
        (f"~~~python\n{PROGRAM}~~~", "block"),
        (f"````python\n{PROGRAM}````", "block"),
        ("1. Like so:\n   ```python\n   def f(x):\n       return x + 1\n   ```", "block"),
        (f"```python\n{PROGRAM}", "block"),
        (f"```python\r\n{PROGRAM}```".replace("\n", "\r\n").replace("\r\r", "\r"), "block"),
        (f"```python\n{OTHER}```\nNo, better:\n```python\n{PROGRAM}```", "block"),
        (f"```python\n{PROGRAM}```\nIt prints:\n```\n2\n```", "block"),
        (f"### Strategy\nAdd one.\n\n### Code\n{PROGRAM}", "section"),
        (f"### Strategy\nAdd one.\n\n### Code\n```python\n{PROGRAM}```", "section"),
        (f"### Strategy\n```python\n{OTHER}```\n### Code:\n{PROGRAM}", "section"),
        (f"### Code\n```python\n{PROGRAM}```\n### Strategy\nLike this:\n```python\n{OTHER}```", "section"),
        (f"### Code\n{OTHER}\n### Code\n{PROGRAM}", "section"),
        (f"### Action\n{PROGRAM}", "section"),
        (PROGRAM, "whole"),
    ],
)
def test_the_program_is_found_wherever_it_stands(message, where):
    found = extract_code(message)
    assert (found.code, found.where) == (PROGRAM, where)


def test_comments_in_a_block_are_no_headers():
    code = "## Code\nx = 1\n### Strategy\ny = 2\n"
    assert extract_code(f"```python\n{code}```").code == code


def test_a_longer_fence_may_hold_a_shorter_one():
    assert extract_code('````python\n"""\n```\n"""\n````').code == '"""\n```\n"""\n'


def test_an_empty_section_gives_way_to_a_block():
    assert extract_code(f"```python\n{PROGRAM}```\n### Code\n").code == PROGRAM


@pytest.mark.parametrize("message", ["", "  \n", "```python\n```"])
def test_where_nothing_is_written_there_is_no_program(message):
    assert not extract_code(message).code.strip("`python \n")


@given(st.text(alphabet="`~# \n\tCodepython:()def\r", max_size=200))
def test_any_text_has_some_program_or_none(message):
    found = extract_code(message)
    assert bool(found.code) == (found.where != "nowhere")
    assert found == extract_code(message)


@pytest.mark.parametrize("piece", ["`", "~", "```", "# ", "a" * 50 + "`", "#" * 6 + " ", " \n", "### Code\n", "\t"])
def test_no_long_message_takes_long(piece):
    message = (piece * 20_000)[:16_384]
    assert extract_code(message) is not None  # a quadratic pattern would run into the time limit of the tests
    assert looks_like_code(message) in (True, False)


def test_prose_does_not_look_like_code():
    assert not looks_like_code("I would sort the list first.\nThen take the middle element.")
    assert looks_like_code("Sure!\ndef f(x):\n  return x")


def test_a_long_line_of_blanks_after_a_header_mark_takes_no_time() -> None:
    assert extract_code("## a" + " " * 15_000 + "b").where == "whole"
    assert extract_code("### Code" + " #" * 7_000 + "\nx = 1").code == "x = 1\n"
