"""The tasks of MiniWoB++: its pages by name, and instances of each without end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sge_envs.errors import TaskNotFound, UnknownOption, did_you_mean
from sge_envs.tasks import Task, TaskSet

SPLITS = ("train", "test")
"""Seeds of pages are texts that begin with the split's name, so no instance is in both."""

FLIGHTS = ("flight.AA", "flight.Alaska", "flight.Alaska-auto", "flight.Alaska-auto-medium")

_LISTED = """
ascending-numbers bisect-angle book-flight book-flight-nodelay button-delay buy-ticket chase-circle
choose-date choose-date-easy choose-date-medium choose-date-nodelay choose-list circle-center
click-button click-button-sequence click-checkboxes click-checkboxes-large click-checkboxes-soft
click-checkboxes-transfer click-collapsible click-collapsible-2 click-collapsible-2-nodelay
click-collapsible-nodelay click-color click-dialog click-dialog-2 click-link click-menu click-menu-2
click-option click-pie click-pie-nodelay click-scroll-list click-shades click-shape click-tab
click-tab-2 click-tab-2-easy click-tab-2-hard click-tab-2-medium click-test click-test-2
click-test-transfer click-widget copy-paste copy-paste-2 count-shape count-sides daily-calendar
drag-box drag-circle drag-cube drag-items drag-items-grid drag-shapes drag-shapes-2
drag-single-shape drag-sort-numbers draw-circle draw-line email-inbox email-inbox-delete
email-inbox-forward email-inbox-forward-nl email-inbox-forward-nl-turk email-inbox-important
email-inbox-nl-turk email-inbox-noscroll email-inbox-reply email-inbox-star-reply enter-date
enter-password enter-text enter-text-2 enter-text-dynamic enter-time find-greatest find-midpoint
find-word focus-text focus-text-2 form-sequence form-sequence-2 form-sequence-3 generate-number
grid-coordinate guess-number highlight-text highlight-text-2 hot-cold hover-shape identify-shape
login-user login-user-popup moving-items multi-layouts multi-orderings navigate-tree
number-checkboxes odd-or-even order-food phone-book read-table read-table-2 resize-textarea
right-angle scroll-text scroll-text-2 search-engine sign-agreement simon-says simple-algebra
simple-arithmetic social-media social-media-all social-media-some stock-market terminal text-editor
text-transform tic-tac-toe unicode-test use-autocomplete use-autocomplete-nodelay use-colorwheel
use-colorwheel-2 use-slider use-slider-2 use-spinner visual-addition
"""

NAMES = (*_LISTED.split(), *FLIGHTS)
"""All tasks: 130 pages of MiniWoB++ and the 4 of FlightWoB."""

_ID = re.compile(r"(?P<name>[\w.-]+)/(?P<split>train|test)/(?P<number>0|[1-9][0-9]{0,9})")


class MiniWoBTasks(TaskSet):
    """Instances of the named tasks, in turn: index 0 is the first task's first, index 1 the second task's first, ...

    The goal is what the page says, so it is known when the task is played.
    """

    def __init__(self, names: Sequence[str]) -> None:
        if not names:
            raise UnknownOption("Expected at least one task of MiniWoB++, got none.")
        for name in names:
            if name not in NAMES:
                raise UnknownOption(f"MiniWoB++ has no task {name!r}.{did_you_mean(str(name), NAMES)}")
        self.names = tuple(names)

    def list_splits(self) -> tuple[str, ...]:
        return SPLITS

    def num_tasks(self, split: str) -> None:
        self.check_split(split)

    def get_task(self, split: str, index: int) -> Task:
        self.check_index(split, index)
        number, which = divmod(index, len(self.names))
        return _make_task(self.names[which], split, number)

    def find_task(self, task_id: str) -> Task:
        found = _ID.fullmatch(task_id)
        if found is None or found["name"] not in self.names:
            raise TaskNotFound(
                f"There is no task {task_id!r} here: ids look like {self.names[0]}/train/0."
                f"{did_you_mean(task_id.partition('/')[0], self.names)}"
            )
        return _make_task(found["name"], found["split"], int(found["number"]))


def _make_task(name: str, split: str, number: int) -> Task:
    return Task(id=f"{name}/{split}/{number}", split=split, goal="", data=name)
