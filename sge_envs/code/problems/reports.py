"""Programs from standard input to standard output: commands, matches, machines and cells."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np

from sge_envs.code.problems.draw import flip, number, pick, some, word
from sge_envs.code.problems.write import program


def _lines(text: str) -> list[str]:
    return text.strip().split("\n")


def _matches(rng: np.random.Generator, size: int) -> str:
    teams = ["ants", "bees", "cats", "dogs", "elks"]
    games = [some(rng, teams, 2) for _ in range(size)]
    return "".join(f"{a} {number(rng, 0, 3)}:{number(rng, 0, 3)} {b}\n" for a, b in games)


def _league(text: str) -> str:
    """Each team's rows looked up on their own."""
    games = [re.fullmatch(r"(\w+) (\d+):(\d+) (\w+)", line) for line in _lines(text)]
    rows = [(m[1], int(m[2]), int(m[3])) for m in games if m] + [(m[4], int(m[3]), int(m[2])) for m in games if m]
    table = []
    for team in {row[0] for row in rows}:
        own = [(ours, theirs) for name, ours, theirs in rows if name == team]
        points = 3 * sum(a > b for a, b in own) + sum(a == b for a, b in own)
        table.append((-points, -sum(a - b for a, b in own), team))
    return "\n".join(f"{team} {-points} {-goals:+d}" for points, goals, team in sorted(table))


def _stock(rng: np.random.Generator, size: int) -> str:
    lines = []
    for _ in range(size):
        item, kind = word(rng, 1, "xyz"), pick(rng, ("in", "in", "out", "show"))
        lines.append(f"show {item}" if kind == "show" else f"{kind} {item} {number(rng, 1, 9)}")
    return "\n".join([*lines, "show x"]) + "\n"


def _store(text: str) -> str:
    """The stock after each line, from the log of all accepted changes."""
    log: list[tuple[str, int]] = []
    out = []
    for kind, item, *count in map(str.split, _lines(text)):
        stock = sum(change for name, change in log if name == item)
        if kind == "show":
            out.append(f"{item}: {stock}")
        elif kind == "in" or stock >= int(count[0]):
            log.append((item, int(count[0]) * (1 if kind == "in" else -1)))
        else:
            out.append(f"not enough {item}")
    return "\n".join(out)


def _table(text: str) -> str:
    rows = [line.split(",") for line in _lines(text)]
    for column in range(len(rows[0])):
        width = max(len(row[column]) for row in rows)
        numeric = all(re.fullmatch("-?[0-9]+", row[column]) for row in rows[1:])
        for row in rows:
            row[column] = f"{row[column]:{'>' if numeric else '<'}{width}}"
    return "\n".join("|".join(row) for row in rows)


def _sheet(rng: np.random.Generator, size: int) -> str:
    kinds = [flip(rng) for _ in range(4)]
    rows = [
        [str(number(rng, -50, 500)) if numeric or flip(rng, 0.3) else word(rng, number(rng, 1, 6)) for numeric in kinds]
        for _ in range(size)
    ]
    return "\n".join(map(",".join, [["a", "bb", "name", "number"], *rows])) + "\n"


def _machine(rng: np.random.Generator, size: int) -> str:
    lines = []
    for i in range(size):
        kind = pick(rng, ("set", "add", "add", "mul", "print", "jump"))
        name = word(rng, 1, "ab")
        value = pick(rng, (str(number(rng, -5, 5)), "a", "b"))
        target = number(rng, max(1, i - 2) if flip(rng, 0.4) else i + 1, size + 1)
        lines.append({"print": f"print {name}", "jump": f"jump {name} {target}"}.get(kind, f"{kind} {name} {value}"))
    return "\n".join([*lines, "print a", "print b"]) + "\n"


def _interpret(text: str) -> str:
    """Every state of the machine as a function of the one before."""
    program = [line.split() for line in _lines(text)]
    at, values, out = 1, {"a": 0, "b": 0}, list[str]()
    for _ in range(1000):
        if not 1 <= at <= len(program):
            return "\n".join(out)
        match program[at - 1]:
            case ["print", name]:
                out.append(str(values[name]))
                at += 1
            case ["jump", name, target]:
                at = int(target) if values[name] else at + 1
            case [kind, name, other]:
                value = values[other] if other in values else int(other)
                new = {"set": value, "add": values[name] + value, "mul": values[name] * value}[kind]
                values, at = values | {name: new % 1000}, at + 1
    return "\n".join([*out, "stopped"])


