"""The page itself: a verdict first, then the curves, the settings and the episodes. One file, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any

from sge_agent.metrics import clock_text
from sge_agent.report.chart import Line, chart
from sge_agent.report.episodes import choose, episode_html, first_successes
from sge_agent.report.load import SETS, RunData, moving_average
from sge_agent.settings import shown

COLOURS = 6
SET_NAMES = {"train": "Training tasks", "held_out": "Held-out tasks"}


def page_html(runs: Sequence[RunData]) -> str:
    """The whole report of one run, or of several side by side."""
    static = resources.files("sge_agent.report") / "static"
    style = (static / "style.css").read_text(encoding="utf-8")
    script = (static / "script.js").read_text(encoding="utf-8")
    title = _run_title(runs[0]) if len(runs) == 1 else f"{len(runs)} runs compared"
    head = _verdict(runs[0]) if len(runs) == 1 else _comparison(runs)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>"
        f"<header><h1>{escape(title)}</h1>{_subtitle(runs)}</header>{head}"
        f"{_curves(runs)}{_settings(runs)}{''.join(_episodes(run, named=len(runs) > 1) for run in runs)}"
        f"</main><script>{script}</script></body></html>\n"
    )


def _run_title(run: RunData) -> str:
    return f"{str(run.config.get('explore', 'run')).upper()} on {run.config.get('env') or run.name}"


def _subtitle(runs: Sequence[RunData]) -> str:
    if len(runs) > 1:
        return ""
    run = runs[0]
    last: Mapping[str, Any] = run.rows[-1] if run.rows else {}
    facts = [f"run {run.name}", f"seed {run.config.get('seed', '?')}"]
    if last:
        facts.append(f"{int(last['update'])} updates, {int(last.get('episodes_total', 0)):,} episodes")
        facts.append(f"{clock_text(float(last.get('elapsed', 0)))} of training")
    state = str(run.status.get("status", "unknown"))
    mark = "" if state == "finished" else f' <span class="badge failure">{escape(state)}</span>'
    reason = str(run.status.get("error") or "")
    why = f'<p class="warning">{escape(reason)}</p>' if reason else ""
    return f'<p class="facts">{escape(" · ".join(facts))}{mark}</p>{why}'


def _pass_at_one(run: RunData, phase: str, set_: str) -> Mapping[str, Any] | None:
    found = run.evaluations.get(phase, {}).get(set_)
    estimate: Mapping[str, Any] | None = found["pass_at"].get("1") if found else None
    return estimate


def _verdict(run: RunData) -> str:
    cards = []
    for set_ in SETS:
        before, after = (_pass_at_one(run, phase, set_) for phase in ("before", "after"))
        if before is None and after is None:
            continue
        final = after or before
        assert final is not None
        measured = run.evaluations["after" if after else "before"][set_]
        cards.append(
            f'<section class="card"><h2>{SET_NAMES[set_]}</h2>'
            f'<p class="change"><span class="from">{_number(before)}</span> <span class="arrow">→</span> '
            f'<span class="to">{_number(after)}</span></p>'
            f"{_gauge(before, after)}"
            f'<p class="small">pass@1 before and after; 95 % interval over {len(measured["tasks"])} tasks '
            f"{final['low']:.2f} to {final['high']:.2f}; {measured['episodes']:,} episodes, no hints, "
            f"temperature {measured['temperature']:g}</p></section>"
        )
    solved = first_successes(run.transcripts)
    seen = len({t.trajectory.task.key for t in run.transcripts if t.phase == "train"})
    if seen:
        tasks = run.config.get("tasks") or seen
        first = min((t.update for t in solved.values()), default=None)
        when = f"first success in update {first}" if first is not None else "no success yet"
        cards.append(
            '<section class="card"><h2>Tasks ever solved in training</h2>'
            f'<p class="change"><span class="to">{len(solved)}</span>'
            f' <span class="of">of {tasks}</span></p><p class="small">{when}</p></section>'
        )
    return f'<div class="cards">{"".join(cards)}</div>{_pass_table(run)}'


def _gauge(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    parts = []
    if after is not None:
        low, high, mean = (100 * float(after[k]) for k in ("low", "high", "mean"))
        parts.append(f'<i class="bar" style="width:{mean:.1f}%"></i>')
        parts.append(f'<i class="interval" style="left:{low:.1f}%;width:{max(high - low, 0.5):.1f}%"></i>')
    if before is not None:
        parts.append(f'<i class="mark" style="left:{100 * float(before["mean"]):.1f}%"></i>')
    return f'<div class="gauge">{"".join(parts)}</div>'


def _pass_table(run: RunData) -> str:
    ks = sorted({int(k) for p in run.evaluations.values() for e in p.values() for k in e["pass_at"]})
    if not ks:
        return ""
    rows = []
    for phase, sets in run.evaluations.items():
        for set_, result in sets.items():
            cells = "".join(f"<td>{_interval(result['pass_at'].get(str(k)))}</td>" for k in ks)
            rows.append(
                f"<tr><th>{escape(phase)}, {SET_NAMES.get(set_, escape(set_)).lower()}</th>{cells}"
                f"<td>{result['distinct_outcomes']:.1f}</td><td>{result['turns']:.1f}</td><td>{result['tokens']:.0f}</td></tr>"
            )
    head = "".join(f"<th>pass@{k}</th>" for k in ks)
    return (
        '<section><h2>Evaluation</h2><div class="scroll"><table class="numbers"><thead><tr><th></th>'
        f"{head}<th>outcomes per task</th><th>turns</th><th>tokens</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _comparison(runs: Sequence[RunData]) -> str:
    rows = []
    for number, run in enumerate(runs):
        cells = "".join(
            f"<td>{_interval(_pass_at_one(run, phase, set_))}</td>" for set_ in SETS for phase in ("before", "after")
        )
        first = next((int(r["update"]) for r in run.rows if r.get("success")), None)
        rows.append(
            f'<tr><th><i class="swatch c{number % COLOURS}"></i>{escape(run.name)}</th>'
            f"<td>{escape(str(run.config.get('explore', '')))}</td>"
            f"<td>{escape(str(run.config.get('seed', '')))}</td>{cells}<td>{first if first is not None else '–'}</td>"
            f"<td>{escape(str(run.status.get('status', 'unknown')))}</td></tr>"
        )
    return (
        '<section><h2>Results</h2><p class="small">pass@1 with 95 % intervals over tasks</p>'
        '<div class="scroll"><table class="numbers">'
        "<thead><tr><th>run</th><th>arm</th><th>seed</th><th>train, before</th><th>train, after</th>"
        "<th>held-out, before</th><th>held-out, after</th><th>first success (update)</th><th>status</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _curves(runs: Sequence[RunData]) -> str:
    single = len(runs) == 1
    figures = [_success_chart(runs)]
    wanted = (
        (
            "distinct_outcomes",
            "Distinct outcomes per task",
            "how many different things the episodes of one task ended in",
        ),
        ("distinct_strategies", "Distinct strategies per task", "how many different ones its episodes followed"),
        ("entropy/strategy", "Entropy of strategy tokens", "nats, at the sampling temperature"),
        ("entropy/action", "Entropy of action tokens", "nats, at the sampling temperature"),
        ("tokens_per_second", "Tokens sampled per second of playing", ""),
    )
    for name, title, note in wanted:
        lines = [
            Line("this run" if single else run.name, moving_average(run.curve(name), 5), i % COLOURS)
            for i, run in enumerate(runs)
        ]
        figures.append(chart(title, lines, note=note))
    drawn = "".join(figures)
    return f'<section><h2>Learning curves</h2><div class="charts">{drawn}</div></section>' if drawn else ""


def _success_chart(runs: Sequence[RunData]) -> str:
    lines: list[Line] = []
    for number, run in enumerate(runs):
        colour = number % COLOURS
        raw = run.curve("success")
        if len(runs) > 1:
            lines.append(Line(run.name, moving_average(raw, 9), colour))
            continue
        lines += [
            Line("plain", raw, 0, faint=True),
            Line("plain episodes", moving_average(raw, 9), 0),
            Line("with hints", moving_average(run.curve("success/hinted"), 9), 1, dashed=True),
            Line("evaluation, training tasks", run.curve("eval/train"), 2),
            Line("evaluation, held-out tasks", run.curve("eval/held_out"), 3),
        ]
    note = "share of episodes, mean of 9 updates" + ("" if len(runs) == 1 else ", without hints")
    return chart("Success in training", lines, note=note, top=1.0)


def _settings(runs: Sequence[RunData]) -> str:
    names = list(dict.fromkeys(name for run in runs for name in run.config))
    rows = []
    for name in names:
        values = [escape(_setting_text(run.config.get(name))) for run in runs]
        same = "" if len(set(values)) == 1 else ' class="differs"'
        shown_values = values[:1] if len(set(values)) == 1 and len(runs) > 1 else values
        span = f' colspan="{len(runs)}"' if len(shown_values) < len(values) else ""
        rows.append(
            f"<tr{same}><th>{escape(name)}</th>{''.join(f'<td{span}>{value}</td>' for value in shown_values)}</tr>"
        )
    head = (
        f"<thead><tr><th></th>{''.join(f'<th>{escape(run.name)}</th>' for run in runs)}</tr></thead>"
        if len(runs) > 1
        else ""
    )
    return (
        f'<section><details class="settings"><summary><h2>Settings</h2></summary><div class="scroll"><table>{head}'
        f"<tbody>{''.join(rows)}</tbody></table></div></details></section>"
    )


def _setting_text(value: Any) -> str:
    return "" if value is None else shown(tuple(value) if isinstance(value, list) else value)


def _episodes(run: RunData, *, named: bool) -> str:
    if not run.transcripts:
        return ""
    blocks = []
    for number, picks in enumerate(choose(run.transcripts, tasks=3 if named else 8)):
        trajectory = picks[0].transcript.trajectory
        goal = str(trajectory.first_info.get("goal") or trajectory.task.key)
        opened = (
            next((i for i, pick in enumerate(picks) if pick.first_success), 0) if number == 0 and not named else None
        )
        shown_episodes = "".join(episode_html(pick, open_=i == opened) for i, pick in enumerate(picks))
        blocks.append(
            f'<article class="task"><h3>{escape(goal)}</h3>'
            f'<p class="small key">{escape(trajectory.task.key)}</p>{shown_episodes}</article>'
        )
    title = f"Episodes of {escape(run.name)}" if named else "Episodes to read"
    return (
        f'<section class="episodes"><h2>{title}</h2><p class="legend-line">'
        '<span class="key-strategy">strategy, sampled hot</span>'
        '<span class="key-action">action, sampled cold</span><span class="key-shade"><span class="s1">less</span> '
        '<span class="s2">and</span> <span class="s3">less</span> <span class="s4">probable</span> tokens</span></p>'
        '<p class="filter" hidden><label><input type="radio" name="show-{0}" value="all" checked> all</label>'
        '<label><input type="radio" name="show-{0}" value="success"> successes</label>'
        '<label><input type="radio" name="show-{0}" value="failure"> failures</label></p>{1}</section>'
    ).format(escape(run.name, quote=True), "".join(blocks))


def _number(estimate: Mapping[str, Any] | None) -> str:
    return "–" if estimate is None else f"{float(estimate['mean']):.2f}"


def _interval(estimate: Mapping[str, Any] | None) -> str:
    if estimate is None:
        return "–"
    return f'{estimate["mean"]:.2f} <span class="range">{estimate["low"]:.2f}–{estimate["high"]:.2f}</span>'
