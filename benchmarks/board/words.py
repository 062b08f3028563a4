"""The board as Markdown: the part of docs/leaderboard.md that is made from the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.board.scores import MAIN, MEASURES, Line
from benchmarks.board.summary import MANY, REFERENCE, TRAIN, SliceSummary, Summary
from sge_agent.stats import Estimate

BEGIN, END = "<!-- generated: board -->", "<!-- end -->"
BEST = 15
"""Rows of a table, beside those that are always there."""
ALWAYS = ("sge", REFERENCE)
OTHERS = [name for name in MEASURES if name != MAIN]
NONE = "–"


def write_words(found: Summary, file: Path) -> None:
    """Put the generated part into ``file``; the words around it stay."""
    file.write_text(with_generated(file.read_text(encoding="utf-8"), markdown(found)), encoding="utf-8")


def with_generated(text: str, generated: str) -> str:
    """``text`` with another part between the markers. Raises ``ValueError`` where they do not stand there once each, in order."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in tail:
        raise ValueError(
            f"the generated part goes between {BEGIN} and {END}, each once: found {text.count(BEGIN)} and {text.count(END)}"
        )
    return f"{head}{BEGIN}\n\n{generated}\n{END}{tail}"


def markdown(found: Summary) -> str:
    parts = [*_overall(found), *(line for one in found.slices for line in _slice(one)), *_claims(found.slices)]
    return "\n".join(parts).strip() + "\n"


def _overall(found: Summary) -> list[str]:
    counts = Counter(rank for _, rank in found.overall.values())
    boards = {one.where.name: {line.arm: line for line in one.board} for one in found.slices}
    by_slice = {name: boards[name] for name in found.shared}
    shown, rest = _shown({arm: estimate for arm, (estimate, _) in found.overall.items()})
    rows = [
        [
            _rank(rank, shared=counts[rank] > 1),
            arm,
            str(estimate),
            *(f"{by_slice[name][arm].estimates[MAIN].mean:.2f}" for name in by_slice),
        ]
        for arm in shown
        for estimate, rank in [found.overall[arm]]
    ]
    heads = ["rank", "method", "mean of slices", *(_title(name) for name in by_slice)]
    of = f"Held-out pass@1, mean over the slices that most methods were played on: {', '.join(map(_title, by_slice))}."
    return ["### All slices", "", of, "", *_table(heads, rows), "", *rest]


def _slice(one: SliceSummary) -> list[str]:
    columns = [
        *("rank", "method", MAIN, f"gain over {REFERENCE}", *OTHERS),
        *("first success", "forgotten", "tokens", "CPU s", "seeds"),
    ]
    lines = {line.arm: line for line in one.board}
    shown, rest = _shown({arm: line.estimates[MAIN] for arm, line in lines.items()})
    rows = [_row(one, lines[arm]) for arm in shown]
    passes = [_base(one, name) for name in OTHERS]
    rows.append([NONE, "untrained model", NONE, NONE, *passes, *[NONE] * 5])
    title = f"{one.where.title[0].upper()}{one.where.title[1:]}."
    return [f"### {_title(one.where.name)}", "", title, "", *_table(columns, rows), "", *rest]


def _row(one: SliceSummary, line: Line) -> list[str]:
    return [
        _rank(line.rank, shared=one.shares_rank(line)),
        line.arm,
        str(line.estimates[MAIN]),
        _signed(one.gains.get(line.arm)),
        *(f"{line.estimates[name].mean:.2f}" for name in OTHERS),
        NONE if line.first is None else f"{line.first:,.0f}",
        NONE if line.forgotten is None else f"{line.forgotten.mean:.2f}",
        f"{line.tokens:,.0f}",
        f"{line.seconds:.0f}",
        str(line.seeds),
    ]


def _base(one: SliceSummary, measure: str) -> str:
    """What is known of the untrained model: pass@k of the training tasks."""
    return f"{one.base_passes[measure.removeprefix(TRAIN)][0]:.2f}" if measure.startswith(TRAIN) else NONE


def _claims(slices: Sequence[SliceSummary]) -> list[str]:
    leash = [
        [
            _title(one.where.name),
            f"pass@{one.leashes[0].k} {one.leashes[0].base}",
            str(one.leashes[0].base_many),
            _counted([leash.arm for leash in one.leashes if leash.broken], len(one.leashes)),
            _counted([leash.arm for leash in one.leashes if leash.narrowed], len(one.leashes)),
        ]
        for one in slices
    ]
    entropy = [
        [_title(one.where.name), found.role, "on SGE" if found.on_sge else "alone", _signed(found.rho)]
        for one in slices
        for found in one.correlations
    ]
    reached = [
        [
            _title(one.where.name),
            found.arm,
            str(found.seeds),
            str(found.reached),
            str(found.alone),
            str(found.sge_alone),
        ]
        for one in slices
        for found in one.reaches
    ]
    return [
        "### Does training pass what the base reaches in many attempts?",
        "",
        *_table(
            [
                "slice",
                "base, many attempts",
                f"base {MANY.removeprefix('train ')}",
                "beyond the base",
                "narrower than the base",
            ],
            leash,
        ),
        "",
        "### Does entropy predict success?",
        "",
        *_table(["slice", "tokens", "methods", "Spearman's correlation"], entropy),
        "",
        "### Do methods on tokens reach outcomes that strategies do not?",
        "",
        *_table(["slice", "method", "seeds", "reached", "not by sge", "by sge alone"], reached),
    ]


def _shown(board: Mapping[str, Estimate]) -> tuple[list[str], list[str]]:
    """The best arms and those that are always there, in the order of ``board``; and sentences about the rest."""
    never = [arm for arm, estimate in board.items() if estimate.high == 0]
    best = [arm for arm in board if arm not in never]
    shown = [arm for arm in board if arm in ALWAYS or arm in best[:BEST]]
    further = [arm for arm in best if arm not in shown]
    failed = [arm for arm in never if arm not in shown]
    sentences = []
    if further:
        sentences.append(f"Below them, best first: {_names(further)}.")
    if failed:
        sentences.append(f"Without any success on held-out tasks in any seed: {_names(failed)}.")
    return shown, [line for sentence in sentences for line in (sentence, "")]


def _names(arms: Sequence[str]) -> str:
    return ", ".join(f"`{arm}`" for arm in arms)


def _counted(names: Sequence[str], total: int) -> str:
    few = f": {_names(names)}" if 0 < len(names) <= 5 else ""
    return f"{len(names)} of {total}{few}"


def _rank(rank: int, *, shared: bool) -> str:
    return f"{'=' if shared else ''}{rank}"


def _signed(one: Estimate | None) -> str:
    if one is None:
        return NONE
    mean, low, high = (round(value, 2) + 0.0 for value in (one.mean, one.low, one.high))  # + 0.0: no zero has a minus
    return f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]"


def _title(slice: str) -> str:
    return slice.replace("_", " ")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]
