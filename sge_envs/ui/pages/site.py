"""The site: one world's apps as web pages. What is done here is done by the world's operations, and by nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from sge_envs.tools.episode import Episode
from sge_envs.tools.scenario import Call
from sge_envs.tools.toolbox import all_operations
from sge_envs.ui.pages.catalogue import all_pages
from sge_envs.ui.pages.reading import show_reading
from sge_envs.ui.pages.render import ASSETS, asset, plain, redirect, render
from sge_envs.ui.pages.visit import Visit, tab_address
from sge_envs.ui.pages.writing import send_form, show_form
from sge_envs.world.clock import weekday
from sge_envs.world.world import Result

MAX_BYTES = 1_000_000
"""Of a form that is sent."""

DESK = ("task", "user")
"""What is no app: the end of the task, and the user who can be asked. Their operations have forms, too."""


class Site:
    """A WSGI application over one episode; a Visit's house.

    Requests are answered one at a time, under ``lock``. A site that is ``closed`` shows nothing any more.
    """

    def __init__(self, episode: Episode, lock: threading.RLock) -> None:
        self.closed = False
        self._episode = episode
        self._lock = lock
        self._said = ""  # shown once
        db = episode.world.db
        self.moment = db.now
        self._about: Mapping[str, Any] = {
            "goal": episode.made.goal,
            "name": db.user["name"],
            "now": f"{weekday(db.today)} {db.today}, {db.now[11:]}",
            "apps": {app.name: app.about for app in episode.world.catalogue.apps},
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with Request(environ) as request, self._lock:
            request.max_content_length = MAX_BYTES
            try:
                response = self._answer(request)
            except HTTPException as error:
                response = plain(str(error.description), error.code or 400)
        return response(environ, start_response)

    # For the pages --------------------------------------------------------------------------------------------------

    def look(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Read something that a page needs beside its own operation."""
        return self._episode.world.call(name, arguments)

    def act(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Carry out what the visitor asked for."""
        return self._episode.call(Call(name, arguments))

    def say(self, text: str) -> None:
        """Show a text on the next page."""
        self._said = text

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page from a template."""
        said, self._said = self._said, ""
        return render(template, status=status, about=self._about, said=said, **values)

    # The inside -----------------------------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Response:
        if self.closed:
            return plain("403 Forbidden", 403)
        if request.path[1:] in ASSETS:
            return asset(request.path[1:])
        app, _, name = request.path.strip("/").partition("/")
        if not app:
            return self.page("home.html", title="Home", apps=[one for one in all_pages().values() if one.tabs])
        pages = all_pages().get(app)
        operation = all_operations().get(f"{app}.{name}")
        if pages is not None and not name:
            return redirect(tab_address(pages, pages.tabs[0], self.moment) if pages.tabs else "/")
        if pages is None or operation is None:
            return self.page("lost.html", status=404, title="No such page")
        visit = Visit(self, pages, operation, request)
        if not operation.writes and app not in DESK:
            return show_reading(visit)
        return send_form(visit) if request.method == "POST" else show_form(visit)
