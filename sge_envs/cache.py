"""Where what is made once is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$SGE_CACHE``, else ``sge_envs`` in the user's cache folder. It need not exist yet."""
    own = os.environ.get("SGE_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sge_envs"
