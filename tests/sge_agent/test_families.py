from hypothesis import given
from hypothesis import strategies as st

from sge_agent.families import SHORTEST, common_length, find_families, worthwhile

PROMPTS = st.sampled_from([(1,) * 40, (1,) * 20 + (2,) * 30, (3,) * 50, ()])
ROWS = st.lists(
    st.tuples(PROMPTS, st.lists(st.integers(0, 3), min_size=1, max_size=12)).map(lambda pair: (*pair[0], *pair[1])),
    max_size=12,
)


@given(ROWS)
def test_every_row_is_in_one_family_and_begins_with_what_it_shares(rows: list[tuple[int, ...]]) -> None:
    families = find_families(rows)
    assert sorted(i for family in families for i in family.members) == list(range(len(rows)))
    for family in families:
        beginnings = {rows[i][: family.shared] for i in family.members}
        assert len(beginnings) == 1
        assert all(len(rows[i]) > family.shared for i in family.members)
        assert family.shared == 0 or (len(family.members) > 1 and family.shared >= SHORTEST)


def test_members_of_a_group_are_a_family_and_a_hint_makes_another() -> None:
    plain, hinted = (7,) * 60, (7,) * 20 + (8,) * 60
    rows = [(*plain, 1, 2), (*hinted, 1), (*plain, 2), (*hinted, 3, 3), (*plain, 1, 1), (*hinted, 2)]
    assert {(tuple(sorted(f.members)), f.shared) for f in find_families(rows)} == {((0, 2, 4), 60), ((1, 3, 5), 80)}


def test_rows_with_little_in_common_are_left_alone() -> None:
    rows = [(1,) * SHORTEST + (i,) * 200 for i in range(2, 6)]
    assert find_families(rows)[0].shared == SHORTEST
    assert worthwhile(rows) == []
    assert worthwhile([]) == []


def test_equal_rows_keep_a_token_of_their_own() -> None:
    assert common_length((5, 6, 7), (5, 6, 7)) == 2
    assert common_length((5,), (5,)) == 0
