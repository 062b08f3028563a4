"""Carries out one call on a session's page, with a real mouse and keyboard, or says why it cannot be done."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sge_envs.ui.calls import Call
from sge_envs.ui.hands import Files, Hands
from sge_envs.ui.observe import tell_node
from sge_envs.ui.session import Refused, Session
from sge_envs.ui.view import Node, View

MAX_KEYS = 2000
"""Characters that ``type`` presses one by one; ``fill`` takes more."""

LONGEST_WAIT = 10_000
DRAG_STEPS = 5

_UP_DOWN = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
_CLIPBOARD = {
    "Control+C": "copy",
    "Control+X": "cut",
    "Control+V": "paste",
    "Control+Insert": "copy",
    "Shift+Delete": "cut",
    "Shift+Insert": "paste",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call asks for beyond the page: time to pass, a part of the text to show, or the end of the episode."""

    wait: int = 0
    part: int | None = None
    finished: bool = False
    answers: tuple[str, ...] = ()


DONE = Outcome()


async def _click(hands: Hands) -> Outcome:
    return await _press_target(hands, 1)


async def _double_click(hands: Hands) -> Outcome:
    return await _press_target(hands, 2)


async def _press_target(hands: Hands, count: int) -> Outcome:
    target = hands.target()
    hands.end()
    await hands.press(await hands.place(target), count)
    return DONE


async def _type(hands: Hands) -> Outcome:
    target = hands.target(keep=1) if len(hands.values) > 1 else None
    text = hands.word()
    hands.end()
    if len(text) > MAX_KEYS:
        raise Refused(f"{len(text)} characters are too many to type (at most {MAX_KEYS}): use fill.")
    if target is not None and await hands.focus(target, "end") != "ready":
        raise Refused(f"Use fill for {tell_node(target) if isinstance(target, Node) else 'this field'}.")
    await hands.session.tab.page.keyboard.type(text)
    return DONE


async def _fill(hands: Hands) -> Outcome:
    target = hands.target(keep=1)
    text = hands.word()
    hands.end()
    page = hands.session.tab.page
    way = await hands.focus(target, "all")
    if isinstance(target, Node) and way == "file":
        await _upload(hands, target, text)
    elif isinstance(target, Node) and way == "set":
        if not await hands.session.tab.hand("set", target.uid, text):
            kind = target.traits.get("type", target.role)
            raise Refused(f"{text[:40]!r} is no value of {tell_node(target)}. {_FORMATS.get(kind, '')}".strip())
    elif text:
        await page.keyboard.insert_text(text)
    else:
        await page.keyboard.press("Delete")
    return DONE


_FORMATS = {
    "date": "A date is written 2025-12-31.",
    "time": "A time is written 23:59.",
    "month": "A month is written 2025-12.",
    "week": "A week is written 2025-W52.",
    "datetime-local": "Date and time are written 2025-12-31T23:59.",
    "color": "A color is written #ff8800.",
    "slider": "It takes a number between its min and max.",
}


async def _upload(hands: Hands, target: Node, name: str) -> None:
    data = hands.files(name)
    if data is None:
        raise Refused(f"There is no file {name[:80]!r}.")
    handle = await hands.session.tab.page.evaluate_handle(
        'uid => window[Symbol.for("sge_envs.page")].hands.find(uid)', target.uid
    )
    element = handle.as_element()
    if element is None:
        raise Refused(f"{tell_node(target)} is not there any more.")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    await element.set_input_files({"name": name.rsplit("/", 1)[-1], "mimeType": kind, "buffer": data})


async def _press(hands: Hands) -> Outcome:
    from playwright.async_api import Error

    target = hands.target(keep=1) if len(hands.values) > 1 else None
    keys = hands.word()
    hands.end()
    if target is not None:
        if isinstance(target, Node) and target.role in ("textbox", "searchbox", "spinbutton", "combobox"):
            await hands.place(target)
            await hands.session.tab.hand("caret", target.uid, "there")
        else:
            await hands.press(await hands.place(target))
    kind = _CLIPBOARD.get("+".join(part.capitalize() for part in keys.split("+")))
    if kind is not None:
        text = await hands.session.tab.hand("clip", kind, hands.session.clipboard)
        hands.session.clipboard = str(text or "")
        return DONE
    try:
        await hands.session.tab.page.keyboard.press(keys)
    except Error as error:
        if "Unknown key" not in error.message:
            raise
        raise Refused(f"There is no key {keys[:40]!r}: Enter, Escape, Tab, ArrowDown, a, Control+A, ...") from error
    return DONE


