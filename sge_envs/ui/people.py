"""``sge-envs serve SGE-TextUI-v0``: a person does a task of the text UI in a browser of their own."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gymnasium.utils.seeding import np_random

from sge_envs.errors import MissingExtra, SGEError, UnknownOption

if TYPE_CHECKING:
    from sge_envs.tasks import Task
    from sge_envs.tools.episode import Episode

SERVED = "SGE-TextUI-v0"
LAST_PAGE_SECONDS = 10.0
"""How long the server waits for the browser to fetch the last page."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``serve`` takes."""
    parser.add_argument("env", nargs="?", default=SERVED, help=f"the environment; {SERVED} is the one that has pages")
    parser.add_argument("--split", default="train", help="split that the task is drawn from (default: train)")
    parser.add_argument("--seed", type=int, help="which task is drawn")
    parser.add_argument("--task", metavar="ID", help="this task, such as train/mail.birthday/0")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")


def serve(args: argparse.Namespace) -> int:
    """Serve the pages of one task until it is done, and print the verdict; 0 if the task is solved."""
    if args.env.rpartition(":")[2] != SERVED:
        raise UnknownOption(f"{args.env!r} has no pages: only {SERVED} can be served.")
    if not 0 <= args.port < 65_536:
        raise UnknownOption(f"Expected --port between 0 and 65535, got {args.port}.")
    try:
        from sge_envs.ui.pages.site import Site
    except ModuleNotFoundError as error:
        raise MissingExtra.of("ui", package=str(error.name), purpose="Showing the apps as pages") from error
    from sge_envs.tools.episode import Episode
    from sge_envs.tools.tasks import prepared
    from sge_envs.ui.server import LocalServer

    task = choose_task(args.split, args.seed, args.task)
    episode = Episode(ending="The task was not ended.")
    episode.begin(prepared(task))
    guest = Guest(episode, Site(episode, threading.RLock()))
    try:
        server = LocalServer(args.port)
    except OSError as error:
        raise SGEError(f"The port {args.port} cannot be used ({error}): give another --port, or none.") from error
    try:
        print(
            f"Task {task.id}: {task.goal}\n\nOpen this address; it works once, for one browser:\n{server.invite(guest)}"
        )
        print(
            "\nThe verdict comes when you press 'Finish the task' on the start page; Ctrl-C ends it before.", flush=True
        )
        guest.wait()
    except KeyboardInterrupt:
        print()
    finally:
        server.close()
    verdict = episode.verdict()
    print(f"{'Solved' if verdict.success else 'Not solved'} ({verdict.progress:.0%}): {verdict.feedback}")
    return 0 if verdict.success else 1


def choose_task(split: str, seed: int | None, task_id: str | None) -> Task:
    """The task that ``reset`` of the environment would choose."""
    from sge_envs.tools.tasks import ToolTasks

    tasks = ToolTasks()
    return tasks.sample(split, np_random(seed)[0]) if task_id is None else tasks.find_task(task_id)


class Guest:
    """A site as one person sees it, who can be waited for."""

    def __init__(self, episode: Episode, site: Any) -> None:
        self._episode = episode
        self._site = site
        self._finished = threading.Event()
        self._seen = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        from sge_envs.ui.pages.render import ASSETS

        asset = environ.get("PATH_INFO", "")[1:] in ASSETS
        over = self._episode.finished and not asset
        yield from self._last_page(environ, start_response) if over else self._site(environ, start_response)
        if self._episode.finished:
            self._finished.set()
        if over:
            self._seen.set()

    def _last_page(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The verdict, without a link: the server goes away after it."""
        from sge_envs.ui.pages.render import render

        page = render("verdict.html", goal=self._episode.made.goal, verdict=self._episode.verdict())
        return page(environ, start_response)

    def wait(self) -> None:
        """Until the task is done and the page that says so was sent."""
        self._finished.wait()
        self._seen.wait(LAST_PAGE_SECONDS)
