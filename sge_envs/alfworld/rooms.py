"""What ALFWorld's rooms are made of: how much furniture, what lies where, what can be put where and done with it.

Measured over the 120 AI2-THOR rooms and the games that ALFWorld releases. A tuple of ten counts holds ten equally
likely values (the deciles over the real rooms of that kind): drawing one of them reproduces the real spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """One kind of room."""

    receptacles: Mapping[str, tuple[int, ...]]  # receptacle type -> ten equally likely counts
    core: tuple[str, ...]  # what even the smallest room of this kind has, one of each
    objects: Mapping[str, float]  # object type that can be carried about -> share of the rooms that have it
    fixtures: Mapping[str, tuple[int, ...]]  # type of what only stands there -> ten equally likely counts


ALWAYS = (1,) * 10


def _by_share(types: Mapping[float, str]) -> Mapping[str, float]:
    return {kind: share for share, kinds in types.items() for kind in kinds.split()}


ROOMS: Mapping[str, Room] = {
    "kitchen": Room(
        receptacles={
            "Cabinet": (4, 5, 7, 10, 11, 14, 16, 19, 25, 27),
            "Drawer": (0, 0, 2, 3, 3, 5, 6, 7, 9, 12),
            "CounterTop": (1, 1, 2, 2, 2, 2, 3, 3, 3, 4),
            "DiningTable": (0, 0, 0, 0, 0, 1, 1, 1, 1, 2),
            "SideTable": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
            "Shelf": (0, 0, 0, 0, 0, 0, 0, 0, 3, 3),
            "StoveBurner": (4,) * 10,
            "Fridge": ALWAYS,
            "Microwave": ALWAYS,
            "SinkBasin": ALWAYS,
            "CoffeeMachine": ALWAYS,
            "Toaster": ALWAYS,
            "GarbageCan": ALWAYS,
        },
        core=("CounterTop", "Cabinet", "Fridge", "Microwave", "SinkBasin"),
        objects=_by_share(
            {
                1.00: (
                    "Apple Bowl Bread ButterKnife Cup DishSponge Egg Fork Knife Lettuce Mug Pan PepperShaker Plate Pot "
                    "Potato SaltShaker SoapBottle Spatula Spoon Tomato"
                ),
                0.50: "Kettle",
                0.33: "Ladle WineBottle",
                0.23: "Glassbottle",
                0.13: "CellPhone Statue Vase",
                0.10: "CreditCard",
                0.07: "Book Pen Pencil SprayBottle",
            }
        ),
        fixtures={
            "StoveKnob": (4,) * 10,
            "Sink": ALWAYS,
            "LightSwitch": ALWAYS,
            "Chair": (0, 0, 1, 1, 1, 1, 1, 1, 2, 2),
            "Window": (0, 1, 1, 1, 1, 1, 2, 2, 2, 2),
            "HousePlant": (0, 0, 0, 0, 0, 0, 0, 1, 1, 2),
            "PaperTowelRoll": (0, 0, 0, 0, 0, 0, 0, 1, 1, 1),
            "Blinds": (0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
        },
    ),
    "livingroom": Room(
        receptacles={
            "Sofa": (1, 1, 1, 1, 1, 1, 1, 1, 2, 2),
            "ArmChair": (0, 1, 1, 1, 1, 1, 1, 2, 2, 2),
            "CoffeeTable": (0, 0, 1, 1, 1, 1, 1, 1, 2, 2),
            "SideTable": (0, 0, 1, 1, 1, 1, 2, 2, 3, 5),
            "DiningTable": (0, 0, 0, 0, 0, 1, 1, 1, 1, 2),
            "Drawer": (0, 0, 1, 1, 2, 4, 5, 6, 8, 20),
            "Shelf": (0, 0, 0, 0, 0, 0, 1, 4, 8, 13),
            "Cabinet": (0, 0, 0, 0, 0, 0, 0, 0, 1, 4),
            "Dresser": (0, 0, 0, 0, 0, 0, 0, 1, 1, 1),
            "TVStand": (0, 0, 0, 0, 0, 0, 1, 1, 1, 2),
            "Ottoman": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
            "Safe": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
            "GarbageCan": ALWAYS,
        },
        core=("Sofa", "SideTable", "ArmChair"),
        objects=_by_share(
            {
                1.00: "Box CreditCard KeyChain Laptop Pillow RemoteControl Statue",
                0.60: "Newspaper Vase",
                0.53: "Watch",
                0.43: "WateringCan",
                0.33: "Plate",
                0.30: "TissueBox",
                0.23: "Book CellPhone",
                0.17: "Pen",
                0.13: "Bowl Pencil",
                0.10: "Candle",
            }
        ),
        fixtures={
            "FloorLamp": (1, 1, 1, 1, 1, 1, 1, 1, 2, 2),
            "DeskLamp": (0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
            "Television": ALWAYS,
            "HousePlant": (1, 1, 1, 1, 1, 1, 1, 1, 2, 2),
            "Painting": (1, 1, 1, 1, 1, 2, 2, 2, 3, 3),
            "Window": (0, 1, 2, 2, 2, 3, 3, 4, 4, 6),
            "Chair": (0, 0, 0, 0, 1, 1, 2, 2, 4, 4),
            "LightSwitch": ALWAYS,
        },
    ),
    "bedroom": Room(
        receptacles={
            "Bed": (1, 1, 1, 1, 1, 1, 1, 1, 1, 2),
            "Desk": (0, 0, 0, 0, 1, 1, 1, 1, 1, 2),
            "SideTable": (0, 0, 0, 0, 1, 1, 1, 1, 2, 2),
            "Dresser": (0, 0, 0, 0, 0, 1, 1, 1, 1, 2),
            "Drawer": (0, 2, 2, 3, 4, 4, 6, 10, 11, 14),
            "Shelf": (0, 0, 0, 0, 1, 2, 3, 5, 6, 10),
            "Cabinet": (0, 0, 0, 0, 0, 0, 0, 0, 2, 4),
            "ArmChair": (0, 0, 0, 0, 0, 0, 0, 0, 1, 2),
            "DiningTable": (0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
            "LaundryHamper": (0, 0, 0, 0, 0, 0, 0, 1, 1, 1),
            "Safe": (0, 0, 0, 0, 0, 0, 0, 0, 1, 1),
            "GarbageCan": ALWAYS,
        },
        core=("Bed", "Desk", "Drawer", "GarbageCan"),
        objects=_by_share(
            {
                1.00: "AlarmClock Book CD CellPhone CreditCard KeyChain Laptop Pen Pencil Pillow",
                0.53: "Mug",
                0.43: "BaseballBat Bowl",
                0.40: "Box",
                0.37: "BasketBall",
                0.33: "TennisRacket",
                0.17: "Cloth",
                0.13: "Statue TissueBox",
                0.10: "RemoteControl Vase",
                0.07: "Watch",
            }
        ),
        fixtures={
            "DeskLamp": (0, 0, 0, 1, 1, 1, 1, 1, 1, 2),
            "LightSwitch": ALWAYS,
            "Mirror": ALWAYS,
            "Chair": (0, 0, 0, 1, 1, 1, 1, 1, 1, 2),
            "Window": (1, 1, 1, 2, 2, 2, 2, 2, 3, 4),
            "Blinds": (0, 1, 1, 1, 2, 2, 2, 2, 3, 4),
            "TeddyBear": (0, 0, 0, 0, 0, 0, 0, 1, 1, 1),
        },
    ),
    "bathroom": Room(
        receptacles={
            "SinkBasin": (1, 1, 1, 1, 1, 1, 2, 2, 2, 2),
            "CounterTop": (0, 0, 1, 1, 1, 1, 1, 1, 1, 2),
            "Cabinet": (0, 0, 0, 0, 0, 3, 4, 4, 5, 5),
            "Drawer": (0, 0, 0, 0, 0, 0, 1, 4, 6, 8),
            "Shelf": (0, 0, 0, 0, 0, 0, 0, 1, 2, 3),
            "BathtubBasin": (0, 0, 0, 1, 1, 1, 1, 1, 1, 1),
            "Cart": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
            "Dresser": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
            "SideTable": (0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
            "HandTowelHolder": (1, 1, 1, 1, 1, 1, 1, 2, 2, 2),
            "Toilet": ALWAYS,
            "TowelHolder": ALWAYS,
            "ToiletPaperHanger": ALWAYS,
            "GarbageCan": ALWAYS,
        },
        core=("SinkBasin", "Toilet", "CounterTop", "GarbageCan"),
        objects=_by_share(
            {
                1.00: "Candle Cloth HandTowel SoapBar SoapBottle SprayBottle ToiletPaper Towel",
                0.30: "TissueBox",
                0.20: "DishSponge",
            }
        ),
        fixtures={
            "LightSwitch": ALWAYS,
            "Mirror": ALWAYS,
            "Sink": ALWAYS,
            "Bathtub": (0, 0, 0, 1, 1, 1, 1, 1, 1, 1),
            "Plunger": ALWAYS,
            "ScrubBrush": ALWAYS,
            "Window": (0, 0, 0, 1, 1, 1, 1, 1, 1, 4),
            "ShowerDoor": (0, 0, 0, 0, 1, 1, 1, 1, 1, 1),
        },
    ),
}

ROOMS_OF_TASK: Mapping[str, tuple[str, ...]] = {
    "pick_and_place_simple": ("kitchen", "livingroom", "bedroom", "bathroom"),
    "look_at_obj_in_light": ("livingroom", "bedroom"),
    "pick_clean_then_place_in_recep": ("kitchen", "bathroom"),
    "pick_heat_then_place_in_recep": ("kitchen",),
    "pick_cool_then_place_in_recep": ("kitchen",),
    "pick_two_obj_and_place": ("kitchen", "livingroom", "bedroom", "bathroom"),
}

TASK_SHARES: Mapping[str, int] = {
    "pick_and_place_simple": 790,
    "look_at_obj_in_light": 308,
    "pick_clean_then_place_in_recep": 650,
    "pick_heat_then_place_in_recep": 459,
    "pick_cool_then_place_in_recep": 533,
    "pick_two_obj_and_place": 813,
}
"""How many of the 3,553 training games of the release have each task type."""

_TABLE = (
    "AlarmClock Apple BaseballBat BasketBall Book Bowl Box Bread ButterKnife Candle CD CellPhone Cloth CreditCard Cup "
    "DishSponge Egg Fork Glassbottle HandTowel Kettle KeyChain Knife Ladle Laptop Lettuce Mug Newspaper Pan Pen Pencil "
    "PepperShaker Plate Pot Potato RemoteControl SaltShaker SoapBar SoapBottle Spatula Spoon SprayBottle Statue "
    "TennisRacket TissueBox ToiletPaper Tomato Vase Watch WateringCan WineBottle"
)
_SEAT = "BasketBall Book Box CellPhone Cloth CreditCard KeyChain Laptop Newspaper Pillow RemoteControl"
_DRESSER = (
    "AlarmClock BasketBall Book Bowl Box Candle CD CellPhone Cloth CreditCard Cup Glassbottle KeyChain Laptop Mug "
    "Newspaper Pen Pencil Plate RemoteControl SprayBottle Statue TennisRacket TissueBox ToiletPaper Vase Watch "
    "WateringCan WineBottle"
)

CAN_CONTAIN: Mapping[str, frozenset[str]] = {
    receptacle: frozenset(objects.split())
    for receptacle, objects in {
        "ArmChair": _SEAT,
        "BathtubBasin": "Cloth DishSponge HandTowel SoapBar",
        "Bed": "BaseballBat BasketBall Book CellPhone Laptop Newspaper Pillow TennisRacket",
        "Cabinet": (
            "Book Bowl Box Candle CD Cloth Cup DishSponge Glassbottle HandTowel Kettle Ladle Mug Newspaper Pan "
            "PepperShaker Plate Plunger Pot SaltShaker SoapBar SoapBottle SprayBottle TissueBox ToiletPaper Vase "
            "WateringCan WineBottle"
        ),
        "Cart": (
            "Candle Cloth DishSponge HandTowel Mug Plunger SoapBar SoapBottle SprayBottle Statue TissueBox "
            "ToiletPaper Vase"
        ),
        "CoffeeMachine": "Mug",
        "CoffeeTable": _TABLE,
        "CounterTop": _TABLE,
        "Desk": f"{_DRESSER} SoapBottle",
        "DiningTable": _TABLE,
        "Drawer": (
            "Book ButterKnife Candle CD CellPhone Cloth CreditCard DishSponge Fork HandTowel KeyChain Knife Ladle "
            "Newspaper Pen Pencil PepperShaker RemoteControl SaltShaker SoapBar SoapBottle Spatula Spoon SprayBottle "
            "TissueBox ToiletPaper Watch WateringCan"
        ),
        "Dresser": _DRESSER,
        "Fridge": "Apple Bowl Bread Cup Egg Glassbottle Lettuce Mug Pan Plate Pot Potato Tomato WineBottle",
        "GarbageCan": (
            "Apple Bread CD Cloth DishSponge Egg HandTowel Lettuce Newspaper Pen Pencil Potato SoapBar SoapBottle "
            "SprayBottle TissueBox ToiletPaper Tomato WineBottle"
        ),
        "HandTowelHolder": "HandTowel",
        "LaundryHamper": "Cloth",
        "Microwave": "Apple Bowl Bread Cup Egg Glassbottle Mug Plate Potato Tomato",
        "Ottoman": _SEAT,
        "Safe": "CD CellPhone CreditCard KeyChain Statue Vase Watch",
        "Shelf": (
            "AlarmClock Book Bowl Box Candle CD CellPhone Cloth CreditCard Cup DishSponge Glassbottle HandTowel Kettle "
            "KeyChain Mug Newspaper Pen Pencil PepperShaker Plate Pot RemoteControl SaltShaker SoapBar SoapBottle "
            "SprayBottle Statue TissueBox ToiletPaper Vase Watch WateringCan WineBottle"
        ),
        "SideTable": _TABLE,
        "SinkBasin": (
            "Apple Bowl ButterKnife Cloth Cup DishSponge Egg Fork Glassbottle HandTowel Kettle Knife Ladle Lettuce Mug "
            "Pan Plate Pot Potato SoapBar Spatula Spoon Tomato"
        ),
        "Sofa": _SEAT,
        "StoveBurner": "Kettle Pan Pot",
        "Toaster": "",
        "Toilet": "Candle Cloth DishSponge HandTowel Newspaper SoapBar SoapBottle SprayBottle TissueBox ToiletPaper",
        "ToiletPaperHanger": "ToiletPaper",
        "TowelHolder": "Towel",
        "TVStand": "TissueBox",
    }.items()
}
"""What may be put where, for every receptacle type; also what lies where when a game starts."""

HOMES: Mapping[str, tuple[str, ...]] = {
    kind: tuple(place for place, kinds in CAN_CONTAIN.items() if kind in kinds)
    for kind in sorted(frozenset().union(*CAN_CONTAIN.values()))
}
"""The natural places of every object type that can be carried about."""

PULL: Mapping[str, float] = {
    "CounterTop": 5,
    "Desk": 4,
    "DiningTable": 4,
    **dict.fromkeys(("Bed", "Cabinet", "Drawer", "Fridge", "Sofa"), 3),
    **dict.fromkeys(("Dresser", "Shelf", "SideTable"), 2),
}
"""How much likelier than the rest (1) a receptacle type is among an object's places."""

