"""ALFWorld's household rules in plain Python, equal to the real engine byte for byte.

An :class:`Engine` is one compiled game; it never changes and may be shared by threads and episodes. A
:class:`~sge_envs.alfworld.state.State` is the small mutable rest. Objects are bits of integers, numbered in the order
in which the real engine lists them, so "what is in the fridge" is one integer and most rules are one ``&``.

Some behaviour looks odd and is the real engine's: an object can be in two receptacles at once and stays in the other
one when it is taken; "use" always says that it turns on; a receptacle that shares your place cannot be gone to; only
what you hold can be examined; "look" lists nothing but objects that were taken out of a receptacle here and put into
its neighbour.
"""

from __future__ import annotations

from typing import Any

from sge_envs.alfworld.commands import list_commands
from sge_envs.alfworld.game import Game
from sge_envs.alfworld.state import State
from sge_envs.alfworld.tables import PRIME, Tables
from sge_envs.alfworld.texts import HELP, NOTHING, WELCOME, examine_object
from sge_envs.alfworld.views import describe_place, describe_receptacle, describe_room


class Engine(Tables):
    """One game, compiled and playable. The methods change nothing but the state that they are given.

    Args:
        game: the game to play.
        text_version: ``"0.4"`` or ``"0.3"``, the words of that ALFWorld release; None: those of the game.

    Raises:
        ValueError: an unknown text version, or a game that speaks of a receptacle it does not have.
    """

    def __init__(self, game: Game, *, text_version: str | None = None) -> None:
        super().__init__(game, text_version=text_version)
        self.verbs = {
            "go": self._go,
            "take": self._take,
            self.put_verb: self._put,
            "open": self._open,
            "close": self._close,
            "examine": self._examine,
            "use": self._use,
            "heat": self._heat,
            "cool": self._cool,
            "clean": self._clean,
            "slice": self._slice,
            "look": self._look,
            "inventory": self._inventory,
        }
        if self.has_help:
            self.verbs["help"] = self._help
        self.first.won = self._wins(self.first)
        self.intro = f"{WELCOME}\n\n{describe_room(self)}\n\nYour task is to: {game.task}"

    def start(self) -> State:
        """A new episode. Its first observation is the attribute ``intro``."""
        return self.first.clone()

    def step(self, state: State, command: str) -> str:
        """Carry out a command and return the answer, which is :data:`NOTHING` if the command is not admissible."""
        verb, _, rest = command.strip().partition(" ")
        act = self.verbs.get(verb)
        return NOTHING if act is None else act(state, rest)

    def admissible(self, state: State) -> tuple[str, ...]:
        """The commands that do something here, sorted as text."""
        if state.commands is None:
            state.commands = tuple(list_commands(self, state))
        return state.commands

    def key(self, state: State) -> str:
        """A short text that is equal for equal states of this game, and differs otherwise."""
        return f"{state.key:032x}"

    def save(self, state: State) -> list[Any]:
        """The state as JSON data: what differs from the start of the game, and which game that is."""
        first = self.first
        changes = [
            [value for pair in enumerate(now) if pair[1] != before[pair[0]] for value in pair] if now != before else []
            for now, before in zip((state.contents, state.at, state.marks), (first.contents, first.at, first.marks))
        ]
        flags = (state.clean, state.hot, state.cool, state.toggled, state.sliced)
        return [self.key(first), self.key(state), state.place, state.held, state.opened, *flags, *changes]

    def load(self, values: Any) -> State:
        """The state that :meth:`save` wrote down for this game.

        Raises:
            ValueError: the data was written for another game, or by nobody.
        """
        if not isinstance(values, list) or len(values) != 13 or values[0] != self.key(self.first):
            raise ValueError("expected a state of this very game, but the data was saved from another one")
        state = self.first.clone()
        _, key, state.place, state.held, state.opened = values[:5]
        state.key = int(key, 16)
        state.clean, state.hot, state.cool, state.toggled, state.sliced = values[5:10]
        for masks, changes in zip((state.contents, state.at, state.marks), values[10:]):
            for index, mask in zip(changes[::2], changes[1::2], strict=True):
                masks[index] = mask
        self._changed(state)
        return state

    # The commands: each takes the text behind its verb ------------------------------------------------------------

    def _go(self, state: State, rest: str) -> str:
        if not rest.startswith("to "):
            return NOTHING
        r = self.receptacle_index.get(rest[3:], -1)
        if r < 0:
            return NOTHING
        place, old = self.place_of[r], state.place
        if place == old or place < 0:
            return NOTHING
        state.place = place
        state.key = (state.key + self.key_place[place] - self.key_place[old]) % PRIME
        self._changed(state)
        name = self.place_names[place] if self.text_version == "0.3" else self.receptacle_names[r]
        return f"You arrive at {name}. {describe_receptacle(self, state, r)}"

    def _open(self, state: State, rest: str) -> str:
        r = self._reachable(state, rest)
        if r < 0 or not self.openable >> r & 1 or state.opened >> r & 1:
            return NOTHING
        state.opened |= 1 << r
        state.key = (state.key + self.key_open[r]) % PRIME
        state.commands = None
        return f"You open the {rest}. {describe_receptacle(self, state, r)}"

    def _close(self, state: State, rest: str) -> str:
        r = self._reachable(state, rest)
        if r < 0 or not self.openable >> r & 1 or not state.opened >> r & 1:
            return NOTHING
        state.opened ^= 1 << r
        state.key = (state.key - self.key_open[r]) % PRIME
        state.commands = None
        return f"You close the {rest}."

    def _take(self, state: State, rest: str) -> str:
        item, _, place = rest.partition(" from ")
        r = self._reachable(state, place)
        o = self.item_index.get(item, -1)
        if r < 0 or o < 0 or state.held >= 0 or not self.accessible(state, r):
            return NOTHING
        bit = 1 << o
        if not state.contents[r] & self.pickupable & bit:
            return NOTHING
        state.contents[r] ^= bit
        state.held = o
        change = self.key_flag["held"] - self.key_in[r]
        if state.at[state.place] & bit:
            state.at[state.place] ^= bit
            change -= self.key_at[state.place]
        mark = self.mark_index[r]
        if mark >= 0:
            state.marks[mark] |= bit
            change += self.key_mark[mark]
        state.key = (state.key + self.key_item[o] * change) % PRIME
        self._changed(state)
        return f"You pick up the {item} from the {place}."

    def _put(self, state: State, rest: str) -> str:
        item, _, place = rest.partition(self.put_link)
        r = self._reachable(state, place)
        o = state.held
        if r < 0 or o < 0 or self.item_names[o] != item or not self.accessible(state, r) or not self.fits[r] >> o & 1:
            return NOTHING
        bit = 1 << o
        change = -self.key_flag["held"]
        if not state.contents[r] & bit:
            state.contents[r] |= bit
            change += self.key_in[r]
        if not state.at[state.place] & bit:
            state.at[state.place] |= bit
            change += self.key_at[state.place]
        mark = self.mark_index[r]
        if mark >= 0 and state.marks[mark] & bit:
            state.marks[mark] ^= bit
            change -= self.key_mark[mark]
        state.held = -1
        state.key = (state.key + self.key_item[o] * change) % PRIME
        self._changed(state)
        if self.text_version == "0.3":
            return f"You put the {item} in/on the {place}."
        return f"You move the {item} to the {place}."

    def _use(self, state: State, rest: str) -> str:
        o = self.item_index.get(rest, -1)
        if o < 0 or not self.inside_here(state) & self.toggleable & 1 << o:
            return NOTHING
        if not state.toggled >> o & 1:
            state.toggled |= 1 << o
            state.key = (state.key + self.key_item[o] * self.key_flag["toggled"]) % PRIME
            self._changed(state)
        return f"You turn on the {rest}."

    def _heat(self, state: State, rest: str) -> str:
        o = self._treated(state, rest, "heat")
        if o < 0:
            return NOTHING
        change = 0
        if not state.hot >> o & 1:
            state.hot |= 1 << o
            change += self.key_flag["hot"]
        if state.cool >> o & 1:
            state.cool ^= 1 << o
            change -= self.key_flag["cool"]
        state.key = (state.key + self.key_item[o] * change) % PRIME
        state.won = self._wins(state)
        return f"You heat the {rest.replace(' with ', ' using the ')}."

    def _cool(self, state: State, rest: str) -> str:
        o = self._treated(state, rest, "cool")
        if o < 0:
            return NOTHING
        change = 0
        if not state.cool >> o & 1:
            state.cool |= 1 << o
            change += self.key_flag["cool"]
        if state.hot >> o & 1:
            state.hot ^= 1 << o
            change -= self.key_flag["hot"]
        state.key = (state.key + self.key_item[o] * change) % PRIME
        state.won = self._wins(state)
        return f"You cool the {rest.replace(' with ', ' using the ')}."

    def _clean(self, state: State, rest: str) -> str:
        o = self._treated(state, rest, "clean")
        if o < 0:
            return NOTHING
        if not state.clean >> o & 1:
            state.clean |= 1 << o
            state.key = (state.key + self.key_item[o] * self.key_flag["clean"]) % PRIME
            state.won = self._wins(state)
        return f"You clean the {rest.replace(' with ', ' using the ')}."

    def _slice(self, state: State, rest: str) -> str:
        item, _, knife = rest.partition(" with ")
        o, held = self.item_index.get(item, -1), state.held
        if o < 0 or held < 0 or not self.knives >> held & 1 or self.item_names[held] != knife:
            return NOTHING
        bit = 1 << o
        if not state.at[state.place] & self.sliceable & bit:
            return NOTHING
        if not state.sliced & bit:
            state.sliced |= bit
            state.key = (state.key + self.key_item[o] * self.key_flag["sliced"]) % PRIME
        return f"You sliced the {item} with the {knife}."

    def _examine(self, state: State, rest: str) -> str:
        r = self._reachable(state, rest)
        if r >= 0:
            return describe_receptacle(self, state, r)
        o = state.held
        if o < 0 or self.item_names[o] != rest:
            return NOTHING
        if self.containers >> o & 1:
            return f"This is a normal {rest}. In it, you see {self.insides[o]}."
        return examine_object(
            rest,
            clean=bool(state.clean >> o & 1),
            hot=bool(state.hot >> o & 1),
            cool=bool(state.cool >> o & 1),
            on=bool(state.toggled & self.toggleable & 1 << o),
            sliced=bool(state.sliced >> o & 1),
            sliceable=bool(self.sliceable >> o & 1),
        )

    def _look(self, state: State, rest: str) -> str:
        if rest:
            return NOTHING
        return describe_place(self, state)

    def _inventory(self, state: State, rest: str) -> str:
        if rest:
            return NOTHING
        return "You are not carrying anything." if state.held < 0 else f"You are carrying: {self.phrases[state.held]}."

    def _help(self, state: State, rest: str) -> str:
        if rest:
            return NOTHING
        return HELP if self.game.help_text is None else self.game.help_text

    # Rules that several commands share -----------------------------------------------------------------------------

    def _reachable(self, state: State, name: str) -> int:
        """The receptacle of that name at the agent's place, else -1."""
        r = self.receptacle_index.get(name, -1)
        return r if r >= 0 and self.place_of[r] == state.place else -1

    def _treated(self, state: State, rest: str, verb: str) -> int:
        """The object in hand if ``rest`` is "it with a station here" and the two go together, else -1."""
        item, _, station = rest.partition(" with ")
        r, o = self._reachable(state, station), state.held
        if r < 0 or o < 0 or self.item_names[o] != item:
            return -1
        return o if self.stations[verb] >> r & 1 and self.treatable[verb] >> o & 1 else -1

    def _changed(self, state: State) -> None:
        """The agent, an object or a lamp is elsewhere or on: what was known of the state is out of date."""
        state.commands = None
        state.won = self._wins(state)

    def _wins(self, state: State) -> bool:
        goal = self.game.goal.task_type
        if goal == "look_at_obj_in_light":
            if state.held < 0 or not self.goal_items >> state.held & 1:
                return False
            return bool(self.inside_here(state) & self.goal_lamps & state.toggled)
        wanted = self.goal_items
        if goal == "pick_clean_then_place_in_recep":
            wanted &= state.clean
        elif goal == "pick_heat_then_place_in_recep":
            wanted &= state.hot
        elif goal == "pick_cool_then_place_in_recep":
            wanted &= state.cool
        if not wanted:
            return False
        two = goal == "pick_two_obj_and_place"
        for r in self.goal_places:
            found = state.contents[r] & wanted
            if found and (not two or found & found - 1):
                return True
        return False
