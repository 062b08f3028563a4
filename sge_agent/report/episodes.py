"""Episodes to read: which are worth a look, and how one is laid out. Text of a model or an env is escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from sge_agent.transcripts import Transcript
from sge_agent.types import Segment, Turn

PHASE_ORDER = ("before", "train", "after")
SHADED_TOKENS = 3000
"""Episodes with more sampled tokens are shown without shading per token: the page stays light."""
LONG_TEXT = 4000
"""Longer observations are cut in the page; the transcript has them whole."""


@dataclass(frozen=True, slots=True)
class Pick:
    """An episode chosen for reading and why."""

    transcript: Transcript
    first_success: bool = False


def first_successes(transcripts: Sequence[Transcript]) -> dict[str, Transcript]:
    """The earliest successful training episode of every task, by task key."""
    found: dict[str, Transcript] = {}
    for transcript in sorted(
        (t for t in transcripts if t.phase == "train"), key=lambda t: (t.update, t.group, t.member)
    ):
        if transcript.trajectory.success:
            found.setdefault(transcript.trajectory.task.key, transcript)
    return found


def choose(transcripts: Sequence[Transcript], *, tasks: int = 8, per_task: int = 6) -> list[list[Pick]]:
    """Up to ``per_task`` episodes of up to ``tasks`` tasks, in the order of time.

    Of every task: one from before the training, an early failure, the first success, the last training episode and one
    from after it. Tasks whose first success is known come first, the earliest of them in front.
    """
    found = first_successes(transcripts)
    by_task: dict[str, list[Transcript]] = {}
    for transcript in transcripts:
        by_task.setdefault(transcript.trajectory.task.key, []).append(transcript)
    order = sorted(by_task, key=lambda key: (found[key].update if key in found else math.inf, list(by_task).index(key)))
    return [
        [Pick(t, first_success=t is found.get(key)) for t in _worth_reading(by_task[key], found.get(key), per_task)]
        for key in order[:tasks]
    ]


def _worth_reading(episodes: Sequence[Transcript], first: Transcript | None, most: int) -> list[Transcript]:
    training = [t for t in episodes if t.phase == "train"]
    wanted = [
        *([first] if first else []),
        *[t for t in episodes if t.phase == "before"][:1],
        *[t for t in episodes if t.phase == "after"][:1],
        *[t for t in training if not t.trajectory.success][:1],
        *training[-1:],
        *[t for t in training if t.trajectory.spec.hint][:1],
    ]
    chosen: list[Transcript] = []
    for transcript in wanted:
        if not any(transcript is c for c in chosen) and len(chosen) < most:
            chosen.append(transcript)
    return sorted(chosen, key=lambda t: (PHASE_ORDER.index(t.phase) if t.phase in PHASE_ORDER else 3, t.update))


def episode_html(pick: Pick, *, open_: bool = False) -> str:
    """One episode that folds: a summary line, the hint, and turn by turn what was seen, planned and done."""
    transcript = pick.transcript
    trajectory = transcript.trajectory
    verdict = "success" if trajectory.success else "failure"
    badges = [f'<span class="badge {verdict}">{verdict}</span>']
    if pick.first_success:
        badges.append('<span class="badge first">first success</span>')
    if trajectory.spec.hint:
        badges.append('<span class="badge hinted">with hint</span>')
    if trajectory.error:
        badges.append('<span class="badge failure">broke off</span>')
    when = {"before": "before training", "after": "after training"}.get(transcript.phase, f"update {transcript.update}")
    plan = " → ".join(trajectory.strategies)
    turns = "".join(
        _turn_html(number, turn, texts, trajectory.sampled_tokens <= SHADED_TOKENS)
        for number, (turn, texts) in enumerate(zip(trajectory.turns, transcript.texts), start=1)
    )
    hint = (
        f'<div class="hint"><h5>Hint shown</h5><pre>{escape(trajectory.spec.hint.strip())}</pre></div>'
        if trajectory.spec.hint
        else ""
    )
    return (
        f'<details class="episode" data-verdict="{verdict}"{" open" if open_ else ""}>'
        f'<summary><span class="when">{when}</span>{"".join(badges)}'
        f'<span class="plan">{escape(_cut(plan, 160)) or "<em>no strategy written</em>"}</span></summary>'
        f'<div class="body">{hint}<ol class="turns">{turns}</ol>{_end_html(transcript)}</div></details>'
    )


def _turn_html(number: int, turn: Turn, texts: Sequence[Sequence[str]], shaded: bool) -> str:
    parts = [f'<div class="observation"><pre>{escape(_cut(turn.observation.strip(), LONG_TEXT))}</pre></div>']
    for segment, pieces in zip(turn.segments, texts):
        if not segment.text.strip():
            body = "<em>nothing written</em>"
        else:
            body = _shaded(segment, pieces) if shaded else escape(segment.text.strip())
        parts.append(f'<div class="said {segment.role}"><h5>{segment.role}{_heat(segment)}</h5><pre>{body}</pre></div>')
    written = " ".join(segment.text for segment in turn.segments if segment.role == "action")
    if turn.action not in written:
        parts.append(
            f'<div class="note">sent to the environment: <code>{escape(turn.action) or "(nothing)"}</code></div>'
        )
    error = turn.info.get("action_error")
    if error:
        parts.append(f'<div class="note bad">{escape(str(error))}</div>')
    if turn.reward:
        parts.append(f'<div class="note">reward {turn.reward:g}</div>')
    return f'<li><span class="number">turn {number}</span>{"".join(parts)}</li>'


def _end_html(transcript: Transcript) -> str:
    trajectory = transcript.trajectory
    rows = []
    if trajectory.final_observation.strip():
        rows.append(f"<pre>{escape(_cut(trajectory.final_observation.strip(), LONG_TEXT))}</pre>")
    facts = [("outcome", transcript.outcome), ("feedback", transcript.feedback), ("error", trajectory.error)]
    rows += [f"<p><b>{name}</b> {escape(text)}</p>" for name, text in facts if text]
    return f'<div class="end">{"".join(rows)}</div>'


def _shaded(segment: Segment, pieces: Sequence[str]) -> str:
    """Tokens with the improbable ones marked: class s1 below 50 %, s2 below 20 %, s3 below 5 %, s4 below 1 %."""
    out = []
    for text, logprob, temperature in zip(pieces, segment.logprobs, segment.temperatures):
        level = sum(logprob < math.log(p) for p in (0.5, 0.2, 0.05, 0.01))
        if level == 0 or not text:
            out.append(escape(text))
        else:
            title = f"{math.exp(logprob):.1%} at temperature {temperature:g}"
            out.append(f'<span class="s{level}" title="{title}">{escape(text)}</span>')
    return "".join(out).rstrip("\n")


def _heat(segment: Segment) -> str:
    temperatures = sorted(set(segment.temperatures))
    if not temperatures:
        return ""
    text = f"{temperatures[0]:g}" if len(temperatures) == 1 else f"{temperatures[0]:g} to {temperatures[-1]:g}"
    return f" <span>temperature {text}</span>"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + " …"
