"""Recognises the rules and texts in a game file: those of ALFWorld's releases, which the engine knows by heart.

A game file brings its own PDDL domain and grammar. Only the parts that a player can meet are compared, so comments,
layout and unused productions may differ; anything else is refused, because it would be played wrongly.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from typing import Any, NamedTuple

from sge_envs.alfworld.texts import HELP

_TASK = re.compile(r'"Your task is to: ((?:[^"\\]|\\.)*)"')
_BLOCK = re.compile(r'"""(.*?)"""', re.DOTALL)
_ACTION = re.compile(r"\baction\s+(\w+)\s*\{(.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r'\b(template|feedback)\s*::\s*"([^"]*)"')
_COMMENT = re.compile(r";[^\n]*")
_COST = re.compile(r"\(increase\s+\([^()]*\)\s+[^()]*\)")
_SINK = re.compile(r"\(receptacletype \?r (sink|sinkbasin)type\)")

_UNUSED_ACTIONS = re.compile(r"^(Pickup|Put)\w*ReceptacleObject\w*$")
_UNUSED = re.compile(r"^(notImplemented$|overview_|overview\(o, r\)|(Pickup|Put)\w*ReceptacleObject\w*\.)")

_GRAMMARS = {"60e1cf0288870ae1": "0.4", "67629827eeae4558": "0.3"}  # hash of the texts and commands -> release
_DOMAIN = "573db7143484ad68"  # hash of the actions; all releases have the same ones


class ForeignRules(ValueError):
    """Rules or texts that are not those of an ALFWorld release."""


class Grammar(NamedTuple):
    """What a grammar says that differs between game files."""

    text_version: str
    task: str
    help_text: str | None  # None: the usual one


def recognise_grammar(grammar: str) -> Grammar:
    """Read the task sentence, the words and the help out of a grammar.

    Raises:
        ForeignRules: the texts are not those of a release, or there is no task.
    """
    task = _TASK.search(grammar)
    if task is None:
        raise ForeignRules("the grammar is not that of an ALFWorld release: it holds no task")
    text_version, help_text = _recognise_texts(grammar[: task.start(1)] + grammar[task.end(1) :])
    return Grammar(text_version, str(json.loads(f'"{task[1]}"')), help_text)


@lru_cache(maxsize=8)
def _recognise_texts(frame: str) -> tuple[str, str | None]:
    """The release and the help of a grammar without its task sentence; those of most game files are the same."""
    try:
        productions: dict[str, Any] = {}
        for block in _BLOCK.findall(frame):
            productions.update(json.loads(block))
        bare_help = productions.pop("help.feedback", [{"rhs": ""}])[0]["rhs"]
    except (ValueError, LookupError, TypeError) as error:
        raise ForeignRules(f"the grammar cannot be read ({error!r})") from error
    actions = {name: dict(_FIELD.findall(_BLOCK.sub("", body))) for name, body in _ACTION.findall(frame)}
    spoken = actions.pop("help", None)
    used = {
        "texts": {key: value for key, value in productions.items() if not _UNUSED.match(key)},
        "actions": {key: value for key, value in actions.items() if not _UNUSED_ACTIONS.match(key)},
    }
    version = _GRAMMARS.get(_hash(json.dumps(used, sort_keys=True)))
    if version is None or (spoken is None) != (version == "0.3"):
        raise ForeignRules("the grammar is not that of an ALFWorld release")
    if spoken is None:
        return version, None
    help_text = _derive_help(str(spoken.get("feedback", "")), str(bare_help))
    return version, None if help_text == HELP else help_text


@lru_cache(maxsize=8)
def recognise_domain(domain: str) -> frozenset[str]:
    """The receptacle types at which a PDDL domain lets objects be cleaned.

    Raises:
        ForeignRules: the actions are not those of a release.
    """
    plain = " ".join(_COST.sub("", _COMMENT.sub("", domain).lower()).replace("(", " ( ").replace(")", " ) ").split())
    plain = plain.replace("( ", "(").replace(" )", ")")
    sinks = frozenset({"sink": "Sink", "sinkbasin": "SinkBasin"}[name] for name in _SINK.findall(plain))
    actions = {part.split()[0]: part for part in _SINK.sub("", plain).split("(:action ")[1:]}
    actions.pop("help", None)
    if _hash("".join("".join(actions[name].split()).rstrip(")") for name in sorted(actions))) != _DOMAIN or not sinks:
        raise ForeignRules("the PDDL domain is not that of an ALFWorld release")
    return sinks


def _derive_help(feedback: str, production: str) -> str:
    r"""The help as textworld says it: line ends at its beginning are skipped, unless they are written as ``\n``."""
    text = production if feedback == "#help.feedback#" else feedback
    return text.lstrip("\t\n\r ").replace("\\n", "\n")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