FAVOURITE: Mapping[str, str] = {
    "HandTowel": "HandTowelHolder",
    "Laptop": "Bed",
    "Pan": "StoveBurner",
    "Pot": "StoveBurner",
    "ToiletPaper": "ToiletPaperHanger",
}
"""Where most objects of a type are."""

FAVOURITE_PULL = 24
"""How much likelier than the rest (1) that place is."""

ONE_OF_A_KIND = frozenset({"HandTowel", "Towel"})
"""Objects of which a room has one."""

ROOM_FOR_ONE = frozenset(
    {"CoffeeMachine", "HandTowelHolder", "StoveBurner", "Toaster", "ToiletPaperHanger", "TowelHolder"}
)
"""Receptacle types that hold one object: at the start, and in what a goal asks for."""

OPENABLE: Mapping[str, float] = {"Cabinet": 0.75, "Drawer": 0.9, "Fridge": 1.0, "Microwave": 1.0, "Safe": 1.0}
"""Share of the receptacles of a type that open and close; what does not open is always accessible."""

SHARED_LOCATION: Mapping[str, tuple[str, float]] = {
    "StoveBurner": ("StoveBurner", 0.6),
    "Drawer": ("Drawer", 0.2),
    "Cabinet": ("Cabinet", 0.12),
    "Shelf": ("Shelf", 0.1),
    "CoffeeMachine": ("CounterTop", 0.35),
    "Toaster": ("CounterTop", 0.4),
}
"""Which type a receptacle may share its location with, and how often it does. Locations are shared by two."""

