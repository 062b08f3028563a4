"""Templates, the style sheet, and the answers that hold them."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import Any

import jinja2
from werkzeug.wrappers import Response

from sge_envs.tools.toolbox import all_operations
from sge_envs.ui.pages.acts import verb_of
from sge_envs.ui.pages.catalogue import all_pages
from sge_envs.ui.pages.words import without_tools

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,  # scripts of ours, none that stands in a page
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


ASSETS = {"style.css": "text/css", "swap.js": "text/javascript"}
"""What pages ask for, and its kind."""


def render(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page."""
    text = _templates().get_template(template).render(**values)
    return Response(text, status=status, mimetype="text/html", headers=_HEADERS)


def redirect(address: str) -> Response:
    """Go and see there."""
    return Response("", status=303, headers={"Location": address, "Cache-Control": "no-store"})


def plain(text: str, status: int) -> Response:
    """A page of one line."""
    return Response(text, status=status, mimetype="text/plain", headers=_HEADERS)


def asset(name: str) -> Response:
    """The style sheet or the script, which browsers may keep."""
    kind = ASSETS[name]
    return Response(_asset(name), mimetype=kind, headers={"Cache-Control": "max-age=86400"})


@functools.cache
def _asset(name: str) -> bytes:
    return files("sge_envs.ui.pages").joinpath("templates", name).read_bytes()


@functools.cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("sge_envs.ui.pages", "templates"),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters["plainly"] = lambda text: without_tools(text, _verb)
    return made


def _verb(operation: str) -> str | None:
    return verb_of(all_pages()[operation.partition(".")[0]], operation) if operation in all_operations() else None
