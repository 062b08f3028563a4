"""MiniWoB's pages, served from the installed package."""

from __future__ import annotations

import functools
import importlib.util
import mimetypes
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sge_envs.errors import MissingExtra
from sge_envs.ui.server import refuse


def page_path(name: str) -> str:
    """Where the page of a task stands in the site: ``/miniwob/click-test.html``."""
    if name.startswith("flight."):
        return f"/flight/{name.removeprefix('flight.')}/wrapper.html"
    return f"/miniwob/{name}.html"


def show_pages(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The site: the files of the package, which never change, so browsers may keep them."""
    path = _files().get(environ.get("PATH_INFO", ""))
    if path is None:
        return refuse(start_response, "404 Not Found")
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"  # most of the pages do not say so
    data = path.read_bytes()
    headers = [("Content-Type", kind), ("Content-Length", str(len(data))), ("Cache-Control", "max-age=86400")]
    start_response("200 OK", headers)
    return [data]


@functools.cache
def _files() -> Mapping[str, Path]:
    """All files by their paths in the site: what is not listed cannot be asked for."""
    folder = pages_folder()
    return {f"/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}


@functools.cache
def pages_folder() -> Path:
    """The folder with the pages.

    Raises:
        MissingExtra: the package is not installed.
    """
    spec = importlib.util.find_spec("miniwob")
    if spec is None or spec.origin is None:
        raise MissingExtra.of("miniwob", package="miniwob", purpose="Playing MiniWoB++")
    return (Path(spec.origin).parent / "html").resolve()
