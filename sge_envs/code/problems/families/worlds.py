"""Families about small worlds with rules of their own: boards, calendars, cells, machines, boxes."""

from __future__ import annotations

from collections.abc import Callable

from sge_envs.code.problem import Arguments, Family, OwnProblem
from sge_envs.code.problems.draw import Rng, flip, grid, number, pick, some, word
from sge_envs.code.problems.families.lively import lively
from sge_envs.code.problems.write import function, program


@lively
def _grid_walk(rng: Rng) -> OwnProblem:
    free = [(down, right) for down in range(-2, 3) for right in range(-2, 4) if (down, right) != (0, 0)]
    moves = some(rng, free, number(rng, 3, 5))
    around, count = flip(rng), flip(rng)

    def brute(board: list[str]) -> int:
        cells = {(r, c) for r, row in enumerate(board) for c, cell in enumerate(row) if cell == "."}
        reached, rounds, end = {(0, 0)}, 0, (len(board) - 1, len(board[0]) - 1)
        while True:
            steps = {(r + y, c + x) for r, c in reached for y, x in moves}
            if around:
                steps = {(r % len(board), c % len(board[0])) for r, c in steps}
            if end in reached and not count:
                return rounds
            if steps & cells <= reached:
                return len(reached) if count else -1
            reached |= steps & cells
            rounds += 1

    def board(rng: Rng, size: int) -> tuple[list[str]]:
        rows = grid(rng, number(rng, 1, min(size, 12)), number(rng, 2, min(size, 12) + 1), "...#")
        return (["." + row[1:-1] + "." if i in (0, len(rows) - 1) else row for i, row in enumerate(rows)],)

    edge = "the board goes on at the opposite side beyond an edge" if around else "a piece may not leave the board"
    listed = ", ".join(f"[{down}, {right}]" for down, right in moves)
    goal = (
        "how many cells it can reach in any number of moves, its first cell included"
        if count
        else "the smallest number of moves to the bottom right cell, or -1 if it cannot get there"
    )
    wrap = "y, x = y % rows, x % columns" if around else "pass"
    result = "len(seen)" if count else "seen.get((rows - 1, columns - 1), -1)"
    return function(
        "A piece of its own",
        "medium",
        "grids breadth-first-search",
        f"""
        The rows of a board are texts of "." (free) and "#" (blocked); the top left and the bottom right cell are free. A piece
        stands at the top left. Its moves, as [rows down, columns to the right], are: {listed}; negative numbers lead up or to
        the left, it jumps over whatever is between, and it may only land on free cells; {edge}. Return {goal}. 1 to 12 rows,
        2 to 13 columns.
        """,
        f"""
        def piece(board: list[str]) -> int:
            rows, columns = len(board), len(board[0])
            seen, queue = {{(0, 0): 0}}, [(0, 0)]
            for r, c in queue:
                for down, right in {moves!r}:
                    y, x = r + down, c + right
                    {wrap}
                    inside = 0 <= y < rows and 0 <= x < columns
                    if inside and board[y][x] == "." and (y, x) not in seen:
                        seen[y, x] = seen[r, c] + 1
                        queue.append((y, x))
            return {result}
        """,
        brute=brute,
        generate=board,
        examples=(board(rng, 3), (["...", "...", "..."],)),
        edges=((["." * 7] * 6,), (["." * 4] * 3,), (["." * 5] * 9,), *(board(rng, n) for n in (2, 4, 5, 6, 7, 8))),
        sizes=(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12),
    )


SYLLABLES = ("ba", "do", "ki", "lu", "me", "no", "pa", "ri", "so", "tu", "va", "ze")


@lively
def _calendar(rng: Rng) -> OwnProblem:
    months = [number(rng, 8, 40) for _ in range(number(rng, 4, 9))]
    week = [name + "day" for name in some(rng, SYLLABLES, number(rng, 4, 9))]
    every, extra = number(rng, 3, 9), number(rng, 1, len(months))

    def brute(year: int, month: int, day: int) -> str:
        at, today = (1, 1, 1), 0
        while at != (year, month, day):
            y, m, d = at
            length = months[m - 1] + (y % every == 0 and m == extra)
            at = (y, m, d + 1) if d < length else (y, m + 1, 1) if m < len(months) else (y + 1, 1, 1)
            today += 1
        return week[today % len(week)]

    def day(rng: Rng, size: int) -> tuple[int, int, int]:
        month = number(rng, 1, len(months))
        return number(rng, size, 2 * size), month, number(rng, 1, months[month - 1])

    return function(
        "Calendar of another world",
        "medium",
        "dates math",
        f"""
        A year has {len(months)} months, of {", ".join(map(str, months))} days; every year whose number is a multiple of {every}
        has one more day at the end of month {extra}. The days of the week are, in order, {", ".join(week)}. Years, months and
        days are numbered from 1, and the first day of month 1 of year 1 is a {week[0]}. Return the day of the week of the given
        day, which exists. 1 <= year <= 1000.
        """,
        f"""
        def weekday(year: int, month: int, day: int) -> str:
            months = {months}
            days = (year - 1) * sum(months) + (year - 1) // {every} + sum(months[:month - 1]) + day - 1
            if year % {every} == 0 and month > {extra}:
                days += 1
            week = {week!r}
            return week[days % len(week)]
        """,
        brute=brute,
        generate=day,
        examples=((1, 1, 2), (every, extra, months[extra - 1] + 1), day(rng, 5)),
        edges=((1, 1, 1), (1, 2, 1), (every + 1, 1, 1), (every, len(months), 1), (2, 1, 1), (2 * every, extra, 1)),
    )


