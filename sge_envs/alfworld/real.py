"""Subclasses of textworld's that remember what it would compute again. Importing this needs the extra ``alfworld``."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

import fast_downward
import textworld
from alfworld.agents.utils.misc import Demangler
from textworld.core import EnvInfos, GameState
from textworld.envs.pddl import logic as pddl_logic
from textworld.envs.pddl import textgen
from textworld.envs.pddl.pddl import PddlEnv
from textworld.logic import Proposition, Rule, Type, Variable

from sge_envs.errors import DataCorrupt

_FREE: list[
    Any
] = []  # copies of the planner library: each plays one game at a time, and unloading one crashes the process

_Context = dict[str, Any]


class CachedEnv(PddlEnv):  # type: ignore[misc]  # textworld has no types
    """textworld's PDDL environment with ALFWorld's names: same states, same texts, less work."""

    def __init__(self) -> None:
        self.downward_lib: Any = None  # until there is one: garbage is closed too
        textworld.Environment.__init__(self, EnvInfos(admissible_commands=True, won=True))
        self.downward_lib = _FREE.pop() if _FREE else fast_downward.load_lib()

    def load(self, filename_or_data: Mapping[str, Any]) -> None:
        """Load the content of a game file."""
        self._game_file = None
        self._game_data = filename_or_data
        self.walkthrough = filename_or_data.get("walkthrough")
        self._logic = _parse_logic(filename_or_data["pddl_domain"], filename_or_data["grammar"])
        self._pddl_state = self._new_state()
        self._entity_infos = self._get_entity_infos()
        names = Demangler(game_infos=self._entity_infos)
        for info in self._entity_infos.values():
            info.name = names.demangle_alfred_name(info.id)

    def reset(self) -> Any:
        """Begin the loaded game again."""
        self._pddl_state = self._new_state()
        self.prev_state = None
        self.state = GameState()
        self._last_action = None
        self._moves = 0
        context = {
            "state": self._pddl_state,
            "facts": (),
            "variables": {},
            "mapping": {},
            "entity_infos": self._entity_infos,
        }
        self.state.feedback = self.state.raw = self._logic.grammar.derive("#intro#", context)
        self._gather_infos()
        return self.state

    def release(self) -> None:
        """Leave this environment's copy of the planner library to the next one; a second call is legal."""
        library, self.downward_lib = self.downward_lib, None
        if library is not None:
            _FREE.append(library)

    def close(self) -> None:
        """End the environment; textworld calls this also when it is garbage."""
        self.release()

    def _new_state(self) -> _State:
        return _State(self.downward_lib, self._game_data["pddl_problem"], self._logic)


class _State(pddl_logic.PddlState):  # type: ignore[misc]
    """A state that starts from a remembered translation of its problem."""

    def __init__(self, downward_lib: Any, problem: str, logic: Any) -> None:
        self._facts: dict[Any, set[Proposition]] = defaultdict(set)
        self._vars_by_name: dict[str, Variable] = {}
        self._vars_by_type: dict[str, set[Variable]] = defaultdict(set)
        self._var_counts: Counter[str] = Counter()
        self._logic = logic
        self.downward_lib = downward_lib
        self.pddl_problem = problem
        self.task, self.sas = _translate(logic.domain, problem)
        self._actions = {action.name: action for action in self.task.actions}
        self.name2type = {one.name: one.type_name for one in self.task.objects}
        for kind in self.task.types:
            with suppress(ValueError):  # the logic, which is remembered, knows the type already
                logic.types.add(Type(kind.name, kind.supertype_names))
        downward_lib.load_sas(self.sas.encode("utf-8"))
        self.add_facts(self._static_facts())
        self.add_facts(self._dynamic_facts())

    def _static_facts(self) -> Iterator[Proposition]:
        for atom in self.task.init:
            if isinstance(atom, fast_downward.translate.pddl.conditions.Atom) and atom.predicate != "=":
                yield Proposition(atom.predicate, [Variable(arg, self.name2type[arg]) for arg in atom.args])

    def _dynamic_facts(self) -> Iterator[Proposition]:
        atoms = (pddl_logic.Atom * self.downward_lib.get_state_size())()
        self.downward_lib.get_state(atoms)
        for fact in (atom.get_fact(self.name2type) for atom in atoms):
            if not fact.is_negation:
                yield fact