async def _select(hands: Hands) -> Outcome:
    target = hands.target(keep=1)
    labels = [hands.word()]
    while hands.more():
        labels.append(hands.word())
    if not isinstance(target, Node):
        raise hands.usage()
    await hands.place(target)
    state = await hands.session.tab.hand("choose", target.uid, labels)
    if state == "unknown":
        raise Refused(f"Not all of {', '.join(repr(label[:40]) for label in labels[:5])} is in {tell_node(target)}.")
    if state == "one":
        raise Refused(f"{tell_node(target)} takes one option.")
    if state != "ready":
        raise Refused(f"{tell_node(target)} is no list of options that select knows: click it.")
    return DONE


async def _check(hands: Hands) -> Outcome:
    target = hands.target()
    wanted = hands.flag(True)
    hands.end()
    if not isinstance(target, Node):
        raise hands.usage()
    point = await hands.place(target)
    state = await hands.session.tab.hand("checked", target.uid)
    if state is None:
        raise Refused(f"{tell_node(target)} is nothing that can be checked.")
    if target.role == "radio" and not wanted:
        raise Refused(f"{tell_node(target)} is unchecked by checking another one.")
    if state is not wanted:
        await hands.press(point)
    return DONE


async def _hover(hands: Hands) -> Outcome:
    target = hands.target()
    hands.end()
    await hands.session.tab.page.mouse.move(*await hands.place(target))
    return DONE


async def _drag(hands: Hands) -> Outcome:
    start = hands.target(keep=2 if len(hands.values) < 4 else 1)
    stop = hands.target()
    hands.end()
    mouse = hands.session.tab.page.mouse
    if isinstance(stop, Node):
        await hands.place(stop)  # the page may scroll for it, so it comes first
    here = await hands.place(start)
    there = stop if not isinstance(stop, Node) else await hands.place(stop)
    await mouse.move(*here)
    await mouse.down()
    try:
        await mouse.move(*there, steps=DRAG_STEPS)
    finally:
        await mouse.up()
    return DONE


async def _scroll(hands: Hands) -> Outcome:
    node = None
    if hands.values and hands.values[0] not in _UP_DOWN:
        target = hands.target()
        if not isinstance(target, Node):
            raise hands.usage()
        node = target
    way = hands.word()
    if way not in _UP_DOWN:
        raise hands.usage()
    pixels = hands.number(1, 100_000) if hands.more() else None
    hands.end()
    found = await hands.session.tab.hand("scroll", node.uid if node else None, *_UP_DOWN[way], pixels)
    if not found or "error" in found:
        raise Refused(f"{tell_node(node) if node else 'The page'} is not there any more.")
    if not found["moved"]:
        raise Refused(f"It cannot be scrolled {way} any further.")
    return DONE


async def _goto(hands: Hands) -> Outcome:
    path = hands.word()
    hands.end()
    await hands.session.tab.follow(hands.session.address(path))
    return DONE


async def _back(hands: Hands) -> Outcome:
    hands.end()
    await hands.session.tab.back()
    return DONE


async def _tab_new(hands: Hands) -> Outcome:
    path = hands.word() if hands.more() else "/"
    hands.end()
    await hands.session.open_tab(path)
    return DONE


async def _tab_switch(hands: Hands) -> Outcome:
    number = hands.number(1, 99)
    hands.end()
    await hands.session.show_tab(number)
    return DONE


async def _tab_close(hands: Hands) -> Outcome:
    number = hands.number(1, 99) if hands.more() else hands.session.active + 1
    hands.end()
    await hands.session.close_tab(number)
    return DONE


async def _wait(hands: Hands) -> Outcome:
    duration = hands.number(1, LONGEST_WAIT) if hands.more() else 1000
    hands.end()
    return Outcome(wait=duration)


async def _show(hands: Hands) -> Outcome:
    part = hands.number(1, 10_000)
    hands.end()
    return Outcome(part=part)


async def _answer(hands: Hands) -> Outcome:
    texts = [hands.word()]
    while hands.more():
        texts.append(hands.word())
    return Outcome(finished=True, answers=tuple(texts))


async def _done(hands: Hands) -> Outcome:
    hands.end()
    return Outcome(finished=True)


_ACTIONS: Mapping[str, Callable[[Hands], Awaitable[Outcome]]] = {
    "click": _click,
    "double_click": _double_click,
    "type": _type,
    "fill": _fill,
    "press": _press,
    "select": _select,
    "check": _check,
    "hover": _hover,
    "drag": _drag,
    "scroll": _scroll,
    "goto": _goto,
    "back": _back,
    "tab_new": _tab_new,
    "tab_switch": _tab_switch,
    "tab_close": _tab_close,
    "wait": _wait,
    "show": _show,
    "answer": _answer,
    "done": _done,
}


async def perform(session: Session, view: View, call: Call, files: Files) -> Outcome:
    """Do what ``call`` says on the page that ``view`` shows, without waiting for what comes of it.

    Raises:
        Refused: it cannot be done; the message says why.
    """
    hands = Hands(session, view, files, call.name, list(call.values))
    return await _ACTIONS[call.name](hands)