@lively
def _cells(rng: Rng) -> OwnProblem:
    table = {(left, own, right): number(rng, 0, 1) for left in (0, 1) for own in (0, 1) for right in (0, 1)}
    near, ring = number(rng, 1, 3), flip(rng)
    rule = sum(value << 4 * left + 2 * own + right for (left, own, right), value in table.items())

    def brute(row: str, steps: int) -> str:
        for _ in range(steps):
            wide = row * 5 if ring else "0" * len(row) * 2 + row + "0" * len(row) * 2
            start = 2 * len(row)
            places = range(start, start + len(row))
            row = "".join(str(table[int(wide[i - near]), int(wide[i]), int(wide[i + near])]) for i in places)
        return row

    rows = "; ".join(f"{''.join(map(str, key))} gives {value}" for key, value in table.items())
    edge = "The row is a ring: the last cell stands before the first" if ring else "Cells beyond the ends count as 0"
    fetch = "row[i % n]" if ring else "row[i] if 0 <= i < n else '0'"
    return function(
        "Row of cells",
        "medium",
        "automata simulation",
        f"""
        In each step all cells of a row of 0s and 1s change at once. The new value of a cell depends on three old ones: that of
        the cell {near} to the left, its own, and that of the cell {near} to the right, in this order: {rows}. {edge}. Return the
        row after the given number of steps. {near + 1} to 40 cells, at most 30 steps.
        """,
        f"""
        def row_after(row: str, steps: int) -> str:
            n = len(row)

            def cell(i):
                return {fetch}

            for _ in range(steps):
                triples = [cell(i - {near}) + cell(i) + cell(i + {near}) for i in range(n)]
                row = "".join(str({rule} >> int(triple, 2) & 1) for triple in triples)
            return row
        """,
        brute=brute,
        generate=lambda rng, n: (word(rng, min(n + near, 40), "01"), number(rng, 1, min(n, 30))),
        examples=(("0001000", 1), (word(rng, 6, "01"), 2)),
        edges=(
            ("0" * 6, 1),
            ("1" * 6, 1),
            ("0" * 5 + "1" + "0" * 5, 3),
            *((word(rng, 9, "01"), n) for n in (0, 1, 2, 5)),
        ),
    )


@lively
def _machine(rng: Rng) -> OwnProblem:
    add, double, swap, show = some(rng, [a + b for a in SYLLABLES for b in SYLLABLES], 4)
    factor, start, limit = number(rng, 2, 5), number(rng, 0, 9), number(rng, 30, 400)

    def brute(text: str) -> str:
        states, out = [(start, 0)], list[int]()
        for line in text.split("\n"):
            main, side = states[-1]
            if line.startswith(add):
                states.append((main + int(line[len(add) :]), side))
            elif line == double:
                states.append((main * factor if abs(main * factor) <= limit else 0, side))
            elif line == swap:
                states.append((side, main))
            elif line == show:
                out.append(main)
        return "\n".join(map(str, out))

    def script(rng: Rng, size: int) -> str:
        lines = [pick(rng, (f"{add} {number(rng, -9, 20)}", double, swap, show)) for _ in range(size)]
        return "\n".join([f"{add} {number(rng, 1, 9)}", *lines, show]) + "\n"

    return program(
        "Machine with odd words",
        "medium",
        "simulation parsing",
        f"""
        A machine has a main number, {start} at first, and a side number, 0 at first. Input: one command per line.
        "{add} n" adds the whole number n to the main number. "{double}" multiplies the main number by {factor}, but sets it to
        0 if the result would be above {limit} or below -{limit}. "{swap}" swaps main and side number. "{show}" prints the main
        number on a line of its own. At most 100 commands, at least one of them {show}.
        """,
        f"""
        import sys

        main, side = {start}, 0
        for line in sys.stdin:
            command, *rest = line.split()
            if command == {add!r}:
                main += int(rest[0])
            elif command == {double!r}:
                main *= {factor}
                if abs(main) > {limit}:
                    main = 0
            elif command == {swap!r}:
                main, side = side, main
            else:
                print(main)
        """,
        brute=brute,
        generate=script,
        examples=(f"{add} 4\n{double}\n{show}\n{swap}\n{show}\n",),
        edges=(f"{show}\n", f"{add} {limit}\n{double}\n{show}\n", *(script(rng, n) for n in (2, 4, 6, 9))),
    )