class _Grammar(textgen.ContextSensitiveGrammar):  # type: ignore[misc]
    """ALFWorld's grammar, derived over symbols that are parsed once and never copied."""

    def __init__(self, original: Any) -> None:
        super().__init__()
        self.update(original)

    def derive(self, start: str, context: _Context | None = None) -> str:
        """The text that ``start`` stands for in a context."""
        return "".join(self._texts(_parse_symbols(start), context or {}))

    def _texts(self, symbols: Any, context: _Context) -> Iterator[str]:
        for symbol in symbols:
            yield from self._text(symbol, context)

    def _text(self, symbol: Any, context: _Context) -> Iterator[str]:
        if isinstance(symbol, textgen.TerminalSymbol):
            yield str(symbol)
        elif isinstance(symbol, textgen.NonterminalSymbol):
            yield from self._texts(self._choose(symbol, context).rhs, context)
        elif isinstance(symbol, textgen.EvalSymbol):
            yield str(eval(_compile(symbol.expression), {}, context["variables"]))  # the grammar's own expressions
        elif isinstance(symbol, textgen.ConditionalSymbol):
            for found in _query(symbol.given, context):
                yield from self._text(symbol.expression, found)
        elif isinstance(symbol, textgen.ListSymbol):
            yield self._enumerate(symbol.symbol, context)
        else:
            raise TypeError(f"expected a symbol of textworld's grammar, got {type(symbol).__name__}")

    def _enumerate(self, symbol: Any, context: _Context) -> str:
        """A list of all that matches, with the grammar's own separators."""
        parts = ["".join(self._text(symbol.expression, found)) for found in _query(symbol.given, context)]
        if not parts:
            return self.derive("#list_empty#", context)
        if len(parts) == 1:
            return parts[0]
        between, last = self.derive("#list_separator#", context), self.derive("#list_last_separator#", context)
        return between.join(parts[:-1]) + last + parts[-1]

    def _choose(self, symbol: Any, context: _Context) -> Any:
        """The first production whose condition holds."""
        rules = self._rules.get(str(symbol))
        if not rules:
            raise textgen.CSGUnknownSymbolError(symbol)
        return next(rule for rule in rules if not rule.condition or _holds(rule.condition, context))


def _holds(condition: str, context: _Context) -> bool:
    matches = context["state"].all_assignments(_parse_query(condition), context["mapping"])
    return next(iter(matches), None) is not None


def _query(given: str | None, context: _Context) -> Iterator[_Context]:
    """The contexts in which a condition holds."""
    if not given:
        yield context
        return
    infos = context["entity_infos"]
    for match in context["state"].all_assignments(_parse_query(given), context["mapping"]):
        found = {placeholder.name: infos[variable.name] for placeholder, variable in match.items()}
        mapping = {**context["mapping"], **match}
        yield {**context, "variables": {**context["variables"], **found}, "mapping": mapping}


@lru_cache(maxsize=4)
def _translate(domain: str, problem: str) -> tuple[Any, str]:
    """The problem in the planner's terms. The translator overwrites ``sys.argv`` and exits on bad PDDL."""
    argv, out = sys.argv, sys.stdout
    try:
        task, sas = fast_downward.pddl2sas(domain, problem)
    except SystemExit as error:
        raise DataCorrupt(f"The real engine cannot translate this game's PDDL (exit status {error.code}).") from error
    finally:
        sys.argv, sys.stdout = argv, out
    return task, sas


@lru_cache(maxsize=8)
def _parse_logic(domain: str, grammar: str) -> Any:
    logic = pddl_logic.GameLogic(domain=domain, grammar=grammar)
    logic.grammar = _Grammar(logic.grammar)
    return logic


@lru_cache(maxsize=4096)
def _parse_symbols(text: str) -> tuple[Any, ...]:
    return tuple(textgen._parse_and_convert(text, rule_name="symbols"))


@lru_cache(maxsize=1024)
def _parse_query(text: str) -> Any:
    return Rule.parse_conjunctive_query(text)


@lru_cache(maxsize=1024)
def _compile(expression: str) -> Any:
    return compile(expression.strip(), "<grammar>", "eval")
