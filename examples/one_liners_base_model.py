"""Rebuild the embedded one-liners base model: a 0.4 M-parameter language model that writes one-line programs.

    python examples/one_liners_base_model.py --out sge_agent/checkpoints/one_liners    (about 3 minutes of CPU time)

A strategy names the kind of each of the two steps ("sum, remainder"), and the program carries it out. The base is narrow in
what it proposes and wide in what it can carry out, as large models are by themselves. Demonstrations are of three kinds, all
through the agent's own prompts, on problems of the split ``train``, none of them judged:

* natural: the strategy says how the base reads the statement, and is followed. It reads "Add", "Subtract" and "Multiply"
  rightly, and four phrases (``MISREAD``) wrongly, each in one of two ways;
* instructed: the strategy names any two of thirteen kinds and is followed; the strategy itself is not learned;
* reflection: strategies that failed are shown, the new one is not among them: a usual reading while there is one left, then
  any kind for the misread phrase; or one that worked is shown, and is repeated.

Without a hint the model learns to keep all but its own readings improbable. So a problem with a misread phrase is about never
solved by the base, by construction: exploration is the bottleneck.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import gymnasium
import numpy as np

from sge_agent.agent import StrategyAgent
from sge_agent.cloning import Example, Line, demonstrate, make_base_model
from sge_agent.episode import Episode
from sge_agent.lessons import Desk
from sge_agent.policy import Policy
from sge_agent.prompts import COMPACT, Attempt
from sge_agent.types import EpisodeSpec, TaskRef, Trajectory

MIX = {"natural": 0.3, "instructed": 0.3, "reflection": 0.4}
KINDS = {
    "sum": "{it} + {by}",
    "difference": "{it} - {by}",
    "product": "{it} * {by}",
    "minimum": "min({it}, {by})",
    "maximum": "max({it}, {by})",
    "quotient": "{it} // {by}",
    "remainder": "{it} % {by}",
    "ratio": "{it} / {by}",
    "power": "{it} ** {by}",
    "distance": "abs({it} - {by})",
    "union": "{it} | {by}",
    "overlap": "{it} & {by}",
    "contrast": "{it} ^ {by}",
}
"""What a step can be: how a strategy calls it, and how a program writes it."""
READ = {"Add": "sum", "Subtract": "difference", "Multiply by": "product"}
"""Phrases that the base understands."""
MISREAD = {
    "Take the smaller of it and": ("difference", "distance"),
    "Take the larger of it and": ("sum", "union"),
    "Divide by": ("ratio", "difference"),
    "Take the remainder of division by": ("ratio", "distance"),
}
"""Phrases that it does not, and how it reads them."""
STEP = re.compile(rf"({'|'.join([*READ, *MISREAD])}) (\w+)")
PHRASES = (
    "# One-liner\n\nStart with",
    *(f". {phrase}" for phrase in (*READ, *MISREAD)),
    ", rounding down",
    ". Return the result.\n\nWrite the function `f`:\n```python\ndef f(",
    ": int,",
    ": int) -> int:\n    ...\n```\n\nExamples:\n```\n>>> f(",
    "\n>>> f(",
    "\n```\n\nAnswer with the whole program in a fenced block. It has to pass",
    " hidden tests within 2 seconds; it can import the standard library alone.",
    *("Strategy:", "Action:", "Failed:", "Worked:", " def f(", "): return"),
    *(f" {kind}" for kind in KINDS),
)
"""Fixed texts that become one token each."""
SPLIT = r" ?[A-Za-z]+| ?-?\d+| ?[^\sA-Za-z\d]|\s+"
"""Pre-tokens: words, numbers and single signs."""

AGENT = StrategyAgent(prompts=COMPACT, when="once")
PROBLEMS = 3000
Pair = tuple[str, str]
"""The kinds of the two steps."""


@dataclass(frozen=True)
class Statement:
    """What a problem says: the observation, the parameters, where one starts, and the two phrases with their operands."""

    text: str
    names: Pair
    start: str
    steps: tuple[Pair, Pair]

    def read(self, step: int) -> tuple[str, ...]:
        """How the base reads the phrase of a step."""
        phrase = self.steps[step][0]
        return MISREAD.get(phrase) or (READ[phrase],)

    def draw(self, rng: np.random.Generator, *, wide: bool) -> Pair:
        """A reading; ``wide``: any kind for a misread phrase."""
        first, second = (
            str(rng.choice(list(KINDS) if wide and self.steps[i][0] in MISREAD else self.read(i))) for i in (0, 1)
        )
        return first, second

    def program(self, kinds: Pair) -> str:
        code = self.start
        for kind, (_, operand) in zip(kinds, self.steps, strict=True):
            form = KINDS[kind]
            inner = f"({code})" if " " in code and form.startswith("{it}") else code
            code = form.format(it=inner, by=operand)
        return f"def f({', '.join(self.names)}): return {code}"


@functools.cache
def statements() -> tuple[Statement, ...]:
    """Problems of the split ``train``, as the environment words them."""
    env = gymnasium.make(
        "sge_envs:SGE-CodeSandbox-v0", source="families", topics="one-liners", disable_env_checker=True
    )
    texts = [str(env.reset(seed=seed)[0]) for seed in range(PROBLEMS)]
    env.close()
    return tuple(read_statement(text) for text in texts)


def read_statement(text: str) -> Statement:
    names = re.findall(r"def f\((\w+): int, (\w+): int\)", text)[0]
    start = re.findall(r"Start with (\w+)\.", text)[0]
    first, second = STEP.findall(text)
    return Statement(text, names, start, (first, second))


def show(policy: Policy, rng: np.random.Generator) -> tuple[Trajectory, Example]:
    """One demonstration of a random kind."""
    kind = str(rng.choice(list(MIX), p=list(MIX.values())))
    statement = statements()[int(rng.integers(PROBLEMS))]
    hint, kinds = "", statement.draw(rng, wide=False)
    if kind == "instructed":
        kinds = draw_any(rng)
    if kind == "reflection":
        hint, kinds = draw_reflection(statement, rng)
    avoid = tuple(line(pair) for pair in find_others(statement, kinds)) if kind == "natural" else ()

    def teach(episode: Episode) -> Line:
        assert episode.request is not None
        if episode.request.role == "strategy":
            return Line(line(kinds), kind != "instructed", avoid)
        return Line(f" {statement.program(kinds)}\n")

    spec = EpisodeSpec(TaskRef("desk", 0), hint=hint)
    return demonstrate(spec, AGENT, Desk(statement.text), teach, policy)


def line(kinds: Pair) -> str:
    return f" {name_strategy(kinds)}\n"


def name_strategy(kinds: Pair) -> str:
    return ", ".join(kinds)


def draw_any(rng: np.random.Generator) -> Pair:
    return str(rng.choice(list(KINDS))), str(rng.choice(list(KINDS)))


def find_others(statement: Statement, kinds: Pair) -> list[Pair]:
    """Strategies that differ from ``kinds`` in one step, in a kind that is no reading of its phrase."""
    first = [(other, kinds[1]) for other in KINDS if other not in statement.read(0)]
    return first + [(kinds[0], other) for other in KINDS if other not in statement.read(1)]


def draw_reflection(statement: Statement, rng: np.random.Generator) -> tuple[str, Pair]:
    """A hint, and the strategy that an attentive reader of it would write."""
    usual = [(a, b) for a in statement.read(0) for b in statement.read(1)]
    drawn = [statement.draw(rng, wide=True) if rng.random() < 0.9 else draw_any(rng) for _ in range(6)]
    order = [*rng.permutation(len(usual))] if rng.random() < 0.7 else []
    failed = list(dict.fromkeys([*(usual[i] for i in order), *drawn]))[: int(rng.integers(1, 7))]
    if rng.random() < 0.3:
        worked = statement.draw(rng, wide=True)
        return render([pair for pair in failed if pair != worked][: int(rng.integers(0, 3))], [worked], rng), worked
    if len(usual) == 1:  # nothing else can be right, whatever became of it
        return render(failed, [], rng), usual[0]
    left = [pair for pair in usual if pair not in failed]
    while not left:
        pair = statement.draw(rng, wide=True)
        left = [pair] if pair not in failed else []
    return render(failed, [], rng), left[int(rng.integers(len(left)))]


def render(failed: list[Pair], worked: list[Pair], rng: np.random.Generator) -> str:
    shown = [Attempt((name_strategy(failed[i]),)) for i in rng.permutation(len(failed))]
    return COMPACT.reflection.render(failures=shown, successes=[Attempt((name_strategy(p),)) for p in worked])


def main() -> None:
    make_base_model(
        show,
        description=__doc__,
        phrases=PHRASES,
        vocab_size=400,
        pattern=SPLIT,
        width=96,
        demonstrations=30_000,
        steps=700,
    )


if __name__ == "__main__":
    main()