Choose = Callable[[list[int]], int]
ENDS: dict[str, tuple[str, Choose]] = {
    "oldest": ("0", lambda box: 0),
    "newest": ("len(box) - 1", lambda box: len(box) - 1),
    "smallest": ("box.index(min(box))", lambda box: min(range(len(box)), key=lambda i: (box[i], i))),
    "largest": ("box.index(max(box))", lambda box: max(range(len(box)), key=lambda i: (box[i], -i))),
}


@lively
def _box(rng: Rng) -> OwnProblem:
    room, unique, asked = number(rng, 2, 6), flip(rng), number(rng, 2, 9)
    out, lost = pick(rng, sorted(ENDS)), pick(rng, sorted(ENDS))
    methods = some(rng, ("put", "push", "add", "store"), 1) + some(rng, ("take", "pop", "draw", "fetch"), 1)
    put, take = methods

    class Box:
        def __init__(self) -> None:
            self.values: list[int] = []

        def call(self, method: str, value: int = 0) -> int | None:
            if method == put and not (unique and value in self.values):
                self.values = [*self.values, value]
                if len(self.values) > room:
                    return self._pull(lost)
            elif method == take and self.values:
                return self._pull(out)
            elif method == "count":
                return sum(v % asked == 0 for v in self.values)
            return None

        def _pull(self, which: str) -> int:
            place = ENDS[which][1](self.values)
            value = self.values[place]
            self.values = self.values[:place] + self.values[place + 1 :]
            return value

    def brute(*calls: tuple[str, tuple[int, ...]]) -> list[int | None]:
        box = Box()
        return [box.call(method, *values) for method, values in calls[1:]]

    def calls(rng: Rng, size: int) -> Arguments:
        kinds = (put, put, take, "count")
        lines = [
            (kind, (number(rng, 1, 20),) if kind == put else ()) for kind in (pick(rng, kinds) for _ in range(3 * size))
        ]
        return (("__init__", ()), (put, (number(rng, 1, 20),)), *lines, (take, ()))

    known = (
        "A value that is in the box already is not put in again; nothing happens and the answer is None."
        if unique
        else ""
    )
    return function(
        "Box with a habit",
        "medium",
        "design simulation",
        f"""
        A box is empty at first and has room for {room} values. {put}(value) puts a value in; if there are more than {room} then,
        the {lost} one (perhaps the new one) falls out and is returned, else None. {known} {take}() takes the {out} value out and
        returns it, or None from an empty box. count() returns how many values in the box are multiples of {asked}. Where values
        are equal, the smallest or largest is the one that was put in earlier. At most 160 calls, values from 1 to 20.
        """.replace(".  ", ". "),
        f"""
        class Box:
            def __init__(self) -> None:
                self.box = []

            def {put}(self, value: int) -> int | None:
                box = self.box
                if {unique} and value in box:
                    return None
                box.append(value)
                return box.pop({ENDS[lost][0]}) if len(box) > {room} else None

            def {take}(self) -> int | None:
                box = self.box
                return box.pop({ENDS[out][0]}) if box else None

            def count(self) -> int:
                return len([value for value in self.box if value % {asked} == 0])
        """,
        brute=brute,
        generate=calls,
        examples=(calls(rng, 2),),
        edges=((("__init__", ()), (take, ()), ("count", ())), *(calls(rng, n) for n in (2, 4, 8, 12))),
        kind="class",
    )


FAMILIES = (
    Family("pieces", "A piece of its own", "medium", ("grids", "breadth-first-search"), _grid_walk),
    Family("calendars", "Calendar of another world", "medium", ("dates", "math"), _calendar),
    Family("cells", "Row of cells", "medium", ("automata", "simulation"), _cells),
    Family("machines", "Machine with odd words", "medium", ("input-output", "simulation", "parsing"), _machine),
    Family("boxes", "Box with a habit", "medium", ("design", "simulation"), _box),
)
