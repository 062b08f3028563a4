"""Rebuild the embedded household base model: a 0.7 M-parameter language model, behaviour-cloned on scripted easy games.

    python examples/household_base_model.py --out sge_agent/checkpoints/household      (about 15 minutes on one core)

What the base must be, and what large models are by themselves: narrow in what it proposes, wide in what it can carry out.
Demonstrations are of four kinds, all through the agent's own prompts, in small kitchens (``sge_envs.alfworld.hard``):

* direct: no strategy, the object is looked for in its usual places;
* natural: the strategy names a usual place, and is followed;
* instructed: the strategy names any place and is followed; the strategy itself is not learned;
* reflection: strategies that failed are shown, the new one names a place that is not among them (a usual one while there is
  one left); or one that worked is shown, and is repeated.

An object and its odd home of the hard games (``HIDDEN``) never meet in any of them, and without a hint the model learns to keep
unusual places improbable. So on the hard games the base succeeds about never, by construction: exploration is the bottleneck.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sge_agent.agent import StrategyAgent
from sge_agent.cloning import Example, Line, demonstrate, make_base_model
from sge_agent.episode import Episode
from sge_agent.heads import household
from sge_agent.prompts import COMPACT, Attempt
from sge_agent.types import EpisodeSpec, TaskRef, Trajectory
from sge_envs.alfworld.engine import Engine
from sge_envs.alfworld.game import Game
from sge_envs.alfworld.hard import CORE, HIDDEN, REST, USUAL, make_kitchen

MIX = {"direct": 0.15, "natural": 0.27, "instructed": 0.23, "reflection": 0.35}
PHRASES = (
    "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. Looking quickly around you, you see a",
    "\n\nYour task is to: put a",
    "\n\nYour task is to: put some",
    *(f"\n\nYour task is to: {verb} some" for verb in ("heat", "cool", "clean")),
    *(
        " and put it in",
        ", you see a",
        ", you see nothing.",
        ", a",
        ", and a",
        ". The",
        " is closed.",
        " is open. In it",
    ),
    *("You arrive at", "On the", "You open the", "You pick up the", " from the", "You move the", " to the"),
    *("You heat the", "You cool the", "You clean the", " using the", "Nothing happens."),
    *("Strategy:", "Action:", " look in the", " go to", "Failed:", "Worked:"),
)
"""Fixed texts that become one token each."""

HEADS = household(COMPACT)
AGENT = StrategyAgent(prompts=COMPACT, strategy=HEADS.strategy, action=HEADS.action, when="once")


class Kitchen:
    """One game as an environment."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.engine = Engine(game)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        self.state, self.turn = self.engine.start(), 0
        return self.engine.intro, self.info()

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        observation = self.engine.step(self.state, action)
        self.turn += 1
        won = self.state.won
        return observation, float(won), won, not won and self.turn == self.game.max_turns, self.info()

    def info(self) -> dict[str, Any]:
        return {"goal": self.game.task, "admissible_actions": self.engine.admissible(self.state)}

    def close(self) -> None: ...


class Cook:
    """The teacher: follows a strategy, looks in usual places when it fails, and brings the object to the goal."""

    def __init__(self, game: Game, place: str, learn: bool, narrow: bool, rng: np.random.Generator) -> None:
        self.game, self.place, self.learn, self.narrow, self.rng = game, place, learn, narrow, rng
        self.object = next(item.name for item in game.items if item.type == game.goal.object)
        self.places = [receptacle.name for receptacle in game.receptacles]
        self.usual = find_usual(game)
        self.held, self.treated, self.searching = False, False, False
        self.at = ""
        self.tried: set[str] = set()

    def __call__(self, episode: Episode) -> Line:
        assert episode.request is not None
        if episode.request.role == "strategy":
            others = tuple(f" {name_strategy(p)}\n" for p in self.places if p not in self.usual) if self.narrow else ()
            return Line(f" {name_strategy(self.place)}\n", self.learn, others)
        admissible = episode.info["admissible_actions"]
        action = self._deliver(admissible) if self.held else self._search(admissible)
        if action.startswith("go to "):
            self.at = action.removeprefix("go to ")
        guess = action.startswith("go to ") and not self.held and (self.searching or not episode.spec.strategy)
        others = (
            tuple(f" go to {p}\n" for p in self.places if p not in self.usual)
            if guess and self.at in self.usual
            else ()
        )
        return Line(f" {action}\n", True, others)

    def _search(self, admissible: tuple[str, ...]) -> str:
        found = next((a for a in admissible if a.startswith(f"take {self.object} from ")), None)
        if found:
            self.held = True
            return found
        if f"open {self.place}" in admissible:
            return f"open {self.place}"
        if self.at == self.place:  # it is not here
            self.searching = True
            self.tried.add(self.place)
            left = [p for p in self.usual if p not in self.tried] or [
                p for p in find_allowed(self.game) if p not in self.tried
            ]
            self.place = str(self.rng.choice(left)) if left else self.place
        return f"go to {self.place}"

    def _deliver(self, admissible: tuple[str, ...]) -> str:
        verb, device = TREATMENTS.get(self.game.goal.task_type, ("", ""))
        if verb and not self.treated:
            action = f"{verb} {self.object} with {device}"
            if action not in admissible:
                return f"go to {device}"
            self.treated = True
            return action
        goal = f"{self.game.goal.receptacle}".lower() + " 1"
        for action in (f"move {self.object} to {goal}", f"open {goal}"):
            if action in admissible:
                return action
        return f"go to {goal}"


