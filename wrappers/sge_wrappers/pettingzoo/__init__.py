"""PettingZoo environments: text environments that several agents play (extra ``pettingzoo``)."""

from sge_wrappers.pettingzoo.adapters import (
    TurnAEC,
    TurnParallel,
    dialogue,
    parallel_dialogue,
    parallel_strategist_actor,
    strategist_actor,
)
from sge_wrappers.pettingzoo.dialogue import DialogueGame, Line, User, tool_user
from sge_wrappers.pettingzoo.game import TurnGame
from sge_wrappers.pettingzoo.group import TaskGroup, split_strategy
from sge_wrappers.pettingzoo.strategy import StrategyGame

__all__ = [
    "DialogueGame",
    "Line",
    "StrategyGame",
    "TaskGroup",
    "TurnAEC",
    "TurnGame",
    "TurnParallel",
    "User",
    "dialogue",
    "parallel_dialogue",
    "parallel_strategist_actor",
    "split_strategy",
    "strategist_actor",
    "tool_user",
]
