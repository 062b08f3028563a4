from typing import Any

import pytest

from sge_envs.tools.judge import Judge, same_answer
from sge_envs.tools.scenario import Says
from sge_envs.world.world import World, world_image


def changed(*calls: tuple[str, dict[str, Any]]) -> World:
    world = World(world_image("train", 0))
    for name, arguments in calls:
        assert world.call(name, arguments).ok
    return world


def judge(wanted: World, there: World, **free: Says) -> tuple[int, int]:
    rules = {name.replace("__", "."): rule for name, rule in free.items()}
    judged = Judge(wanted.catalogue.schema, wanted.changes(), rules)(there.changes())
    return len(judged.missing), len(judged.extra)


def mail(subject: str = "Hello", body: str = "How are you?", to: str = "ada@example.com") -> tuple[str, dict[str, Any]]:
    return "mail.send", {"to": [to], "subject": subject, "body": body}


def group(name: str) -> tuple[str, dict[str, Any]]:
    return "contacts.create_group", {"name": name}


def test_ways_and_ids_do_not_count() -> None:
    wanted = changed(mail(), group("Choir"))
    assert judge(wanted, changed(group("Choir"), mail())) == (0, 0)
    detour = changed(group("Spies"))
    made = detour.db.value("SELECT id FROM contacts_groups WHERE name = 'Spies'")
    assert detour.call("contacts.delete_group", {"group_id": made}).ok
    for name, arguments in (group("Choir"), mail()):
        assert detour.call(name, arguments).ok
    assert judge(wanted, detour) == (0, 0)


def test_what_is_missing_and_what_is_extra_is_told_apart() -> None:
    wanted = changed(mail())  # a message and its recipient
    assert judge(wanted, changed()) == (2, 0)
    assert judge(wanted, changed(mail(), group("Choir"))) == (0, 1)
    assert judge(wanted, changed(mail(subject="Hallo"))) == (2, 2)
    assert judge(wanted, changed(mail(), mail())) == (0, 2)  # sent twice


def test_references_between_new_rows_are_followed() -> None:
    wanted = changed(mail("One", to="ada@example.com"), mail("Two", to="bob@example.com"))
    assert judge(wanted, changed(mail("Two", to="bob@example.com"), mail("One", to="ada@example.com"))) == (0, 0)
    crossed = changed(mail("One", to="bob@example.com"), mail("Two", to="ada@example.com"))
    missing, extra = judge(wanted, crossed)
    assert missing > 0
    assert extra > 0


def test_free_columns_must_still_say_the_words() -> None:
    wanted, other = changed(mail()), changed(mail(body="All the best to you."))
    assert judge(wanted, other) == (2, 2)
    assert judge(wanted, other, mail_messages__body=Says(("BEST",))) == (0, 0)
    assert judge(wanted, other, mail_messages__body=Says(("sorry",))) == (2, 2)


def test_a_text_that_names_every_number_says_none() -> None:
    wanted = changed(mail(body="It was 3 songs, on 2025-03-14, for 12.50."))
    rule = Says(("3", "2025-03-14", "12.50"))

    def judged(body: str) -> tuple[int, int]:
        return judge(wanted, changed(mail(body=body)), mail_messages__body=rule)

    assert judged("3 of them. The date: 2025-03-14! Please pay 12.50.") == (0, 0)
    assert judged("13 of them, 2025-03-14, 12.50") != (0, 0)
    assert judged("3 of them, 2025-03-14, 112.50") != (0, 0)
    days = ", ".join(f"2025-03-{day:02}" for day in range(1, 31))
    assert judged(f"3 of them, on {days}, 12.50") != (0, 0)


def test_cc_is_as_good_as_to() -> None:
    wanted = changed(("mail.send", {"to": ["a@example.com", "b@example.com"], "subject": "S", "body": "B"}))
    there = changed(("mail.send", {"to": ["a@example.com"], "cc": ["b@example.com"], "subject": "S", "body": "B"}))
    assert judge(wanted, there) == (0, 0)


@pytest.mark.parametrize(
    ("wanted", "given", "right"),
    [
        (None, "anything", True),
        ("Ada Byrd", " ada  byrd.", True),
        ("Ada Byrd", "Ada Byrd and Bob", False),
        ("7", 7, True),
        (12.5, "12.50", True),
        (12.5, "$12.50", True),
        (1234.5, "1,234.50", True),
        (12.5, "12.51", False),
        (12.5, "about 12.50", False),
        (12.5, None, False),
        (3, True, False),
        (3, "3", True),
        (3, "1e400", False),
        (["a", "b"], ["b", "A"], True),
        (["a", "b"], "a, b", True),
        (["a", "b"], ["a", "b", "c"], False),
        (["a", "b"], ["a", "a"], False),
        (["a", "b"], None, False),
        ("x", ["x"], True),
        ("x", ["x", "y"], False),
        ("Sunday", "'Sunday'", True),
        (487, "#487", True),
        (3343.54, "+3343.54 USD", True),
        ("2026-07-30T08:00", "2026-07-30 08:00", True),
    ],
)
def test_answers_are_compared_exactly_but_not_pedantically(wanted: Any, given: Any, right: bool) -> None:
    assert same_answer(wanted, given) is right


def test_the_order_of_a_list_counts_only_where_it_was_asked_for() -> None:
    assert not same_answer(["a", "b"], ["b", "a"], ordered=True)
    assert same_answer(["a", "b"], ["a", "b"], ordered=True)
