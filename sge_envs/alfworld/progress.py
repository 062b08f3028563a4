"""How far an episode came: which steps of the goal were reached, in numbers, as an id and in a person's words."""

from __future__ import annotations

from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.state import State

FOUND, HELD, CHANGED, PLACED = 1, 2, 4, 8
"""Steps on the way to a goal, as bits: an object of the goal's kind was seen; in hand; treated (or the lamp is on); put
where it belongs (of two: one of them, of a treated one: untreated too)."""

_VERBS = {
    "pick_clean_then_place_in_recep": ("clean", "cleaned"),
    "pick_heat_then_place_in_recep": ("heat", "heated"),
    "pick_cool_then_place_in_recep": ("cool", "cooled"),
}


def steps_reached(engine: Engine, state: State) -> int:
    """The steps that hold now and that the agent brought about, as bits."""
    first, wanted = engine.first, engine.goal_items
    reached = 0
    if state.held >= 0 and wanted >> state.held & 1:
        reached = FOUND | HELD
    elif engine.inside_here(state, behind_doors=False) & wanted:
        reached = FOUND
    goal = engine.game.goal.task_type
    if goal == "look_at_obj_in_light":
        if state.toggled & engine.goal_lamps:
            reached |= CHANGED
        return reached
    if goal in _VERBS and _treated(engine, state) & ~_treated(engine, first) & wanted:
        reached |= CHANGED
    for r in engine.goal_places:
        if state.contents[r] & wanted & ~first.contents[r]:
            reached |= PLACED
    return reached


def measure_progress(engine: Engine, state: State) -> float:
    """The share of the goal's steps that hold, 1.0 exactly when it is won; of several objects the best one counts."""
    if state.won:
        return 1.0
    goal, wanted = engine.game.goal.task_type, engine.goal_items
    holds = bool(state.held >= 0 and wanted >> state.held & 1)
    if goal == "look_at_obj_in_light":
        return (holds + bool(state.toggled & engine.goal_lamps)) / 3
    if goal == "pick_two_obj_and_place":
        placed = max([(state.contents[r] & wanted).bit_count() for r in engine.goal_places], default=0)
        return (2 * min(placed, 1) + holds) / 4
    if goal in _VERBS:
        return 2 / 3 if _treated(engine, state) & ~_treated(engine, engine.first) & wanted else holds / 3
    return holds / 2


def name_outcome(engine: Engine, state: State, reached: int) -> str:
    """A short id of what happened: ``"won"``, or the steps that were ever reached, ``"lost:found+held"``."""
    if state.won:
        return "won"
    words = {FOUND: "found", HELD: "held", CHANGED: _change_word(engine), PLACED: "placed"}
    return "lost:" + ("+".join(word for bit, word in words.items() if reached & bit) or "nothing")


def write_feedback(engine: Engine, state: State, reached: int) -> str:
    """What a person would say at the end: what was not achieved. It does not say where anything is, or what to do."""
    goal = engine.game.goal
    thing = goal.object.lower()
    if state.won:
        return f"You have done the task: {engine.game.task}"
    start = f"The task was: {engine.game.task} "
    if not reached & FOUND:
        return f"{start}You did not find a {thing}."
    if not reached & HELD:
        return f"{start}You saw a {thing}, but you did not pick it up."
    if goal.task_type == "look_at_obj_in_light":
        if not reached & CHANGED:
            return f"{start}You had a {thing} in your hand, but you did not turn on the {str(goal.lamp).lower()}."
        return f"{start}You turned on the lamp, but in the end you were not beside it with a {thing} in your hand."
    place = str(goal.receptacle).lower()
    if goal.task_type == "pick_two_obj_and_place":
        if not reached & PLACED:
            return f"{start}You had a {thing} in your hand, but you did not bring it to a {place}."
        return f"{start}You brought a {thing} to a {place}, but not two of them to the same one."
    if goal.task_type in _VERBS:
        verb, past = _VERBS[goal.task_type]
        if not reached & CHANGED:
            wrong = f", and the one that you brought to a {place} is not {past}" if reached & PLACED else ""
            return f"{start}You had a {thing} in your hand, but you did not {verb} it{wrong}."
        return f"{start}You {past} a {thing}, but that one is not in a {place} in the end."
    return f"{start}You had a {thing} in your hand, but you did not put it in or on a {place}."


def _treated(engine: Engine, state: State) -> int:
    by_verb = {"clean": state.clean, "heat": state.hot, "cool": state.cool}
    return by_verb[_VERBS[engine.game.goal.task_type][0]]


def _change_word(engine: Engine) -> str:
    goal = engine.game.goal.task_type
    return _VERBS[goal][1] if goal in _VERBS else "lit"
