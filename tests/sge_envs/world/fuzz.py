"""Random calls of the operations of a world: mostly plausible, some broken."""

from __future__ import annotations

from typing import Any

from sge_envs.alfworld.dice import Dice
from sge_envs.world.operation import Operation
from sge_envs.world.world import World

JUNK: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**70, 1.5, float("nan"), float("inf"), "", " ", "x" * 20_000, "%_\\'\";--", "\x00", "\ud800"),
    *([], {}, ["a", 1, None], {"a": 1}, "2025-02-30", "25:99", "a@b", "🙂", b"bytes", (1, 2), [[]]),
)
TEXTS = ("lunch", "Atlas", "a b c", "Ordner", "it's 100 %", "home", "notes.txt", "", "Team meeting", "Order 1")


class Fuzzer:
    """Draws calls. ``ids`` are all ids of the world, so that calls hit things that are there."""

    def __init__(self, world: World, seed: int) -> None:
        self.dice = Dice(seed)
        self.world = world
        self.operations = list(world.catalogue.operations.values())
        self.refresh()

    def refresh(self) -> None:
        """Look up ids and addresses again."""
        self.ids = {
            table: self.world.db.column(f"SELECT id FROM {table}") for table in self.world.catalogue.schema.columns
        }
        self.addresses = self.world.db.column("SELECT email FROM contacts_people WHERE email != ''")

    def call(self) -> tuple[str, dict[str, Any]]:
        """The next call."""
        operation = self.dice.one(self.operations)
        arguments = {
            one.name: self._value(operation, one.kind.schema, one.name)
            for one in operation.parameters
            if one.required or self.dice.chance(0.3)
        }
        if self.dice.chance(0.1):
            arguments[self.dice.one([*arguments, "nonsense"])] = self.dice.one(JUNK)
        return operation.name, arguments

    def _value(self, operation: Operation, schema: dict[str, Any], name: str) -> Any:
        dice = self.dice
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if "enum" in schema:
            return dice.one(schema["enum"])
        if "array" in kinds:
            return [self._value(operation, schema["items"], name) for _ in range(dice.integer(1, 3))]
        if "boolean" in kinds:
            return dice.chance(0.5)
        if "integer" in kinds:
            if "id" in name.split("_") or "ids" in name.split("_"):
                return self._id(operation.app, name)
            low = schema.get("minimum", 0)
            return dice.integer(low, min(schema.get("maximum", low + 20), low + 20))
        if "number" in kinds:
            return dice.integer(int(100 * schema.get("minimum", 0)) or 1, 9000) / 100
        return self._text(schema)

    def _id(self, app: str, name: str) -> int:
        """Of the table that the argument's name points to, such as ``mail_labels`` for ``label_id``, else of any."""
        own = [table for table in self.ids if table.startswith(f"{app}_") and self.ids[table]]
        meant = [table for table in own if name.split("_")[-2][:4] in table.partition("_")[2]]
        return self.dice.one(self.ids[self.dice.one(meant if meant and self.dice.chance(0.9) else own)])

    def _text(self, schema: dict[str, Any]) -> str:
        example = schema.get("examples", [""])[0]
        if "@" in example:
            return self.dice.one(self.addresses)
        if example[:2] == "20" and self.dice.chance(0.8):
            now = self.world.db.now
            near = f"{now[:8]}{self.dice.integer(1, 28):02d}T{self.dice.integer(0, 23):02d}:00"
            return near[: len(example)]
        if example[:2] == "20":
            return self.dice.one(("1900-01-01T00:00", "2199-12-31T23:59", "2024-02-29T12:00"))[: len(example)]
        return example or self.dice.one(TEXTS)