TREATMENTS = {
    "pick_clean_then_place_in_recep": ("clean", "sinkbasin 1"),
    "pick_heat_then_place_in_recep": ("heat", "microwave 1"),
    "pick_cool_then_place_in_recep": ("cool", "fridge 1"),
}


def name_strategy(place: str) -> str:
    return f"look in the {place}"


def find_usual(game: Game) -> list[str]:
    return [r.name for r in game.receptacles if r.type in USUAL[game.goal.object]]


def find_allowed(game: Game) -> list[str]:
    """All places but the odd home of the game's object, which no demonstration may show."""
    return [r.name for r in game.receptacles if r.type != HIDDEN.get(game.goal.object)]


def make_practice_game(usual: bool, rng: np.random.Generator) -> Game:
    """An easy game, or one whose object is in any place but its odd home."""
    target = str(rng.choice(list(USUAL)))
    kinds = USUAL[target] if usual else [kind for kind in (*CORE, *REST) if kind != HIDDEN.get(target)]
    return make_kitchen(target, str(rng.choice(kinds)), rng)


def show(policy: Any, rng: np.random.Generator) -> tuple[Trajectory, Example]:
    """One demonstration of a random kind."""
    kind = str(rng.choice(list(MIX), p=list(MIX.values())))
    game = make_practice_game(kind in ("direct", "natural") or rng.random() < 0.4, rng)
    usual, allowed = find_usual(game), find_allowed(game)
    where = next(
        r.name
        for r in game.receptacles
        if r.id == next(i for i in game.items if i.type == game.goal.object).receptacles[0]
    )
    hint, place = "", str(rng.choice(usual))
    if kind == "instructed":
        place = where if rng.random() < 0.7 else str(rng.choice(allowed))
    if kind == "reflection":
        hint, place = draw_reflection(where, usual, allowed, rng)
    spec = EpisodeSpec(TaskRef("kitchen", 0), hint=hint, strategy=kind != "direct")
    cook = Cook(game, place, kind != "instructed", kind == "natural", rng)
    return demonstrate(spec, AGENT, Kitchen(game), cook, policy)


def draw_reflection(where: str, usual: list[str], allowed: list[str], rng: np.random.Generator) -> tuple[str, str]:
    """A hint, and the place that an attentive reader of it would name."""
    odd = [p for p in allowed if p not in usual]
    order = [*rng.permutation(usual), *rng.permutation(odd)] if rng.random() < 0.7 else list(rng.permutation(allowed))
    failed = [str(p) for p in order[: int(rng.integers(1, 7))]]
    if rng.random() < 0.3:
        failed = [p for p in failed if p != where][: int(rng.integers(0, 3))]
        return render(failed, [where], rng), where
    left = [p for p in usual if p not in failed] or [p for p in odd if p not in failed] or allowed
    return render(failed, [], rng), str(rng.choice(left))


def render(failed: list[str], worked: list[str], rng: np.random.Generator) -> str:
    shown = [Attempt((name_strategy(str(p)),)) for p in rng.permutation(failed)]
    return COMPACT.reflection.render(failures=shown, successes=[Attempt((name_strategy(p),)) for p in worked])


def main() -> None:
    make_base_model(show, description=__doc__, phrases=PHRASES, vocab_size=720, demonstrations=60_000, steps=1150)


if __name__ == "__main__":
    main()
