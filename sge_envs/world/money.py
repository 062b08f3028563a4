"""Money: whole cents inside, a number with two decimals outside."""

from __future__ import annotations


def cents(amount: float) -> int:
    """The cents of an amount that an operation was given."""
    return round(amount * 100)


def money(amount: int) -> float:
    """The amount that an operation returns for ``amount`` cents."""
    return amount / 100


def dollars(amount: int) -> str:
    """``$1,204.50``: cents as words in a message or a document."""
    return f"{'-' if amount < 0 else ''}${abs(amount) // 100:,}.{abs(amount) % 100:02d}"