def _cells(rng: np.random.Generator, size: int) -> str:
    names = [f"{letter}{row}" for letter in "ABC" for row in range(1, size // 3 + 2)][:size]
    lines = []
    for i, name in enumerate(names):
        pool = names[:i] if flip(rng, 0.9) and i else names
        terms = [pick(rng, pool) if flip(rng, 0.6) else str(number(rng, 0, 9)) for _ in range(number(rng, 1, 3))]
        lines.append(f"{name}={'+'.join(terms)}")
    return "\n".join(some(rng, lines, len(lines))) + "\n"


def _settled(text: str) -> str:
    """Work out whatever can be worked out, until nothing is new."""
    formulas = dict(line.split("=") for line in _lines(text))
    values: dict[str, int] = {}
    for _ in formulas:
        for name, formula in formulas.items():
            terms = formula.split("+")
            if all(term in values or term.isdigit() for term in terms):
                values[name] = sum(values[term] if term in values else int(term) for term in terms)
    return "\n".join(f"{name} {values.get(name, 'loop')}" for name in sorted(formulas))


def _family(rng: np.random.Generator, size: int) -> str:
    names = some(rng, [a + b for a in "abcdefgh" for b in "aeiou"], size + 1)
    lines = [f"{pick(rng, names[:i])} {names[i]}" for i in range(1, size + 1)]
    return f"{pick(rng, names)} {pick(rng, names)}\n" + "\n".join(some(rng, lines, size)) + "\n"


def _related(text: str) -> str:
    """The lines of ancestors side by side."""
    (first, second), *pairs = (line.split() for line in _lines(text))
    above: dict[str, list[str]] = defaultdict(list)
    up = {child: parent for parent, child in pairs}
    for name in {first, second}:
        here: str | None = name
        while here is not None:
            above[name].append(here)
            here = up.get(here)
    common = [name for name in above[first] if name in above[second]]
    return f"{common[0]} {above[first].index(common[0]) + above[second].index(common[0])}"


PROBLEMS = (
    program(
        "League table",
        "medium",
        "sorting parsing",
        """
        Input: one line per match, `team goals:goals team`, such as "cats 2:1 dogs"; team names are lower-case words.
        Output: a line for each team that played: name, points and goal difference with its sign ("+0" for zero), separated by
        blanks. A win gives 3 points, a draw 1. Sort by points, then goal difference, both largest first, then by name. 1 to
        100 matches.
        """,
        """
        import sys

        table = {}
        for line in sys.stdin:
            left, score, right = line.split()
            a, b = map(int, score.split(":"))
            for team, ours, theirs in ((left, a, b), (right, b, a)):
                points, goals = table.get(team, (0, 0))
                points += 3 if ours > theirs else 1 if ours == theirs else 0
                table[team] = points, goals + ours - theirs
        for team, (points, goals) in sorted(table.items(), key=lambda item: (-item[1][0], -item[1][1], item[0])):
            print(team, points, f"{goals:+d}")
        """,
        brute=_league,
        generate=_matches,
        examples=("cats 2:1 dogs\ndogs 0:0 bees\n",),
        edges=("a 0:0 b\n", "b 1:0 a\n", "x 3:1 y\ny 2:0 x\n"),
    ),
    program(
        "Stock book",
        "easy",
        "simulation hashing",
        """
        Input: one command per line: `in item count` brings items in, `out item count` takes items out, `show item` asks for
        the stock. Items are lower-case words, counts from 1 to 1000. At most 200 commands, at least one of which prints.
        Output: for `show` a line with the name of the item, ": " and how many there are. For `out`, if there are fewer than
        count, nothing is taken and a line "not enough" with a blank and the name is printed. Else nothing is printed.
        """,
        """
        import sys

        stock = {}
        for line in sys.stdin:
            command, item, *count = line.split()
            here = stock.get(item, 0)
            if command == "show":
                print(f"{item}: {here}")
            elif command == "in":
                stock[item] = here + int(count[0])
            elif here >= int(count[0]):
                stock[item] = here - int(count[0])
            else:
                print("not enough", item)
        """,
        brute=_store,
        generate=_stock,
        examples=("in tea 5\nout tea 3\nout tea 3\nshow tea\n",),
        edges=("show a\n", "out a 1\n", "in a 2\nout a 2\nshow a\n"),
    ),
    program(
        "Straight columns",
        "medium",
        "strings matrices",
        """
        Input: a table, one row per line, four cells per row separated by commas; cells are letters, digits and "-", never
        empty. The first row has the titles.
        Output: the same rows with every cell filled with blanks to the width of the widest cell of its column, and "|" between
        the cells. A column is filled on the left (right-aligned) if all its cells but the title are whole numbers, such as 7
        or -12, else on the right. 2 to 50 rows.
        """,
        """
        import sys

        rows = [line.strip().split(",") for line in sys.stdin]
        columns = []
        for title, *cells in zip(*rows):
            width = max(map(len, [title, *cells]))
            numbers = all(cell.removeprefix("-").isdigit() for cell in cells)
            columns.append([cell.rjust(width) if numbers else cell.ljust(width) for cell in (title, *cells)])
        for row in zip(*columns):
            print("|".join(row))
        """,
        brute=_table,
        generate=_sheet,
        examples=("item,count,who,no\ntea,12,ann,1\ncoffee,7,bo,20\n",),
        edges=("a,b,c,d\n1,-2,x,-\n", "a,b,c,d\n1,1,1,1\n22,x2,-3,--4\n"),
    ),
    program(
        "Two register machine",
        "hard",
        "simulation parsing",
        """
        Input: a program, one instruction per line, lines numbered from 1. The registers a and b are 0 at first. `set r v`,
        `add r v` and `mul r v` set register r to v, to r + v and to r * v, in each case modulo 1000 (results from 0 to 999); v
        is a register or a whole number from -99 to 99. `print r` prints a register on a line. `jump r n` goes on at line n if
        r is not 0. Else the next line follows. The program ends when there is no line of the number at which it should go on.
        Output: what it prints; if it has not ended after 1000 instructions, it is cut off and a last line "stopped" printed.
        At most 60 instructions.
        """,
        """
        import sys

        program = [line.split() for line in sys.stdin]
        registers, at, steps = {"a": 0, "b": 0}, 0, 0
        while 0 <= at < len(program):
            if steps == 1000:
                print("stopped")
                break
            steps += 1
            command, register, *rest = program[at]
            at += 1
            if command == "print":
                print(registers[register])
            elif command == "jump":
                if registers[register]:
                    at = int(rest[0]) - 1
            else:
                value = registers[rest[0]] if rest[0] in registers else int(rest[0])
                if command == "add":
                    value += registers[register]
                elif command == "mul":
                    value *= registers[register]
                registers[register] = value % 1000
        """,
        brute=_interpret,
        generate=_machine,
        examples=("set a 3\nprint a\nadd a -1\njump a 2\nprint b\n",),
        edges=(
            "set a 1\nprint a\njump a 3\n",
            "print a\njump a 9\nadd b -1\nprint b\n",
            "set b 1\njump b 7\nprint b\n",
        ),
        sizes=(2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 50),
    ),
    program(
        "Cells that add up",
        "hard",
        "graphs parsing",
        """
        Input: one line per cell of a sheet, `name=term+term+...`: a term is a number from 0 to 999 or the name of a cell. A
        name is one of the letters A, B, C and a number; every cell that is named has exactly one line.
        Output: for each cell, sorted by name as text, its name, a blank and its value; "loop" instead if the value depends,
        perhaps through other cells, on itself or on a cell that does. At most 60 cells.
        """,
        """
        import sys

        formulas = dict(line.strip().split("=") for line in sys.stdin)
        values = {}


        def value(name):
            if name.isdigit():
                return int(name)
            if name not in values:
                values[name] = None
                terms = [value(term) for term in formulas[name].split("+")]
                values[name] = None if None in terms else sum(terms)
            return values[name]


        for name in sorted(formulas):
            print(name, "loop" if value(name) is None else values[name])
        """,
        brute=_settled,
        generate=_cells,
        examples=("A1=B1+2\nB1=5\nC1=C1+A1\n",),
        edges=("A1=7\n", "A1=A1\n", "A1=B1\nB1=A1\nC1=A1+1\nC2=4+4\n", "A10=1\nA2=A10+A10\n"),
    ),
    program(
        "Nearest ancestor",
        "medium",
        "trees hashing",
        """
        Input: a line with two names, then one line `parent child` for each child of a family; nobody has two parents in it,
        and all descend from one person. A person counts as their own ancestor.
        Output: the nearest common ancestor of the two, a blank, and the number of steps from one of the two up to that ancestor
        and down to the other. Names are lower-case words; at most 50 people.
        """,
        """
        import sys

        first, second = input().split()
        parent = {}
        for line in sys.stdin:
            above, below = line.split()
            parent[below] = above
        steps = {first: 0}
        while first in parent:
            steps[parent[first]] = steps[first] + 1
            first = parent[first]
        count = 0
        while second not in steps:
            second = parent[second]
            count += 1
        print(second, steps[second] + count)
        """,
        brute=_related,
        generate=lambda rng, n: _family(rng, min(n, 39)),
        examples=("tom eve\nada bob\nbob tom\nada eve\n",),
        edges=("a a\na b\n", "a b\na b\n", "c d\na b\nb c\nb d\n"),
    ),
)
