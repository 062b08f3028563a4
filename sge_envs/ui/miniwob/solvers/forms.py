"""Solutions of tasks that are solved by filling fields in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sge_envs.ui.calls import write_call
from sge_envs.ui.miniwob.solvers.puzzle import Puzzle, Solver, check, click, fill, play, press, submit
from sge_envs.ui.view import Node


def focus_field(puzzle: Puzzle) -> str:
    found = re.search(r"(\d+)", puzzle.goal)
    return click(puzzle.field(int(found[1]) - 1 if found else 0))


def enter_quoted(puzzle: Puzzle) -> str:
    return answer(puzzle, puzzle.quoted[0])


def enter_in_case(puzzle: Puzzle) -> str:
    text = puzzle.quoted[0]
    return answer(puzzle, text.upper() if "upper case" in puzzle.goal else text.lower())


def answer(puzzle: Puzzle, text: str) -> str:
    """Write into the first field that can be written into, and submit."""
    fields = [node for node in puzzle.all("textbox", "spinbutton") if not node.has("readonly") and node.tag == "input"]
    return play(fill(fields[0], text), submit(puzzle))


def enter_password(puzzle: Puzzle) -> str:
    return play(*(fill(field, puzzle.quoted[0]) for field in puzzle.all("textbox")), submit(puzzle))


def log_in(puzzle: Puzzle) -> str:
    """A box that comes in between is sent away first."""
    closing = puzzle.seek("Cancel", "button")
    if closing is not None:
        return click(closing)
    name, password = puzzle.all("textbox")[:2]
    user, secret = puzzle.quoted[:2]
    calls = [fill(name, user)] if name.value != user else []
    calls += [fill(password, secret)] if len(password.value or "") != len(secret) else []
    button = puzzle.seek("Login", "button") or puzzle.find("OK", "button")
    return play(*calls, click(button)) if not calls else play(calls[0])


def enter_date(puzzle: Puzzle) -> str:
    month, day, year = puzzle.words(r"(\d\d)/(\d\d)/(\d{4})")
    return answer(puzzle, f"{year}-{month}-{day}")


def enter_time(puzzle: Puzzle) -> str:
    hour, minute, half = puzzle.words(r"(\d+):(\d\d) ([AP]M)")
    return answer(puzzle, f"{int(hour) % 12 + (12 if half == 'PM' else 0):02}:{minute}")


def find_word(puzzle: Puzzle) -> str:
    (number,) = puzzle.words(r"the (\d+)\w\w word")
    words = puzzle.all("text")[0].name.split()
    return answer(puzzle, words[int(number) - 1].strip(".,"))


def last_word(puzzle: Puzzle) -> str:
    text = next(node.value or "" for node in puzzle.all("textbox") if node.tag == "textarea")
    return answer(puzzle, text.split()[-1].strip(".,"))


def calculate(puzzle: Puzzle) -> str:
    left, sign, right = re.findall(r"-?\d+|[-+x]", puzzle.all("text")[0].name)[:3]
    first, second = int(left), int(right)
    return answer(puzzle, str({"+": first + second, "-": first - second, "x": first * second}[sign]))


def solve_for_x(puzzle: Puzzle) -> str:
    """``a + x = b``, ``x + a = b``, ``a - x = b`` or ``x - a = b``."""
    left, sign, right, result = puzzle.all("text")[0].name.replace("=", " ").split()
    total = int(result)
    if left == "x":
        return answer(puzzle, str(total - int(right) if sign == "+" else total + int(right)))
    return answer(puzzle, str(total - int(left) if sign == "+" else int(left) - total))


def guess_number(puzzle: Puzzle) -> str:
    """Half of the numbers that are left go away with every guess; what they are is known from the last answer."""
    low, high = (int(part) for part in puzzle.words(r"between (\d+)-(\d+)"))
    said = " ".join(node.name for node in puzzle.all("text"))
    found = re.search(r"The number is (higher|lower) than (\d+)", said)
    if found is None:
        return answer(puzzle, str((low + high) // 2))
    last = int(found[2])
    return answer(puzzle, str(last + 1 if found[1] == "higher" else last - 1))


def generate_number(puzzle: Puzzle) -> str:
    way, bound = puzzle.words(r"(greater than|less than|even|odd)(?: number)? ?(\d*)")
    shown = puzzle.all("text")[0].name
    number = int(shown) if shown.isdigit() else None
    good = number is not None and (
        number % 2 == (way == "odd")
        if not bound
        else number > int(bound)
        if way == "greater than"
        else number < int(bound)
    )
    return submit(puzzle) if good else click(puzzle.find("Generate", "button"))


def read_table(puzzle: Puzzle) -> str:
    (label,) = puzzle.words(r"value of (.+?) into")
    return answer(puzzle, table(puzzle)[label])


def read_table_twice(puzzle: Puzzle) -> str:
    values = table(puzzle)
    labels = [node.name.rstrip(":") for node in puzzle.all("text") if node.name.endswith(":")]
    return play(*(fill(field, values[label]) for label, field in zip(labels, puzzle.all("textbox"))), submit(puzzle))


def table(puzzle: Puzzle) -> dict[str, str]:
    """Rows of two cells."""
    rows = [node.name.split(" | ") for node in puzzle.all("row") if node.name.count(" | ") == 1]
    return {row[0]: row[1] for row in rows}


def copy_shown(puzzle: Puzzle) -> str:
    return answer(puzzle, puzzle.all("text")[0].name.replace(" ", ""))


def copy_area(puzzle: Puzzle) -> str:
    """Copy and paste, as a person would: whoever types it in makes mistakes with the spaces at its end."""
    number = re.search(r"the (\d+)\w\w text area", puzzle.goal)
    areas = [node for node in puzzle.all("textbox") if node.tag == "textarea"]
    area = areas[int(number[1]) - 1 if number else 0]
    target = next(node for node in puzzle.all("textbox") if node.tag == "input")
    copied = [click(area), press(area, "Control+A"), press(area, "Control+C")]
    return play(*copied, click(target), press(target, "Control+V"), submit(puzzle))


def search_movies(puzzle: Puzzle) -> str:
    """Labels and fields come in the same order; which of the two comes first differs."""
    genre, director, year = puzzle.words(r"Search for (\w+) movies directed by (\w+) from year (\d+)")
    values = {"genre": genre, "director": director, "year": year}
    labels = [label for node in puzzle.all("text") for label in values if node.name.casefold().startswith(label)]
    calls = [fill(field, values[label]) for label, field in zip(labels, puzzle.all("textbox"))]
    button = puzzle.seek("Submit", "button", "clickable") or puzzle.find("Search", "button", "clickable")
    return play(*calls, click(button))


def search_engine(puzzle: Puzzle) -> str:
    """Three results are on a page."""
    query = puzzle.quoted[0]
    (number,) = puzzle.words(r"the (\d+)\w\w search result")
    page, place = divmod(int(number) - 1, 3)
    results = [
        node for node in puzzle.all("link", "clickable") if not re.fullmatch(r"[<>]|\d+", node.name) and node.name
    ]
    if not results:
        return play(fill(puzzle.field(), query), click(puzzle.find("Search", "button")))
    current = _page_of(puzzle)
    return click(results[place] if current == page else puzzle.find(str(page + 1), "link", "clickable"))


def _page_of(puzzle: Puzzle) -> int:
    """The page that is shown: whose number was clicked last."""
    return next((int(node.name) - 1 for node in puzzle.all("link") if node.has("focused") and node.name.isdigit()), 0)


def spin(puzzle: Puzzle) -> str:
    (number,) = puzzle.words(r"Select (-?\d+) with the spinner")
    return play(fill(puzzle.all("spinbutton", "textbox")[0], number), submit(puzzle))


def complete(puzzle: Puzzle) -> str:
    """Type the beginning, take the item with the right end."""
    start = puzzle.quoted[0]
    end = puzzle.quoted[1] if len(puzzle.quoted) > 1 else ""
    field = puzzle.field()
    value = field.value or ""
    if value.startswith(start) and value.endswith(end) and len(value) > len(start):
        return submit(puzzle)
    for node in puzzle.view.nodes:
        if node is not field and node.name.startswith(start) and node.name.endswith(end):
            return click(node)
    return play(fill(field, ""), write_call("type", field.id or 0, start))


MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def choose_date(puzzle: Puzzle) -> str:
    month, day, year = puzzle.words(r"(\d\d)/(\d\d)/(\d{4})")
    field = puzzle.field()
    if field.value == f"{month}/{day}/{year}":
        return submit(puzzle)
    shown = re.search(rf"({'|'.join(MONTHS)}) (\d{{4}})", " ".join(node.name for node in puzzle.all("text")))
    if shown is None:
        return click(field)
    ahead = (int(year) - int(shown[2])) * 12 + int(month) - 1 - MONTHS.index(shown[1])
    if ahead == 0:
        return click(puzzle.find(str(int(day)), "link"))
    arrow = puzzle.find("Prev" if ahead < 0 else "Next", "clickable", "link")
    return click(arrow)


def fill_sequence(puzzle: Puzzle) -> str:
    """``Check the 2nd radio button and enter the number "17" into the 1st textbox.``"""
    which, text, where = puzzle.words(r'the (\d)\w\w radio button and enter the number "(\d+)" into the (\d)')
    radio = puzzle.all("radio")[int(which) - 1]
    return play(check(radio), fill(puzzle.field(int(where) - 1), text), submit(puzzle))


def choose_then_press(puzzle: Puzzle) -> str:
    """The list is drawn by the page itself, so it is opened and clicked."""
    (option,) = puzzle.words(r"Choose (.+) from the dropdown")
    if puzzle.all("combobox")[0].value == option:
        return click(puzzle.find(puzzle.quoted[0], "button"))
    shown = puzzle.seek(option, "clickable")
    return click(shown if shown is not None else puzzle.all("clickable")[0])


def slide(puzzle: Puzzle) -> str:
    (number,) = puzzle.words(r"Select (-?\d+) with the slider")
    moves = slide_to(puzzle, handles(puzzle)[0], int(number))
    return moves or submit(puzzle)


def slide_many(puzzle: Puzzle) -> str:
    wanted = [int(part) for part in re.findall(r"-?\d+", puzzle.goal)]
    for handle, number in zip(handles(puzzle), wanted):
        moves = slide_to(puzzle, handle, number)
        if moves:
            return moves
    return submit(puzzle)


def slide_and_check(puzzle: Puzzle) -> str:
    number, which = puzzle.words(r"Select (-?\d+) with the slider, click the (\d)\w\w checkbox")
    moves = slide_to(puzzle, handles(puzzle)[0], int(number))
    return moves or play(check(puzzle.all("checkbox")[int(which) - 1]), submit(puzzle))


def handles(puzzle: Puzzle) -> list[Node]:
    return [node for node in puzzle.all("clickable") if "slider-handle" in node.traits.get("hint", "")]


def slide_to(puzzle: Puzzle, handle: Node, number: int) -> str:
    """Keys that move a handle towards ``number``; nothing if it is there. Its value is the text after it."""
    shown = int(next(node.name for node in puzzle.after(handle) if re.fullmatch(r"-?\d+", node.name)))
    if shown == number:
        return ""
    key = "ArrowRight" if shown < number else "ArrowLeft"
    return play(*[press(handle, key)] * min(abs(number - shown), 9))


FORMS: Mapping[str, Solver] = {
    "choose-date": choose_date,
    "choose-date-easy": choose_date,
    "choose-date-medium": choose_date,
    "choose-date-nodelay": choose_date,
    "copy-paste": copy_area,
    "copy-paste-2": copy_area,
    "enter-date": enter_date,
    "enter-password": enter_password,
    "enter-text": enter_quoted,
    "enter-text-2": enter_in_case,
    "enter-text-dynamic": enter_quoted,
    "enter-time": enter_time,
    "find-word": find_word,
    "focus-text": focus_field,
    "focus-text-2": focus_field,
    "form-sequence": slide_and_check,
    "form-sequence-2": fill_sequence,
    "form-sequence-3": choose_then_press,
    "generate-number": generate_number,
    "guess-number": guess_number,
    "login-user": log_in,
    "login-user-popup": log_in,
    "multi-layouts": search_movies,
    "multi-orderings": search_movies,
    "read-table": read_table,
    "read-table-2": read_table_twice,
    "scroll-text": last_word,
    "search-engine": search_engine,
    "simple-algebra": solve_for_x,
    "simple-arithmetic": calculate,
    "text-transform": copy_shown,
    "use-autocomplete": complete,
    "use-autocomplete-nodelay": complete,
    "use-slider": slide,
    "use-slider-2": slide_many,
    "use-spinner": spin,
}
