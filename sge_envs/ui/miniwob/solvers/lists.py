"""Solutions of tasks with lists of letters, posts and dishes."""

from __future__ import annotations

from collections.abc import Mapping

from sge_envs.ui.miniwob.solvers.puzzle import Puzzle, Solver, Stuck, click, fill, play, submit
from sge_envs.ui.view import Node


def hinted(nodes: list[Node], word: str) -> Node:
    """The first of ``nodes`` that looks like ``word``: a button with a picture and no name."""
    for node in nodes:
        if f".{word}" in node.traits.get("hint", "") or f"#{word}" in node.traits.get("hint", ""):
            return node
    raise Stuck(f"nothing looks like {word!r}")


def handle_mail(puzzle: Puzzle) -> str:
    """Delete, mark, answer or pass on the letter of one sender."""
    (sender,) = puzzle.words(r"(?:email by|from|by) ([\w-]+)")
    goal = puzzle.goal
    if "trash icon" in goal or "star icon" in goal:
        row = puzzle.after(puzzle.find(sender, "text"))
        return click(hinted(row, "trash" if "trash icon" in goal else "star"))
    if "forward" in goal:
        (receiver,) = puzzle.words(r"to ([\w-]+)\.?$")
        return write_mail(puzzle, sender, "Forward", receiver)
    return write_mail(puzzle, sender, "Reply", puzzle.quoted[0])


def write_mail(puzzle: Puzzle, sender: str, button: str, text: str) -> str:
    """Open the letter, press the button, write, send."""
    fields = puzzle.all("textbox")
    if fields:
        field = next((one for one in fields if one.tag == ("input" if button == "Forward" else "textarea")), fields[0])
        return play(fill(field, text), click(hinted(list(puzzle.view.nodes), "send")))
    opened = puzzle.seek(button, "clickable", "button")
    return click(opened) if opened is not None else click(puzzle.find(sender, "text"))


def use_post(puzzle: Puzzle) -> str:
    """One button of one post; some are behind the button with the dots."""
    (user,) = puzzle.words(r"user (@\w+)")
    name = puzzle.quoted[0]
    shown = next((node for node in puzzle.view.nodes if node.name.startswith(name)), None)
    if shown is not None:
        return click(shown)
    post = next(node for node in puzzle.all("text") if user in node.name.split())
    here = puzzle.after(post)
    simple = {"Reply": "reply", "Retweet": "retweet", "Like": "like", "Share": "share"}
    return click(hinted(here, simple.get(name, "more")))


def use_posts(puzzle: Puzzle) -> str:
    """The same button of all posts by one user, or of some; what has been pressed looks different."""
    (user,) = puzzle.words(r"by (@\w+)")
    button = puzzle.quoted[0].lower()
    posts = [node for node in puzzle.all("text") if user in node.name.split()]
    number = puzzle.words(r"on (\d+|all) post")[0]
    wanted = posts if number == "all" else posts[: int(number)]
    targets = [hinted(puzzle.after(post), button) for post in wanted]
    calls = [click(target) for target in targets if "active" not in target.traits.get("hint", "")]
    return play(*calls, submit(puzzle))


def order_food(puzzle: Puzzle) -> str:
    """One of each dish that is named, or one dish of the wanted kind several times."""
    pluses = {}
    for dish in puzzle.all("text"):
        rest = puzzle.after(dish)
        plus = next((node for node in rest if node.name == "+"), None)
        kinds = {node.name for node in rest[: rest.index(plus)] if node.role == "image"} if plus else set()
        if plus is not None:
            pluses[dish.name] = (click(plus), kinds)
    if "one of each" in puzzle.goal:
        (listed,) = puzzle.words(r"item: (.*)")
        calls = [pluses[name][0] for name in listed.split(", ")]
    else:
        number, kind = puzzle.words(r"Order (\d+) items that are (.+)")
        calls = [next(call for call, kinds in pluses.values() if kind in kinds)] * int(number)
    return play(*calls, click(puzzle.find("Order!", "button")))


LISTS: Mapping[str, Solver] = {
    "email-inbox": handle_mail,
    "email-inbox-delete": handle_mail,
    "email-inbox-forward": handle_mail,
    "email-inbox-important": handle_mail,
    "email-inbox-noscroll": handle_mail,
    "email-inbox-reply": handle_mail,
    "email-inbox-star-reply": handle_mail,
    "order-food": order_food,
    "social-media": use_post,
    "social-media-all": use_posts,
    "social-media-some": use_posts,
}
