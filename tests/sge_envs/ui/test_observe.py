"""Pages as text, without a browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sge_envs.ui.observe import Book, Style, count_parts, state_of, tell
from sge_envs.ui.view import Node, View

STYLE = Style()


def node(uid: int, role: str, name: str = "", **changes: Any) -> Node:
    plain = Node(uid, 0, role, name, None, (), {}, (0, 0, 10, 10), role not in ("text", "dialog"), "div")
    return replace(plain, **changes)


def view(*nodes: Node, document: str = "1", path: str = "/", **changes: Any) -> View:
    plain = View(document, path, "http://127.0.0.1:1", "Title", (0, 0), nodes, (), (), 0, True, None)
    return replace(plain, **changes)


def ids(seen: View) -> list[int | None]:
    return [one.id for one in seen.nodes]


def test_elements_keep_their_numbers_and_numbers_are_not_used_again() -> None:
    book = Book()
    assert ids(book.enter(view(node(1, "button", "A"), node(2, "text", "T"), node(3, "button", "B")))) == [1, None, 2]
    assert ids(book.enter(view(node(3, "button", "B"), node(9, "button", "C")))) == [2, 3]
    assert ids(book.enter(view(node(1, "button", "A"), node(3, "button", "B")))) == [1, 2]


def test_a_page_that_is_sent_again_has_its_old_numbers() -> None:
    book = Book()
    book.enter(view(node(1, "link", "Home"), node(2, "link", "Mail"), node(3, "link", "Mail")))
    again = book.enter(view(node(7, "link", "Mail"), node(8, "link", "New"), node(9, "link", "Home"), document="2"))
    assert ids(again) == [2, 4, 1]


def test_what_is_new_changed_and_gone_is_said() -> None:
    book = Book()
    before = book.enter(view(node(1, "textbox", "Name", value=""), node(2, "button", "Old"), node(3, "text", "Stays")))
    after = book.enter(view(node(1, "textbox", "Name", value="Ada"), node(3, "text", "Stays"), node(4, "link", "New")))
    lines = tell(after, before, style=STYLE).splitlines()
    assert 'Gone: [2] button "Old"' in lines
    assert '~ [1] textbox "Name" = "Ada"' in lines
    assert "  Stays" in lines
    assert '+ [3] link "New"' in lines


def test_an_unchanged_page_and_another_page_are_named_as_such() -> None:
    book = Book()
    first = book.enter(view(node(1, "button", "A")))
    assert "Nothing changed." in tell(first, first, style=STYLE)
    other = book.enter(view(node(1, "link", "B"), document="2", path="/other"))
    assert "This is another page." in tell(other, first, style=STYLE)


def test_states_dialogs_boxes_and_scrolling_are_told() -> None:
    seen = Book().enter(
        view(
            node(1, "dialog", "Sure?", states=("modal",)),
            node(2, "checkbox", "News", states=("checked", "required")),
            node(3, "combobox", "Color", value="Red", traits={"options": ["Red", "Blue"]}),
            said=(("confirm", "Really?"),),
            scrolled=(0, 900),
            tab=2,
            tabs=3,
        )
    )
    text = tell(seen, None, style=STYLE)
    for line in (
        'Page / "Title", tab 2 of 3',
        "Scrolled 0 of 900 pixels.",
        'Open dialog: "Sure?"',
        'The page said: "Really?" (answered: OK)',
        'dialog "Sure?" (modal)',
        '[1] checkbox "News" (checked, required)',
        '[2] combobox "Color" = "Red" options: "Red", "Blue"',
    ):
        assert line in text


def test_a_long_page_is_told_in_parts_and_the_focus_is_told_in_each() -> None:
    style = Style(part_chars=500)
    nodes = [node(at, "button", f"Button {at}") for at in range(100)]
    nodes[99] = replace(nodes[99], states=("focused",))
    seen = Book().enter(view(*nodes))
    parts = [tell(seen, None, style=style, part=part) for part in range(1, count_parts(seen, style=style) + 1)]
    assert len(parts) > 3
    assert all("Focus: [100] button" in part for part in parts[:-1])
    assert all(sum(f'"Button {at}"\n' in f"{part}\n" for part in parts) >= 1 for at in range(99))
    assert tell(seen, None, style=style, part=99) == parts[-1]


@given(st.lists(st.text("abc", min_size=1, max_size=80), max_size=60), st.integers(40, 200))
def test_parts_hold_every_line_once_and_stay_within_their_size(names: list[str], size: int) -> None:
    style = Style(part_chars=size)
    seen = view(*(node(at, "text", name[: size - 3]) for at, name in enumerate(names)))
    parts = [tell(seen, None, style=style, part=at + 1) for at in range(count_parts(seen, style=style))]
    bodies = [part.partition("\n\n")[2] for part in parts]
    assert "\n".join(bodies).split("\n") == ([one.name for one in seen.nodes] or [""])
    assert all(len(body) <= size for body in bodies)


def test_a_short_item_is_one_line_and_a_long_one_is_not() -> None:
    item, row = node(1, "item", active=False), node(4, "row", active=False)
    link, word = node(2, "link", "A", depth=1), node(3, "text", "new", depth=1)
    seen = Book().enter(view(item, link, word, row, replace(link, uid=5), replace(word, uid=6)))
    assert tell(seen, None, style=STYLE).splitlines()[-2:] == ['- [1] link "A" new', '| [2] link "A" | new |']
    long = Book().enter(view(item, link, replace(word, name="x" * 200)))
    assert tell(long, None, style=STYLE).splitlines()[-3:] == ["item", '  [1] link "A"', f"  {'x' * 200}"]


def test_the_state_of_a_page_is_what_it_shows_and_not_how_it_came_about() -> None:
    one, other = Book(), Book()
    other.enter(view(node(5, "button", "Before"), document="0"))
    page = view(node(1, "button", "A", box=(1, 2, 3, 4)))
    moved = view(node(8, "button", "A"), document="7")
    assert state_of(one.enter(page)) == state_of(other.enter(moved))
    assert state_of(page) != state_of(view(node(1, "button", "B")))
    assert state_of(page) != state_of(view(node(1, "button", "A", states=("focused",))))
