"""Somebody who reads pages and sends their forms, without a browser."""

from __future__ import annotations

import html
import re
import threading
from typing import Any

from werkzeug.test import Client

from sge_envs.tools.episode import Episode
from sge_envs.tools.scenario import Prepared
from sge_envs.tools.tasks import ToolTasks, prepared
from sge_envs.ui.pages.site import Site
from sge_envs.world.world import World


class Visitor:
    """Visits the pages of one world."""

    def __init__(self) -> None:
        episode = Episode(ending="")
        episode.begin(_beginning())
        self.world = episode.world
        self._client = Client(Site(episode, threading.RLock()))

    def value(self, sql: str, *values: Any) -> Any:
        """A value of the world's state."""
        return self.world.db.value(sql, *values)

    def read(self, address: str) -> str:
        """The page at an address."""
        answer = self._client.get(address, follow_redirects=True)
        assert answer.status_code == 200, (address, answer.text)
        return html.unescape(answer.text)

    def send(self, address: str, **fields: Any) -> str:
        """Press a button or send a form, see that it is done, and say where it leads."""
        answer = self._client.post(address, data=fields)
        assert answer.status_code == 303, (address, words(answer.text))
        return answer.headers["Location"]

    def button(self, address: str, label: str) -> str:
        """Where the first button or link with this label on a page leads."""
        return self.buttons(address, label)[0]

    def buttons(self, address: str, label: str) -> list[str]:
        """Where the buttons and links with this label on a page lead."""
        page = self.read(address)
        links = re.findall(r'href="([^"]*)"[^>]*>([^<]*)</a>', page)
        forms = re.findall(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', page, re.DOTALL)
        lone = [(where, button) for where, inside in forms for button in re.findall(r"<button[^>]*>([^<]*)<", inside)]
        asked = [
            (where, opener)
            for opener, dialog in re.findall(
                r'<button[^>]*commandfor="(?:\w+)"[^>]*>([^<]*)</button>\s*<dialog(.*?)</dialog>', page, re.DOTALL
            )
            for where in re.findall(r'action="([^"]*)"', dialog)
        ]
        bulk = re.findall(r'formaction="([^"]*)"[^>]*>([^<]*)</button>', page)
        return [where for where, text in (*links, *lone, *asked, *bulk) if text.strip() == label]


def words(page: str) -> str:
    """What a page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).strip()


def same_as_tools(visitor: Visitor, *calls: tuple[str, dict[str, Any]]) -> bool:
    """Whether these calls, made one by one from the beginning, lead to the state in which the visitor's world is."""
    other = World(_beginning().image)
    for name, arguments in calls:
        result = other.call(name, arguments)
        assert result.ok, result.message
    return other.key() == visitor.world.key()


def _beginning() -> Prepared:
    return prepared(ToolTasks().get_task("train", 0))
