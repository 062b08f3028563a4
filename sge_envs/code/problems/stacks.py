"""Problems for stacks and queues."""

from __future__ import annotations

from collections import deque
from itertools import product

from sge_envs.code.problems.draw import ints, number, some, word
from sge_envs.code.problems.write import LARGE, function


def _dissolve(digits: str) -> str:
    for i in range(len(digits) - 1):
        if int(digits[i]) + int(digits[i + 1]) == 10:
            return _dissolve(digits[:i] + digits[i + 2 :])
    return digits


def _balanced(text: str) -> bool:
    for _ in text:
        text = text.replace("()", "").replace("[]", "").replace("{}", "")
    return not text


def _closing(text: str) -> str | None:
    endings = ("".join(end) for n in range(len(text) + 1) for end in product(")]}", repeat=n))
    return next((end for end in endings if _balanced(text + end)), None)


def _serve(tickets: list[int]) -> list[int]:
    queue, done = deque(enumerate(tickets)), []
    while queue:
        person, left = queue.popleft()
        if left == 1:
            done.append(person)
        else:
            queue.append((person, left - 1))
    return done


def _ranges(count: int) -> list[tuple[int, int]]:
    return [(i, j) for j in range(count + 1) for i in range(j)]


PROBLEMS = (
    function(
        "Dissolving tens",
        "easy",
        "stacks strings",
        """
        Two neighbouring digits that sum to ten dissolve: both vanish and the rest closes up. This goes on until no two
        neighbours sum to ten. Return what is left (the order in which pairs dissolve makes no difference). Up to 20000
        digits from 1 to 9.
        """,
        """
        def dissolve(digits: str) -> str:
            left = []
            for digit in digits:
                if left and int(left[-1]) + int(digit) == 10:
                    left.pop()
                else:
                    left.append(digit)
            return "".join(left)
        """,
        brute=_dissolve,
        generate=lambda rng, n: (word(rng, n, "3755" if n < 100 else "123456789"),),
        examples=(("13726",), ("5554",)),
        edges=(("",), ("5",), ("19",), ("123987",), ("9" * 9000 + "1" * 9001,)),
        sizes=LARGE,
    ),
    function(
        "Close what is open",
        "easy",
        "stacks strings",
        """
        The text consists of the brackets ()[]{}. Return the shortest text that, put after it, makes all brackets match
        and nest properly, or None if there is none. At most 100 brackets.
        """,
        """
        def closing(text: str) -> str | None:
            pairs, needed = {"(": ")", "[": "]", "{": "}"}, []
            for bracket in text:
                if bracket in pairs:
                    needed.append(pairs[bracket])
                elif not needed or needed.pop() != bracket:
                    return None
            return "".join(reversed(needed))
        """,
        brute=_closing,
        generate=lambda rng, n: (word(rng, number(rng, 0, (n + 1) // 2), "([{") + word(rng, n // 6, "())]"),),
        examples=(("([]{",), ("(]",)),
        edges=(("",), (")",), ("()",), ("([",), ("{[()]}(",)),
        brute_size=9,
    ),
    function(
        "Order of leaving",
        "medium",
        "queues sorting simulation",
        """
        People stand in a queue; person i wants tickets[i] tickets. The first in the queue buys one ticket, then goes to
        the back, or home if that was the last ticket wanted. Return the numbers of the people (from 0) in the order in
        which they go home. Up to 5000 people, 1 to 1000000000 tickets each.
        """,
        """
        def leaving(tickets: list[int]) -> list[int]:
            return sorted(range(len(tickets)), key=lambda person: tickets[person])
        """,
        brute=_serve,
        generate=lambda rng, n: (ints(rng, n, 1, n if n < 20 else 10**9),),
        examples=(([2, 3, 1, 2],),),
        edges=(([],), ([7],), ([1, 1],), ([1000, 1, 999],)),
        sizes=(2, 3, 4, 5, 6, 8, 10, 15, 20, 50, 500, 5000),
    ),
    function(
        "Next taller around",
        "medium",
        "stacks arrays",
        """
        People of the given heights stand in a circle; after the last comes the first. For each, return how many places
        further on the next strictly taller person stands, or 0 if there is none. Up to 20000 heights from 1 to 1000000.
        """,
        """
        def next_taller(heights: list[int]) -> list[int]:
            n, waiting = len(heights), []
            result = [0] * n
            for i in range(2 * n):
                while waiting and heights[waiting[-1]] < heights[i % n]:
                    place = waiting.pop()
                    result[place] = i - place
                if i < n:
                    waiting.append(i)
            return result
        """,
        brute=lambda h: [next((d for d in range(len(h)) if h[(i + d) % len(h)] > h[i]), 0) for i in range(len(h))],
        generate=lambda rng, n: (ints(rng, n, 1, n),),
        examples=(([3, 1, 2, 5],),),
        edges=(([],), ([4],), ([4, 4],), ([5, 4, 3],), (list(range(20_000, 0, -1)),)),
        sizes=LARGE,
    ),
    function(
        "Best banner",
        "hard",
        "stacks arrays",
        """
        Bars of width 1 and the given heights stand side by side on the ground. Return the largest area of a rectangle that
        lies within the bars and is at least `width` wide; 0 if there is none. Up to 20000 bars of height 0 to 100000,
        1 <= width <= 20000.
        """,
        """
        def best_banner(heights: list[int], width: int) -> int:
            best, stack = 0, []
            for i, height in enumerate(heights + [-1]):
                start = i
                while stack and stack[-1][1] >= height:
                    start, top = stack.pop()
                    if i - start >= width:
                        best = max(best, top * (i - start))
                stack.append((start, height))
            return best
        """,
        brute=lambda h, w: max([0] + [min(h[i:j]) * (j - i) for i, j in _ranges(len(h)) if j - i >= w]),
        generate=lambda rng, n: (ints(rng, n, n // 4, n), number(rng, 1, max(1, n // 2))),
        examples=(([2, 5, 4, 1], 1), ([2, 5, 4, 1], 4)),
        edges=(([], 1), ([7], 2), ([0, 0], 1), ([3, 3, 3], 3), (list(range(20_000)), 10)),
        sizes=LARGE,
    ),
    function(
        "Who sees whom",
        "hard",
        "stacks counting",
        """
        People of the given heights stand in a row. Two of them see each other if everybody between them is strictly
        shorter than both. Return the number of pairs that see each other. Up to 20000 heights from 1 to 1000000.
        """,
        """
        def seeing_pairs(heights: list[int]) -> int:
            count, stack = 0, []
            for height in heights:
                while stack and stack[-1] < height:
                    stack.pop()
                    count += 1
                if stack:
                    count += 1
                    if stack[-1] == height:
                        stack.pop()
                stack.append(height)
            return count
        """,
        brute=lambda h: sum(max([0, *h[i + 1 : j]]) < min(h[i], h[j]) for j in range(len(h)) for i in range(j)),
        generate=lambda rng, n: (ints(rng, n, 1, n // 2 + 1),),
        examples=(([3, 1, 2, 3],),),
        edges=(([],), ([1],), ([2, 2, 2],), ([1, 2, 3],), ([5] * 20_000,), (list(range(20_000, 0, -1)),)),
        sizes=LARGE,
    ),
    function(
        "Total spread",
        "hard",
        "stacks counting",
        """
        The spread of a list is its largest minus its smallest value. Return the sum of the spreads of all contiguous,
        non-empty pieces of the list. Up to 20000 values from -1000 to 1000.
        """,
        """
        def total_spread(values: list[int]) -> int:
            def sum_of_tops(values):
                total = running = 0
                stack = []
                for value in values:
                    width = 1
                    while stack and stack[-1][0] <= value:
                        top, wide = stack.pop()
                        running -= top * wide
                        width += wide
                    stack.append((value, width))
                    running += value * width
                    total += running
                return total

            return sum_of_tops(values) + sum_of_tops([-value for value in values])
        """,
        brute=lambda v: sum(max(v[i:j]) - min(v[i:j]) for i, j in _ranges(len(v))),
        generate=lambda rng, n: (some(rng, ints(rng, n, -1000, 1000), n),),
        examples=(([1, 3, 2],),),
        edges=(([],), ([9],), ([4, 4],), ([-1000, 1000],), (list(range(1000)) * 20,)),
        sizes=LARGE,
    ),
)
