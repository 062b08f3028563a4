"""What a generated game shall be like."""

from __future__ import annotations

from dataclasses import dataclass

from sge_envs.alfworld.game import TASK_TYPES
from sge_envs.alfworld.rooms import CAN_CONTAIN, HOMES, LAMPS, ROOMS

SIZES = ("small", "real", "large")


@dataclass(frozen=True, slots=True)
class GameSpec:
    """What a generated game shall be like. ``None`` leaves a field to chance.

    Args:
        room: ``"kitchen"``, ``"livingroom"``, ``"bedroom"`` or ``"bathroom"``.
        task_type: one of ``TASK_TYPES``.
        size: ``"small"`` (about 7 receptacles and 15 objects), ``"real"`` (as ALFWorld's games) or ``"large"`` (over 60
            receptacles and 70 objects).
        object: the type of the object that the goal speaks of, ``"Mug"``.
        destination: the receptacle type where it shall go, ``"SideTable"``.
        lamp: ``"DeskLamp"`` or ``"FloorLamp"``, for ``look_at_obj_in_light``.
        place: the receptacle type in which the objects that the goal needs lie at the start, natural for them or not.
        only_target: whether the objects that the goal needs are the only ones of their type.
        num_receptacles: how many receptacles the room has, at least one of each of its ``core`` types. What the goal or
            ``place`` needs and is missing is added.
        receptacles: the exact receptacle types and counts of the room, ``(("Cabinet", 2), ("Fridge", 1))``. Again only
            what the goal or ``place`` needs and is missing is added, one of each.
        num_distractors: how many objects that can be carried about are not of the target's type.
        layout: seed of the receptacles and their locations. Games with equal ``layout``, ``room``, ``size``,
            ``num_receptacles`` and ``receptacles`` have the same furniture, but for what is added as said above.
        max_turns: the game's own horizon.

    Raises:
        ValueError: a field has a value that does not exist.
    """

    room: str | None = None
    task_type: str | None = None
    size: str = "real"
    object: str | None = None
    destination: str | None = None
    lamp: str | None = None
    place: str | None = None
    only_target: bool = False
    num_receptacles: int | None = None
    receptacles: tuple[tuple[str, int], ...] | None = None
    num_distractors: int | None = None
    layout: int | None = None
    max_turns: int | None = None

    def __post_init__(self) -> None:
        for field, value, known in (
            ("room", self.room, ROOMS),
            ("task_type", self.task_type, TASK_TYPES),
            ("size", self.size, SIZES),
            ("object", self.object, HOMES),
            ("destination", self.destination, CAN_CONTAIN),
            ("place", self.place, CAN_CONTAIN),
            ("lamp", self.lamp, LAMPS),
            *(("receptacles", kind, CAN_CONTAIN) for kind, _ in self.receptacles or ()),
        ):
            if value is not None and value not in known:
                raise ValueError(f"GameSpec.{field} must be one of {', '.join(known)}; got {value!r}.")
