"""The page itself: one file with its style, its script and its data. Nothing is loaded from a network.

A content security policy lets only the page's own script run, known by its hash, and its own data scripts.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any

from sge_agent.report.embed import safe_json

SCRIPTS = ("dom", "stats", "store", "chart", "results", "settings", "map", "list", "viewer", "live", "app")
STYLES = ("base", "results", "map", "episodes")


def page_html(
    runs: Sequence[Mapping[str, Any]],
    *,
    pages: Sequence[Sequence[int]] = (),
    inline: Mapping[str, str] | None = None,
    folder: str = "",
    live: bool = False,
) -> str:
    """The whole page. ``inline`` are pages of episodes by name, as JSON; ``folder`` is where they are scripts; a ``live``
    page asks its server for them, and for what is new.
    """
    data = {"runs": list(runs), "pages": list(pages), "folder": folder, "live": live}
    blocks = "".join(
        f'<script type="application/json" id="page-{escape(name)}">{text}</script>\n'
        for name, text in (inline or {}).items()
    )
    style, script = static(STYLES, "css"), static(SCRIPTS, "js")
    return document(title(runs), style=style, script=script, data=data, blocks=blocks, folder=folder, live=live)


def document(
    title: str, *, style: str, script: str, data: Any, blocks: str = "", folder: str = "", live: bool = False
) -> str:
    """A page in one file: its script finds the data in ``#data`` and draws everything into ``#app``."""
    script = f'"use strict";\n(() => {{\n{script}\n}})();'
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script, folder=folder, live=live)}">\n'
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">\n'
        f'<link rel="icon" href="data:,">\n<title>{escape(title)}</title>\n<style>{style}</style></head>\n'
        '<body><noscript><p class="warning">This page shows its data with a script, and scripts are switched off.</p>'
        '</noscript><div id="app"></div>\n'
        f'<script type="application/json" id="data">{safe_json(data)}</script>\n'
        f"{blocks}<script>{script}</script></body></html>\n"
    )


def static(names: Sequence[str], kind: str) -> str:
    """Styles ("css") or parts of the script ("js") of the report, one behind the other."""
    folder = resources.files("sge_agent.report") / "static"
    return "\n".join((folder / f"{name}.{kind}").read_text(encoding="utf-8").strip() for name in names)


def title(runs: Sequence[Mapping[str, Any]]) -> str:
    """What stands in the browser's tab."""
    if len(runs) != 1:
        return f"{len(runs)} runs compared"
    return f"{runs[0]['explore'] or 'run'} on {runs[0]['env'] or runs[0]['name']}"


def _policy(style: str, script: str, *, folder: str, live: bool) -> str:
    own = "'self' file:" if folder else ""
    sources = {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": _hash(style),
        "script-src": f"{_hash(script)} {own}".strip(),
        "connect-src": "'self'" if live else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in sources.items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
