import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sge_envs.code.compare import EXACT, Checker, Tolerance, Unordered, agrees, is_plain, read_output, size_of

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=True)
    | st.text(max_size=3)
    | st.binary(max_size=2)
)
KEYS = st.booleans() | st.integers(-3, 3) | st.text(max_size=2)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.sets(KEYS, max_size=3)
    ),
    max_leaves=12,
)


def shape(value):
    """What tells values apart, written down another way: the repr, with the declared equalities applied."""
    if type(value) in (list, tuple):
        return f"[{','.join(map(shape, value))}]"
    if type(value) is dict:
        return f"dict{sorted((shape(key), shape(part)) for key, part in value.items())}"
    if type(value) is set:
        return f"set{sorted(map(shape, value))}"
    return repr(0.0 if type(value) is float and value == 0 else value)


@given(VALUES, VALUES)
def test_exact_means_the_same_types_and_values_all_the_way_down(one, other):
    assert agrees(EXACT, (), one, other) == (shape(one) == shape(other))


@given(VALUES)
def test_every_value_agrees_with_itself_under_every_comparison(value):
    assert all(agrees(rule, (), value, value) for rule in (EXACT, Tolerance(), Unordered(), Unordered(3)))


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (1, True),
        (0, False),
        (1, 1.0),
        ([1], [True]),
        ({1: 2}, {True: 2}),
        ("1", 1),
        (b"a", "a"),
        ({1}, [1]),
        (None, False),
    ],
)
def test_python_equality_is_not_enough(expected, answer):
    assert not agrees(EXACT, (), expected, answer)
    assert not agrees(EXACT, (), answer, expected)


def test_a_tuple_may_stand_for_a_list_and_nan_for_nan():
    assert agrees(EXACT, (), [(1, [2])], ([1, (2,)],))
    assert agrees(EXACT, (), [math.nan], [math.nan])


def test_a_tolerance_is_for_floats_alone():
    rule = Tolerance(rel=0.0, abs=0.01)
    assert agrees(rule, (), [1.0, {"a": 2.0}], [1.005, {"a": 2}])
    assert not agrees(rule, (), [1.0], [1.02])
    assert not agrees(rule, (), 10**18, 10**18 + 1)
    assert not agrees(rule, (), 1.0, True)
    assert not agrees(rule, (), 1.0, math.nan)
    assert not agrees(rule, (), [1.0], [1.0, 1.0])
    assert not agrees(rule, (), 1.0, 10**400)


@given(st.lists(st.lists(st.integers(0, 3), max_size=3), max_size=4), st.randoms())
def test_unordered_forgets_the_order_but_not_how_often(value, random):
    outer = list(value)
    random.shuffle(outer)
    inner = [list(one) for one in outer]
    for one in inner:
        random.shuffle(one)
    assert agrees(Unordered(), (), value, outer)
    assert agrees(Unordered(2), (), value, inner)
    assert not agrees(Unordered(), (), [*value, [1]], outer)


def test_one_level_without_order_leaves_the_next_ordered():
    assert not agrees(Unordered(1), (), [[1, 2]], [[2, 1]])
    assert not agrees(Unordered(1), (), [1, 1, 2], [1, 2, 2])


def test_a_checker_that_raises_or_is_given_a_foreign_object_says_no():
    class Liar(int):
        def __eq__(self, other):
            return True

        __hash__ = None

    assert not agrees(Checker(lambda arguments, answer: answer[0] == 1), (), None, 3)
    assert not agrees(Checker(lambda arguments, answer: answer == 1), (), None, Liar())
    for rule in (EXACT, Tolerance(), Unordered()):
        assert not agrees(rule, (), 1, Liar())
        assert not agrees(rule, (), [1], [Liar()])


def test_a_checker_cannot_change_what_is_checked():
    arguments, answer = ([1],), [2]
    assert agrees(Checker(lambda given, got: got.pop() == 2 and given[0].pop() == 1), arguments, None, answer)
    assert (arguments, answer) == (([1],), [2])


def test_an_answer_nested_beyond_the_stack_is_wrong_and_nothing_worse():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    for rule in (EXACT, Tolerance(), Unordered(), Checker(lambda arguments, answer: True)):
        assert not agrees(rule, (), [], deep)
    while deep:  # freeing it at once would recurse as deep
        deep = deep.pop()


def test_only_exact_builtin_values_are_plain():
    assert is_plain([None, True, 1, 1.5, "a", b"a", (1,), {1}, frozenset((1,)), {"a": [1]}])
    assert not is_plain([object()])
    assert not is_plain({"a": type("Text", (str,), {})("a")})


@pytest.mark.parametrize("answer", ["1 2\n3", "1 2  \n3\n\n", "\n1 2\r\n3"])
def test_blanks_around_lines_of_output_do_not_count(answer):
    assert read_output(answer, EXACT) == read_output("1 2\n3\n", EXACT)


def test_output_with_other_lines_or_other_blanks_inside_is_other_output():
    for answer in ("1 2 3", "1  2\n3", "1 2\n\n3", "12\n3"):
        assert read_output(answer, EXACT) != read_output("1 2\n3\n", EXACT)


def test_with_a_tolerance_the_words_of_output_that_are_numbers_are_compared_as_such():
    rule = Tolerance(rel=1e-6)
    expected = read_output("yes 0.333333333 2\n", rule)
    assert agrees(rule, (), expected, read_output("yes  0.3333333334  2.0", rule))
    assert not agrees(rule, (), expected, read_output("yes 0.3334 2", rule))
    assert not agrees(rule, (), expected, read_output("no 0.333333333 2", rule))
    assert read_output("1_000 nan inf 0x10", rule) == [["1_000", "nan", "inf", "0x10"]]


def test_an_answer_far_larger_than_the_right_one_is_wrong_unseen() -> None:
    def never(arguments: object, answer: object) -> bool:
        raise AssertionError("nobody looks at it")

    assert not agrees(Checker(never), ([1, 2],), [1], [0] * 100_000)
    assert size_of([[1, 2], {"a": (3,)}]) == 8  # four containers, "a", and three numbers