STANDS: Mapping[str, tuple[str, ...]] = {
    "DeskLamp": ("Desk", "SideTable", "Dresser", "Shelf", "DiningTable", "CoffeeTable"),
    "FloorLamp": ("SideTable", "Dresser", "Desk", "CoffeeTable"),
    "HousePlant": ("CounterTop", "DiningTable", "Desk"),
    "PaperTowelRoll": ("CounterTop", "DiningTable", "GarbageCan"),
    "TeddyBear": ("Bed", "Sofa"),
    "Television": ("TVStand", "Dresser"),
}
"""Fixtures that stand in or on a receptacle; all others in the room. Floor lamps do so where a goal needs them."""

DEVICES: Mapping[str, str] = {
    "pick_clean_then_place_in_recep": "SinkBasin",
    "pick_heat_then_place_in_recep": "Microwave",
    "pick_cool_then_place_in_recep": "Fridge",
}
"""The receptacle type at which the object gets the state that the goal asks for."""

LAMPS = ("DeskLamp", "FloorLamp")

TRAITS: Mapping[str, frozenset[str]] = {
    trait: frozenset(kinds.split())
    for trait, kinds in {
        "cleanable": (
            "Apple Bowl ButterKnife Cloth Cup DishSponge Egg Fork Kettle Knife Ladle Lettuce Mug Pan Plate Pot Potato "
            "SoapBar Spatula Spoon Tomato"
        ),
        "heatable": "Apple Bread Cup Egg Mug Plate Potato Tomato",
        "coolable": "Apple Bowl Bread Cup Egg Lettuce Mug Pan Plate Pot Potato Tomato WineBottle",
        "sliceable": "Apple Bread Egg Lettuce Potato Tomato",
        "toggleable": " ".join(LAMPS),
        "isReceptacleObject": "Bowl Box Cup Mug Pan Plate Pot",
        "pickupable": " ".join((*HOMES, "Footstool", "PaperTowelRoll", "ScrubBrush", "TeddyBear")),
    }.items()
}
"""What can be done with an object type."""


def list_traits(kind: str) -> frozenset[str]:
    """The static predicates that hold of every object of this type."""
    return frozenset(trait for trait, kinds in TRAITS.items() if kind in kinds)
