"""Gymnasium wrappers, PettingZoo environments and bridges to other RL libraries.

``sge_wrappers.ChatHistory`` and the other names below load their file when they are first used; PettingZoo stands in
``sge_wrappers.pettingzoo``, the bridges in ``sge_wrappers.bridges``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sge_wrappers.action_menu import ActionMenu
    from sge_wrappers.chat_history import ChatHistory
    from sge_wrappers.extract_action import ExtractAction, JsonField, Tagged, fenced_block, last_line
    from sge_wrappers.faults import FaultInjection
    from sge_wrappers.goal_prompt import GoalPrompt
    from sge_wrappers.novelty import NoveltyBonus
    from sge_wrappers.restart import RestartOnCrash
    from sge_wrappers.start_states import StartFromSnapshots
    from sge_wrappers.strict_actions import StrictActions
    from sge_wrappers.text_to_box import HashedNgrams, TextBytes, TextToBox, TokenIds
    from sge_wrappers.token_limit import TokenLimit
    from sge_wrappers.tokens import approximate_tokens
    from sge_wrappers.transcript import TranscriptRecorder, show_transcript
    from sge_wrappers.vector import ReadyVectorEnv

__all__ = [
    "ActionMenu",
    "ChatHistory",
    "ExtractAction",
    "FaultInjection",
    "GoalPrompt",
    "HashedNgrams",
    "JsonField",
    "NoveltyBonus",
    "ReadyVectorEnv",
    "RestartOnCrash",
    "StartFromSnapshots",
    "StrictActions",
    "Tagged",
    "TextBytes",
    "TextToBox",
    "TokenIds",
    "TokenLimit",
    "TranscriptRecorder",
    "approximate_tokens",
    "fenced_block",
    "last_line",
    "show_transcript",
]

_FILES = {
    "action_menu": ("ActionMenu",),
    "chat_history": ("ChatHistory",),
    "extract_action": ("ExtractAction", "JsonField", "Tagged", "fenced_block", "last_line"),
    "faults": ("FaultInjection",),
    "goal_prompt": ("GoalPrompt",),
    "novelty": ("NoveltyBonus",),
    "restart": ("RestartOnCrash",),
    "start_states": ("StartFromSnapshots",),
    "strict_actions": ("StrictActions",),
    "text_to_box": ("HashedNgrams", "TextBytes", "TextToBox", "TokenIds"),
    "token_limit": ("TokenLimit",),
    "tokens": ("approximate_tokens",),
    "transcript": ("TranscriptRecorder", "show_transcript"),
    "vector": ("ReadyVectorEnv",),
}


def __getattr__(name: str) -> Any:
    for file, names in _FILES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{file}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
