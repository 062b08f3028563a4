"""Problems of well-known data sets, read from files that the user has: one module for each format."""

from __future__ import annotations

from collections.abc import Mapping

from sge_envs.code.loaders.apps import APPS
from sge_envs.code.loaders.humaneval import HUMANEVAL
from sge_envs.code.loaders.leetcode import LEETCODE
from sge_envs.code.loaders.livecodebench import LIVECODEBENCH
from sge_envs.code.loaders.mbpp import MBPP
from sge_envs.code.loaders.rows import Format

FORMATS: Mapping[str, Format] = {form.name: form for form in (HUMANEVAL, MBPP, APPS, LIVECODEBENCH, LEETCODE)}
"""All formats by name. A further one is one more module and one more name here."""
