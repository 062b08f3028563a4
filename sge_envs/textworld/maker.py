"""Makes one TextWorld game and exits: ``python -m sge_envs.textworld.maker <file.z8> <order as JSON>``.

A process of its own, because TextWorld's generator changes ``sys.argv``, keeps memory, and orders some of its choices
by Python's hash seed, which can only be set before Python starts.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

MODULES = {
    "coin_collector": "textworld.challenges.tw_coin_collector.coin_collector",
    "treasure_hunter": "textworld.challenges.tw_treasure_hunter.treasure_hunter",
    "cooking": "textworld.challenges.tw_cooking.cooking",
}


def main(path: Path, order: dict[str, Any]) -> None:
    """Write the game that ``order`` describes to ``path``, and its description beside it."""
    import textworld

    options = textworld.GameOptions()
    options.path = str(path)
    if "source" in order:
        game = textworld.Game.load(order["source"])
    else:
        options.seeds = order["seed"]
        defaults = {"recipe_seed": 0, "split": None} if order["challenge"] == "cooking" else {}
        game = importlib.import_module(MODULES[order["challenge"]]).make({**defaults, **order["settings"]}, options)
    textworld.generator.compile_game(game, options)


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
