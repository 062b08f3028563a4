"""Solutions of tasks that are solved by finding the right thing and clicking it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sge_envs.ui.calls import write_call
from sge_envs.ui.miniwob.solvers.puzzle import Puzzle, Solver, Stuck, check, click, play, select, submit


def click_only_button(puzzle: Puzzle) -> str:
    return click(puzzle.all("button")[0])


def click_named(puzzle: Puzzle) -> str:
    return click(puzzle.find(puzzle.quoted[0], "button", "clickable", "link"))


def click_word(puzzle: Puzzle) -> str:
    """The button that the instruction names last, without quotes."""
    return click(puzzle.find(*puzzle.words(r"button (\w+)\."), "button"))


def click_sequence(puzzle: Puzzle) -> str:
    return play(
        *(click(puzzle.find(name, "button")) for name in puzzle.words(r"button (\w+), then click button (\w+)"))
    )


def close_dialog(puzzle: Puzzle) -> str:
    """The "x" of a dialog is called Close."""
    name = puzzle.quoted[0]
    return click(puzzle.find("Close" if name == "x" else name, "button"))


def click_color(puzzle: Puzzle) -> str:
    (color,) = puzzle.words(r"on the (\S+) colored box")
    boxes = [node for node in puzzle.all("clickable") if node.traits.get("color") == color]
    if not boxes:
        raise Stuck(f"no box is {color}")
    return click(boxes[0])


def click_widget(puzzle: Puzzle) -> str:
    kind = puzzle.quoted[0]
    for node in puzzle.all("button", "radio", "checkbox", "textbox"):
        what = {"input": "text"}.get(node.tag, node.tag) if node.role == "textbox" else node.role
        if what == kind:
            return click(node)
    raise Stuck(f"there is no {kind}")


def click_tab(puzzle: Puzzle) -> str:
    return click(puzzle.find(*puzzle.words(r"on (Tab #\d+)"), "tab", "link"))


def find_in_tabs(puzzle: Puzzle) -> str:
    """The word if it is shown, else the tab after the one that is open."""
    for node in puzzle.all("clickable", "link"):
        if node.name == puzzle.quoted[0]:  # others differ in a capital or a stop
            return click(node)
    tabs = puzzle.all("tab")
    opened = [at for at, tab in enumerate(tabs) if tab.has("expanded")]
    return click(tabs[(opened[0] + 1) % len(tabs) if opened else 0])


def expand_and_submit(puzzle: Puzzle) -> str:
    section = puzzle.all("tab")[0]
    return click(section) if section.has("collapsed") else submit(puzzle)


def click_menu(puzzle: Puzzle) -> str:
    """Point at each menu on the way, click the last."""
    path = puzzle.goal.removeprefix("Select ").split(">")
    last = puzzle.seek(path[-1], "menuitem")
    if last is not None:
        return click(last)
    shown = [node for name in path for node in [puzzle.seek(name, "menuitem")] if node is not None]
    return f"hover({shown[-1].id})"


def click_shades(puzzle: Puzzle) -> str:
    (color,) = puzzle.words(r"shades of (\w+)")
    place = ("red", "green", "blue").index(color)
    wanted = []
    for node in puzzle.all("clickable"):
        rgb = [int(part) for part in re.findall(r"\d+", node.traits.get("color", ""))]
        if len(rgb) == 3 and rgb[place] == max(rgb) and "selected" not in node.traits.get("hint", ""):
            wanted.append(click(node))
    return play(*wanted, submit(puzzle))


def identify_shape(puzzle: Puzzle) -> str:
    shape = puzzle.all("circle", "rect", "polygon", "word")[0]
    if shape.role == "word":
        return click(puzzle.find("Number" if shape.name.isdigit() else "Letter", "button"))
    return click(puzzle.find({"circle": "Circle", "rect": "Rectangle", "polygon": "Triangle"}[shape.role], "button"))


def click_coordinate(puzzle: Puzzle) -> str:
    """The lines are the axes; a step is half of the way to the edge."""
    across, down = (int(part) for part in puzzle.words(r"\((-?\d+),(-?\d+)\)"))
    level = next(line for line in puzzle.all("line") if line.box[2] > line.box[3])
    upright = next(line for line in puzzle.all("line") if line.box[3] > line.box[2])
    x = upright.middle[0] + across * 30
    y = level.middle[1] - down * 30
    return click(min(puzzle.all("circle"), key=lambda dot: abs(dot.middle[0] - x) + abs(dot.middle[1] - y)))


def click_ascending(puzzle: Puzzle) -> str:
    """All in one turn, by their places: the numbers are hidden once the first is clicked."""
    numbers = sorted(puzzle.all("word"), key=lambda node: int(node.name))
    return play(*(write_call("click", *node.middle) for node in numbers))


def find_in_tree(puzzle: Puzzle) -> str:
    node = puzzle.seek(puzzle.quoted[0])
    if node is not None:
        return click(node)
    closed = [one for one in puzzle.all("clickable") if "expandable" in one.traits.get("hint", "")]
    if not closed:
        raise Stuck(f"no folder is closed and nothing is called {puzzle.quoted[0]!r}")
    return click(closed[0])


def pick_greatest(puzzle: Puzzle) -> str:
    cards = [node for node in puzzle.all("clickable") if node.name.lstrip("-").isdigit()]
    return play(click(max(cards, key=lambda card: int(card.name))), submit(puzzle))


def mark_odd_or_even(puzzle: Puzzle) -> str:
    """Each number stands between its two buttons."""
    calls = []
    for at, node in enumerate(puzzle.view.nodes):
        if node.role == "text" and node.name.lstrip("-").isdigit():
            calls.append(click(puzzle.view.nodes[at + 1 if int(node.name) % 2 == 0 else at - 1]))
    return play(*calls, submit(puzzle))


def check_named(puzzle: Puzzle) -> str:
    """Boxes that are checked already need no call, so a long list is done in several turns."""
    (listed,) = puzzle.words(r"Select (.*?) and click Submit")
    names = {name.strip() for name in listed.split(",")}
    calls = [
        check(node, node.name in names)
        for node in puzzle.all("checkbox")
        if node.has("checked") != (node.name in names)
    ]
    return play(*calls, submit(puzzle))


def choose_option(puzzle: Puzzle) -> str:
    return play(check(puzzle.find(*puzzle.words(r"Select (\S+) and click"), "radio")), submit(puzzle))


def choose_from_list(puzzle: Puzzle) -> str:
    (listed,) = puzzle.words(r"Select (.*?) from the (?:scroll )?list")
    box = puzzle.all("combobox", "listbox")[0]
    names = [name.strip() for name in listed.split(",")] if box.role == "listbox" else [listed]
    return play(select(box, *names), submit(puzzle))


def find_contact(puzzle: Puzzle) -> str:
    name, what = puzzle.words(r"Find (\w+) in the contact book and click on their (phone number|email|address)")
    if puzzle.seek(name, "heading") is None:
        return click(puzzle.find(">", "link"))
    label = {"phone number": "Phone:", "email": "Email:", "address": "Address:"}[what]
    return click(puzzle.after(puzzle.find(label))[0])


def buy_ticket(puzzle: Puzzle) -> str:
    """Every ticket tells its duration right before its price."""
    tickets = []
    for at, node in enumerate(puzzle.view.nodes):
        price = re.search(r"\$(\d+)", node.name)
        if node.role == "button" and price:
            hours, minutes = re.findall(r"\d+", puzzle.view.nodes[at - 1].name)
            tickets.append((int(price[1]), int(hours) * 60 + int(minutes), node))
    by_price = "cost" in puzzle.goal or "cheapest" in puzzle.goal
    tickets.sort(key=lambda ticket: ticket[0] if by_price else ticket[1])
    return click(tickets[-1 if re.search("most expensive|longest", puzzle.goal) else 0][2])


CLICKS: Mapping[str, Solver] = {
    "ascending-numbers": click_ascending,
    "buy-ticket": buy_ticket,
    "choose-list": choose_from_list,
    "click-button": click_named,
    "click-button-sequence": click_sequence,
    "click-checkboxes": check_named,
    "click-checkboxes-large": check_named,
    "click-checkboxes-transfer": check_named,
    "click-collapsible": expand_and_submit,
    "click-collapsible-2": find_in_tabs,
    "click-collapsible-2-nodelay": find_in_tabs,
    "click-collapsible-nodelay": expand_and_submit,
    "click-color": click_color,
    "click-dialog": close_dialog,
    "click-dialog-2": close_dialog,
    "click-link": click_named,
    "click-menu": click_menu,
    "click-option": choose_option,
    "click-scroll-list": choose_from_list,
    "click-shades": click_shades,
    "click-tab": click_tab,
    "click-tab-2": find_in_tabs,
    "click-tab-2-easy": find_in_tabs,
    "click-tab-2-hard": find_in_tabs,
    "click-tab-2-medium": find_in_tabs,
    "click-test": click_only_button,
    "click-test-2": click_word,
    "click-test-transfer": click_word,
    "click-widget": click_widget,
    "find-greatest": pick_greatest,
    "grid-coordinate": click_coordinate,
    "identify-shape": identify_shape,
    "navigate-tree": find_in_tree,
    "odd-or-even": mark_odd_or_even,
    "phone-book": find_contact,
    "unicode-test": click_named,
}
