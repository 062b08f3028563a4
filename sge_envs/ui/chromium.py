"""Which Chromium is used, and how it is started: without a network, and with its own sandbox wherever that works."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path

from sge_envs.errors import MissingExtra, SGEError

VARIABLE = "SGE_CHROMIUM"
"""The environment variable that names the program."""

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Programs that are looked for on the PATH, the lightest first."""

_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-smooth-scrolling",
    "--hide-scrollbars",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)


class NoBrowser(SGEError):
    """There is no Chromium on this machine."""


class BrowserFailed(SGEError):
    """The browser cannot be started, or dies again and again."""


def find_browser() -> Path:
    """The program: ``$SGE_CHROMIUM``, else Playwright's own, else the first of ``NAMES`` on the PATH.

    Raises:
        NoBrowser: there is none; the message has the one command that installs it.
        MissingExtra: Playwright is not installed.
    """
    named = os.environ.get(VARIABLE)
    if named:
        path = shutil.which(named)
        if path is None:
            raise NoBrowser(f"${VARIABLE} is {named!r}, which is no program: correct or unset it.")
        return Path(path)
    own = _own_browser()
    if own is not None:
        return own
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            return Path(path)
    raise NoBrowser(
        f"No Chromium was found: ${VARIABLE} is not set, Playwright has none, and none of {', '.join(NAMES)} is on the "
        f"PATH. Install it: {_install_command()}"
    )


def launch_flags(port: int) -> list[str]:
    """Flags that leave the browser one address to talk to, the local server's at ``port``, and keep it quiet."""
    return [
        "--proxy-server=http://127.0.0.1:1",
        f"--proxy-bypass-list=<-loopback>;127.0.0.1:{port}",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        *_QUIET,
    ]


def may_sandbox() -> bool:
    """Whether Chromium's own sandbox works: everywhere but as root."""
    return os.geteuid() != 0


def describe() -> list[str]:
    """What the doctor says: the program, and whether its sandbox works."""
    try:
        path = find_browser()
    except NoBrowser as error:
        return [str(error)]
    return [f"browser: {path}, its own sandbox {'on' if may_sandbox() else 'off, since this is root'}"]


def _own_browser() -> Path | None:
    """The browser that ``playwright install`` put into its folder, of the release that this Playwright wants."""
    spec = importlib.util.find_spec("playwright")
    if spec is None or spec.origin is None:
        raise MissingExtra.of("ui", package="playwright", purpose="A user interface in a browser")
    package = Path(spec.origin).parent / "driver" / "package"
    listed = json.loads((package / "browsers.json").read_text(encoding="utf-8"))["browsers"]
    revisions = {browser["name"]: browser["revision"] for browser in listed}
    folder = _playwright_folder(package)
    wanted = (
        ("chromium-headless-shell", "chromium_headless_shell", ("headless_shell", "chrome-headless-shell")),
        ("chromium", "chromium", ("chrome", "Chromium", "Google Chrome for Testing")),
    )
    for name, prefix, programs in wanted:
        for program in programs:
            for path in sorted((folder / f"{prefix}-{revisions.get(name)}").glob(f"**/{program}")):
                if path.is_file() and os.access(path, os.X_OK):
                    return path
    return None


def _playwright_folder(package: Path) -> Path:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if named == "0":
        return package / ".local-browsers"
    if named:
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def _install_command() -> str:
    if Path("/etc/debian_version").exists() and not _is_ubuntu():
        return "sudo apt-get install -y chromium-headless-shell"
    return f"{sys.executable} -m playwright install --with-deps --only-shell chromium"


def _is_ubuntu() -> bool:
    """Ubuntu's package is a stub that fetches a snap."""
    path = Path("/etc/os-release")
    return path.exists() and "ubuntu" in path.read_text(encoding="utf-8").lower()
