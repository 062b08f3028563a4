"""Dates and times of the world as text that sorts: ``2025-03-14``, ``2025-03-14T09:30``, ``09:30``."""

from __future__ import annotations

from datetime import date, datetime, timedelta


def moment(when: datetime) -> str:
    """``2025-03-14T09:30``: the form in which every time is stored and shown."""
    return when.isoformat(timespec="minutes")


def parse_moment(text: str) -> datetime:
    """The inverse of ``moment``."""
    return datetime.fromisoformat(text)


def parse_date(text: str) -> date:
    """The date in ``2025-03-14``, or the date of a moment."""
    return date.fromisoformat(text[:10])


def plus_minutes(text: str, minutes: int) -> str:
    """The moment ``minutes`` after another one."""
    return moment(parse_moment(text) + timedelta(minutes=minutes))


def plus_days(text: str, days: int) -> str:
    """The date (or the moment) ``days`` after another one, in the same form."""
    if "T" in text:
        return moment(parse_moment(text) + timedelta(days=days))
    return (parse_date(text) + timedelta(days=days)).isoformat()


def minutes_between(start: str, end: str) -> int:
    """Whole minutes from one moment to a later one."""
    return int((parse_moment(end) - parse_moment(start)).total_seconds() // 60)


def weekday(text: str) -> str:
    """The English name of the day of a date or moment."""
    return f"{parse_date(text):%A}"
