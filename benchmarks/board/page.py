"""The board as one page: a file with its style, its script and its numbers, drawn with the parts of the run report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.board.arms import TEMPERATURE
from benchmarks.board.scores import MEASURES, Line
from benchmarks.board.summary import MANY, TRAIN, Height, SliceSummary, Summary
from sge_agent.report.page import document, static
from sge_agent.stats import Estimate

TITLE = "The exploration board"
SCRIPTS = ("columns", "table", "scatter", "claims", "page")
_OWN = Path(__file__).parent / "static"


def write_page(found: Summary, out: Path) -> None:
    """Write the page; the same results give the same bytes."""
    out.write_text(page(found), encoding="utf-8")


def page(found: Summary) -> str:
    style = "\n".join((static(("base", "results"), "css"), _own("board.css")))
    script = "\n".join((static(("dom", "stats", "chart"), "js"), *(_own(f"{name}.js") for name in SCRIPTS)))
    return document(TITLE, style=style, script=script, data=data(found))


def data(found: Summary) -> dict[str, Any]:
    """Numbers for the script, rounded; an estimate is [mean, low, high]."""
    return {
        "title": TITLE,
        "runs": found.runs,
        "temperature": TEMPERATURE,
        "measures": list(MEASURES),
        "many": MANY.removeprefix(TRAIN),
        "arms": [
            {"name": one.name, "kind": one.kind, "text": one.text, "papers": one.papers, "settings": one.settings}
            for one in found.arms
        ],
        "overall": {arm: [*_rounded(estimate), rank] for arm, (estimate, rank) in found.overall.items()},
        "shared": found.shared,
        "slices": [_slice(one) for one in found.slices],
    }


def _slice(one: SliceSummary) -> dict[str, Any]:
    return {
        "name": one.where.name,
        "title": one.where.title,
        "base": {k: _rounded(Estimate(*values)) for k, values in one.base_passes.items()},
        "lines": {line.arm: _line(one, line) for line in one.board},
        "curves": {arm: [_height(point) for point in points] for arm, points in one.curves.items()},
        "leash": {
            "k": one.leashes[0].k,
            "base": _rounded(one.leashes[0].base),
            "many": _rounded(one.leashes[0].base_many),
            "broken": [leash.arm for leash in one.leashes if leash.broken],
            "narrowed": [leash.arm for leash in one.leashes if leash.narrowed],
        },
        "reaches": [[r.arm, r.reached, r.alone, r.sge_alone] for r in one.reaches],
        "correlations": [[c.role, c.on_sge, _estimate(c.rho)] for c in one.correlations],
    }


def _line(one: SliceSummary, line: Line) -> dict[str, Any]:
    return {
        "rank": line.rank,
        "tied": one.shares_rank(line),
        "seeds": line.seeds,
        "estimates": [_rounded(line.estimates[name]) for name in MEASURES],
        "first": line.first,
        "forgotten": _estimate(line.forgotten),
        "gain": _estimate(one.gains.get(line.arm)),
        "tokens": round(line.tokens),
        "seconds": round(line.seconds, 1),
        "episodes": round(line.episodes),
        "errors": len(line.errors),
    }


def _height(point: Height) -> list[float]:
    return [round(point.episodes), round(point.tokens), *_rounded(point.success)]


def _estimate(one: Estimate | None) -> list[float] | None:
    return None if one is None else _rounded(one)


def _rounded(one: Estimate) -> list[float]:
    """Mean, low and high; adding 0 takes the minus from a zero."""
    return [round(value, 3) + 0.0 for value in (one.mean, one.low, one.high)]


def _own(name: str) -> str:
    return (_OWN / name).read_text(encoding="utf-8").strip()
