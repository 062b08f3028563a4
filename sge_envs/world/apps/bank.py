"""Bank: accounts, transactions, transfers, payees, scheduled payments, cards, budgets, disputes."""

from __future__ import annotations

from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.clock import plus_days
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Amount, Date, Format, Month, Name, Page, PageSize, Text
from sge_envs.world.money import cents, dollars, money
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE bank_accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, number TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('checking', 'savings', 'joint')), balance_cents INTEGER NOT NULL,
    overdraft_cents INTEGER NOT NULL DEFAULT 0, daily_limit_cents INTEGER NOT NULL, holder TEXT NOT NULL
);
CREATE TABLE bank_payees (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, number TEXT NOT NULL UNIQUE, nickname TEXT NOT NULL DEFAULT ''
);
CREATE TABLE bank_transactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL REFERENCES bank_accounts (id), at TEXT NOT NULL,
    amount_cents INTEGER NOT NULL, party TEXT NOT NULL, reference TEXT NOT NULL, category TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL CHECK (kind IN ('payment', 'card', 'transfer', 'income', 'refund')),
    refund_of INTEGER REFERENCES bank_transactions (id)
);
CREATE INDEX bank_transactions_account ON bank_transactions (account_id, at);
CREATE INDEX bank_transactions_refund ON bank_transactions (refund_of);
CREATE TABLE bank_scheduled (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL REFERENCES bank_accounts (id),
    payee_id INTEGER NOT NULL REFERENCES bank_payees (id), amount_cents INTEGER NOT NULL, reference TEXT NOT NULL,
    next_date TEXT NOT NULL, every TEXT NOT NULL CHECK (every IN ('once', 'week', 'month', 'year')),
    paused INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE bank_cards (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL REFERENCES bank_accounts (id), name TEXT NOT NULL,
    last4 TEXT NOT NULL, expires TEXT NOT NULL, monthly_limit_cents INTEGER NOT NULL, frozen INTEGER NOT NULL DEFAULT 0,
    online INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE bank_budgets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, category TEXT NOT NULL UNIQUE, monthly_cents INTEGER NOT NULL
);
CREATE TABLE bank_disputes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, transaction_id INTEGER NOT NULL UNIQUE REFERENCES bank_transactions (id),
    reason TEXT NOT NULL, opened_at TEXT NOT NULL
);
"""

Category = Literal[
    "groceries", "dining", "rent", "utilities", "transport", "travel", "shopping", "health", "entertainment", "income",
    "transfer", "other",
]  # fmt: skip
Every = Literal["once", "week", "month", "year"]
Kind = Literal["payment", "card", "transfer", "income", "refund"]
DISPUTE_DAYS = 60


def _an_account_number(text: str) -> str:
    plain = text.replace(" ", "").upper()
    if len(plain) != 12 or not plain.isascii() or not plain[:2].isalpha() or not plain[2:].isdigit():
        raise ValueError(text)
    return plain


AccountNumber = Annotated[str, Format("account number", "NB1234567890", _an_account_number)]


# Reading ------------------------------------------------------------------------------------------------------------


def list_accounts(db: Database) -> Record:
    """List the user's accounts.

    Returns:
        accounts, each with id, name, number, kind, balance and available (balance with the overdraft).
    """
    return {
        "accounts": [
            {
                **{name: row[name] for name in ("id", "name", "number", "kind")},
                "balance": money(row["balance_cents"]),
                "available": money(row["balance_cents"] + row["overdraft_cents"]),
            }
            for row in db.rows("SELECT * FROM bank_accounts ORDER BY id")
        ]
    }


def show_account(db: Database, account_id: int) -> Record:
    """Show an account in full.

    Args:
        account_id: The account's id.

    Returns:
        id, name, number, kind, holder, balance, overdraft, daily_limit and spent_today.
    """
    row = _account(db, account_id)
    return {
        **{name: row[name] for name in ("id", "name", "number", "kind", "holder")},
        "balance": money(row["balance_cents"]),
        "overdraft": money(row["overdraft_cents"]),
        "daily_limit": money(row["daily_limit_cents"]),
        "spent_today": money(_spent_today(db, account_id)),
    }


def list_transactions(
    db: Database,
    account_id: int | None = None,
    since: Date | None = None,
    until: Date | None = None,
    query: str | None = None,
    category: Category | None = None,
    kind: Kind | None = None,
    min_amount: Amount | None = None,
    max_amount: Amount | None = None,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """List transactions, the newest first; every filter that is given must hold. Money spent has a negative amount.

    Args:
        account_id: Only this account.
        since: On this date or later.
        until: On this date or earlier.
        query: Words that must stand in the other party, the reference or the note.
        category: Only this category.
        kind: Only this kind.
        min_amount: At least this much, whether spent or received.
        max_amount: At most this much, whether spent or received.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and transactions with id, account_id, at, amount, party, reference, category and kind.
    """
    where = Where()
    if account_id is not None:
        _account(db, account_id)
    where.given("account_id = ?", account_id)
    where.given("at >= ?", since)
    where.given("substr(at, 1, 10) <= ?", until)
    where.words(("party", "reference", "note"), query)
    where.given("category = ?", category)
    where.given("kind = ?", kind)
    where.given("abs(amount_cents) >= ?", None if min_amount is None else cents(min_amount))
    where.given("abs(amount_cents) <= ?", None if max_amount is None else cents(max_amount))
    sql = (
        "SELECT id, account_id, at, amount_cents, party, reference, category, kind FROM bank_transactions {where} "
        "ORDER BY at DESC, id DESC"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"transactions": [_with_money(row) for row in found]}


def show_transaction(db: Database, transaction_id: int) -> Record:
    """Show a transaction in full.

    Args:
        transaction_id: The transaction's id.

    Returns:
        All fields, and dispute_id (null where none is open).
    """
    row = _transaction(db, transaction_id)
    dispute = db.value("SELECT id FROM bank_disputes WHERE transaction_id = ?", transaction_id)
    return _with_money(row) | {"dispute_id": dispute}


def spending_by_category(db: Database, month: Month, account_id: int | None = None) -> Record:
    """Add up what was spent in a month, by category; refunds are taken off, transfers between own accounts left out.

    Args:
        month: The month.
        account_id: Only this account; by default all.

    Returns:
        month, total, and categories with category and spent, the largest first.
    """
    where = Where()
    where.add("substr(at, 1, 7) = ?", month)
    where.add("kind NOT IN ('income', 'transfer')")
    if account_id is not None:
        _account(db, account_id)
    where.given("account_id = ?", account_id)
    rows = db.rows(
        f"SELECT category, -SUM(amount_cents) AS spent FROM bank_transactions {where} GROUP BY category "
        "ORDER BY spent DESC, category",
        *where.values,
    )
    categories = [{"category": row["category"], "spent": money(row["spent"])} for row in rows]
    return {"month": month, "total": money(sum(row["spent"] for row in rows)), "categories": categories}


def statement(db: Database, account_id: int, month: Month) -> Record:
    """Show an account's month in numbers.

    Args:
        account_id: The account's id.
        month: The month.

    Returns:
        opening (balance before the month), income, spent, closing (balance after it) and transactions (how many).
    """
    row = _account(db, account_id)
    found = db.one(
        "SELECT COUNT(*) AS number, COALESCE(SUM(max(amount_cents, 0)), 0) AS came, "
        "COALESCE(SUM(min(amount_cents, 0)), 0) AS went FROM bank_transactions "
        "WHERE account_id = ? AND substr(at, 1, 7) = ?",
        account_id,
        month,
    )
    assert found is not None
    later = db.value(
        "SELECT COALESCE(SUM(amount_cents), 0) FROM bank_transactions WHERE account_id = ? AND substr(at, 1, 7) > ?",
        account_id,
        month,
    )
    closing = row["balance_cents"] - later
    return {
        "opening": money(closing - found["came"] - found["went"]),
        "income": money(found["came"]),
        "spent": money(-found["went"]),
        "closing": money(closing),
        "transactions": found["number"],
    }


def list_payees(db: Database, query: str | None = None) -> Record:
    """List the payees the user has saved.

    Args:
        query: Words that must stand in the name, nickname or account number.

    Returns:
        payees, each with id, name, number and nickname.
    """
    where = Where()
    where.words(("name", "nickname", "number"), query)
    return {"payees": db.rows(f"SELECT * FROM bank_payees {where} ORDER BY name, id", *where.values)}


def list_scheduled(db: Database) -> Record:
    """List the scheduled payments, the nearest first.

    Returns:
        scheduled, each with id, account_id, payee_id, payee, amount, reference, next_date, every and paused.
    """
    rows = db.rows(
        "SELECT s.id, s.account_id, s.payee_id, p.name AS payee, s.amount_cents, s.reference, s.next_date, s.every, s.paused "
        "FROM bank_scheduled s JOIN bank_payees p ON p.id = s.payee_id ORDER BY s.next_date, s.id"
    )
    return {"scheduled": [_with_money(row) | {"paused": bool(row["paused"])} for row in rows]}


def list_cards(db: Database) -> Record:
    """List the cards.

    Returns:
        cards, each with id, account_id, name, last4, expires, monthly_limit, frozen and online (may be used online).
    """
    return {
        "cards": [
            {
                **{name: row[name] for name in ("id", "account_id", "name", "last4", "expires")},
                "monthly_limit": money(row["monthly_limit_cents"]),
                "frozen": bool(row["frozen"]),
                "online": bool(row["online"]),
            }
            for row in db.rows("SELECT * FROM bank_cards ORDER BY id")
        ]
    }


def list_budgets(db: Database, month: Month | None = None) -> Record:
    """List the monthly budgets with what is left of them.

    Args:
        month: The month; by default the current one.

    Returns:
        month, and budgets with category, monthly, spent and left (negative when overspent).
    """
    wanted = month or db.today[:7]
    spent = {row["category"]: row["spent"] for row in spending_by_category(db, wanted)["categories"]}
    budgets = []
    for row in db.rows("SELECT * FROM bank_budgets ORDER BY category"):
        used = cents(spent.get(row["category"], 0.0))
        budgets.append(
            {
                "category": row["category"],
                "monthly": money(row["monthly_cents"]),
                "spent": money(used),
                "left": money(row["monthly_cents"] - used),
            }
        )
    return {"month": wanted, "budgets": budgets}


def list_disputes(db: Database) -> Record:
    """List the open disputes.

    Returns:
        disputes, each with id, transaction_id, party, amount, reason and opened_at.
    """
    rows = db.rows(
        "SELECT d.id, d.transaction_id, t.party, t.amount_cents, d.reason, d.opened_at FROM bank_disputes d "
        "JOIN bank_transactions t ON t.id = d.transaction_id ORDER BY d.id"
    )
    return {"disputes": [_with_money(row) for row in rows]}


# Writing ------------------------------------------------------------------------------------------------------------


def transfer(
    db: Database, from_account_id: int, to_account_id: int, amount: Amount, reference: str = "Transfer"
) -> Record:
    """Move money between two of the user's own accounts. The daily limit does not count here.

    Args:
        from_account_id: The account it leaves.
        to_account_id: The account it goes to.
        amount: How much.
        reference: What it is for.

    Returns:
        transaction_id (of the account it leaves) and balance (what is left there).
    """
    source, target = _account(db, from_account_id), _account(db, to_account_id)
    if from_account_id == to_account_id:
        raise invalid("from_account_id and to_account_id must be two different accounts.")
    _check_funds(source, cents(amount))
    sent = _book(db, source, -cents(amount), target["name"], reference, "transfer", "transfer")
    _book(db, target, cents(amount), source["name"], reference, "transfer", "transfer")
    return {"transaction_id": sent, "balance": money(source["balance_cents"] - cents(amount))}


def pay(
    db: Database, account_id: int, payee_id: int, amount: Amount, reference: Name, category: Category = "other"
) -> Record:
    """Pay a saved payee at once. The account's daily limit counts.

    Args:
        account_id: The account to pay from.
        payee_id: Whom to pay: see bank.list_payees.
        amount: How much.
        reference: What it is for, such as an invoice number.
        category: Category of the payment.

    Returns:
        transaction_id and balance (what is left).
    """
    payee = _payee(db, payee_id)
    account = _account(db, account_id)
    _check_spending(db, account, cents(amount))
    sent = _book(db, account, -cents(amount), payee["name"], reference, category, "payment")
    return {"transaction_id": sent, "balance": money(account["balance_cents"] - cents(amount))}


def add_payee(db: Database, name: Name, number: AccountNumber, nickname: str = "") -> Record:
    """Save a payee.

    Args:
        name: Name of the account's holder.
        number: The account number, two letters and ten digits, not saved yet.
        nickname: A name of the user's own for it.

    Returns:
        id of the payee.
    """
    known = db.value("SELECT name FROM bank_payees WHERE number = ?", number)
    if known is not None:
        raise conflict(f"The account {number} is saved already, as {known}.")
    if db.value("SELECT id FROM bank_accounts WHERE number = ?", number) is not None:
        raise conflict(f"{number} is your own account: use bank.transfer.")
    return {"id": db.insert("bank_payees", {"name": name.strip(), "number": number, "nickname": nickname})}


def update_payee(db: Database, payee_id: int, name: Name | None = None, nickname: str | None = None) -> Record:
    """Change name or nickname of a payee; what is not given stays.

    Args:
        payee_id: The payee's id.
        name: New name.
        nickname: New nickname.

    Returns:
        id of the payee and changed, the names of the fields that were set.
    """
    _payee(db, payee_id)
    values = {key: value for key, value in (("name", name), ("nickname", nickname)) if value is not None}
    if not values:
        raise invalid("Nothing to change: give a name or a nickname.")
    db.update("bank_payees", payee_id, values)
    return {"id": payee_id, "changed": list(values)}


def delete_payee(db: Database, payee_id: int) -> Record:
    """Delete a payee without scheduled payments.

    Args:
        payee_id: The payee's id.

    Returns:
        id of the deleted payee.
    """
    payee = _payee(db, payee_id)
    if db.value("SELECT id FROM bank_scheduled WHERE payee_id = ?", payee_id) is not None:
        raise conflict(f"{payee['name']} has scheduled payments: cancel them first.")
    db.delete("bank_payees", payee_id)
    return {"id": payee_id}


def schedule_payment(
    db: Database,
    account_id: int,
    payee_id: int,
    amount: Amount,
    reference: Name,
    first_date: Date,
    every: Every = "once",
) -> Record:
    """Schedule a payment, once or repeated.

    Args:
        account_id: The account to pay from.
        payee_id: Whom to pay.
        amount: How much each time.
        reference: What it is for.
        first_date: The first day, after today.
        every: How often.

    Returns:
        id of the scheduled payment.
    """
    _account(db, account_id)
    _payee(db, payee_id)
    _check_future(db, first_date)
    values = {
        "account_id": account_id,
        "payee_id": payee_id,
        "amount_cents": cents(amount),
        "reference": reference,
        "next_date": first_date,
        "every": every,
    }
    return {"id": db.insert("bank_scheduled", values)}


def update_scheduled(
    db: Database,
    scheduled_id: int,
    amount: Amount | None = None,
    reference: Name | None = None,
    next_date: Date | None = None,
    every: Every | None = None,
    paused: bool | None = None,
) -> Record:
    """Change a scheduled payment; what is not given stays.

    Args:
        scheduled_id: The scheduled payment's id.
        amount: New amount.
        reference: New reference.
        next_date: New next day, after today.
        every: How often from now on.
        paused: True to pause it, false to let it go on.

    Returns:
        id of the scheduled payment and changed, the names of the fields that were set.
    """
    _scheduled(db, scheduled_id)
    given = {"reference": reference, "next_date": next_date, "every": every}
    values: Record = {name: value for name, value in given.items() if value is not None}
    if amount is not None:
        values["amount_cents"] = cents(amount)
    if paused is not None:
        values["paused"] = int(paused)
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    if next_date is not None:
        _check_future(db, next_date)
    db.update("bank_scheduled", scheduled_id, values)
    return {"id": scheduled_id, "changed": [name.removesuffix("_cents") for name in values]}


def cancel_scheduled(db: Database, scheduled_id: int) -> Record:
    """Cancel a scheduled payment for good.

    Args:
        scheduled_id: The scheduled payment's id.

    Returns:
        id of the cancelled payment.
    """
    _scheduled(db, scheduled_id)
    db.delete("bank_scheduled", scheduled_id)
    return {"id": scheduled_id}


def freeze_card(db: Database, card_id: int, frozen: bool = True) -> Record:
    """Freeze a card so that nobody can pay with it, or release it.

    Args:
        card_id: The card's id.
        frozen: True to freeze, false to release.

    Returns:
        id and frozen.
    """
    _card(db, card_id)
    db.update("bank_cards", card_id, {"frozen": int(frozen)})
    return {"id": card_id, "frozen": frozen}


def set_card_limit(db: Database, card_id: int, monthly_limit: Amount) -> Record:
    """Set how much a card may spend in a month, at most 10,000.

    Args:
        card_id: The card's id.
        monthly_limit: The new limit.

    Returns:
        id and monthly_limit.
    """
    _card(db, card_id)
    if monthly_limit > 10_000:
        raise limit_reached("A card's monthly limit can be 10,000.00 at most.")
    db.update("bank_cards", card_id, {"monthly_limit_cents": cents(monthly_limit)})
    return {"id": card_id, "monthly_limit": monthly_limit}


def allow_online(db: Database, card_id: int, online: bool) -> Record:
    """Allow or forbid payments online with a card.

    Args:
        card_id: The card's id.
        online: True to allow.

    Returns:
        id and online.
    """
    _card(db, card_id)
    db.update("bank_cards", card_id, {"online": int(online)})
    return {"id": card_id, "online": online}


def set_daily_limit(db: Database, account_id: int, daily_limit: Amount) -> Record:
    """Set how much an account may pay out in a day, at most 20,000. Only for accounts that the user holds alone.

    Args:
        account_id: The account's id.
        daily_limit: The new limit.

    Returns:
        id and daily_limit.
    """
    row = _account(db, account_id)
    if row["kind"] == "joint":
        raise not_allowed(f"{row['name']} is held together with {row['holder']}: the bank changes its limit.")
    if daily_limit > 20_000:
        raise limit_reached("An account's daily limit can be 20,000.00 at most.")
    db.update("bank_accounts", account_id, {"daily_limit_cents": cents(daily_limit)})
    return {"id": account_id, "daily_limit": daily_limit}


def rename_account(db: Database, account_id: int, name: Name) -> Record:
    """Give an account another name.

    Args:
        account_id: The account's id.
        name: The new name.

    Returns:
        id and name.
    """
    _account(db, account_id)
    db.update("bank_accounts", account_id, {"name": name.strip()})
    return {"id": account_id, "name": name.strip()}


def set_category(db: Database, transaction_id: int, category: Category) -> Record:
    """Put a transaction into another category. Transfers and income keep theirs.

    Args:
        transaction_id: The transaction's id.
        category: The new category.

    Returns:
        id and category.
    """
    row = _transaction(db, transaction_id)
    if row["kind"] in ("transfer", "income") or category in ("transfer", "income"):
        raise not_allowed("Transfers and income have categories of their own.")
    db.update("bank_transactions", transaction_id, {"category": category})
    return {"id": transaction_id, "category": category}


def set_note(db: Database, transaction_id: int, note: Text) -> Record:
    """Write a note of the user's own to a transaction.

    Args:
        transaction_id: The transaction's id.
        note: The note, in place of the old one; empty for none.

    Returns:
        id and note.
    """
    _transaction(db, transaction_id)
    db.update("bank_transactions", transaction_id, {"note": note})
    return {"id": transaction_id, "note": note}


def set_budget(db: Database, category: Category, monthly: Amount) -> Record:
    """Set the monthly budget of a category, new or in place of the old one.

    Args:
        category: The category.
        monthly: How much may be spent in a month.

    Returns:
        category and monthly.
    """
    if category in ("transfer", "income"):
        raise invalid("Transfers and income have no budget.")
    known = db.value("SELECT id FROM bank_budgets WHERE category = ?", category)
    if known is None:
        db.insert("bank_budgets", {"category": category, "monthly_cents": cents(monthly)})
    else:
        db.update("bank_budgets", known, {"monthly_cents": cents(monthly)})
    return {"category": category, "monthly": monthly}


def delete_budget(db: Database, category: Category) -> Record:
    """Delete the budget of a category.

    Args:
        category: The category.

    Returns:
        category.
    """
    known = db.value("SELECT id FROM bank_budgets WHERE category = ?", category)
    if known is None:
        raise not_found("budget for", category)
    db.delete("bank_budgets", known)
    return {"category": category}


def open_dispute(db: Database, transaction_id: int, reason: Name) -> Record:
    """Dispute a payment or card transaction of the last 60 days.

    Args:
        transaction_id: The transaction's id.
        reason: What is wrong with it.

    Returns:
        id of the dispute.
    """
    row = _transaction(db, transaction_id)
    if row["kind"] not in ("payment", "card"):
        raise not_allowed("Only payments and card transactions can be disputed.")
    if row["at"] < plus_days(db.now, -DISPUTE_DAYS):
        raise not_allowed(f"The transaction is older than {DISPUTE_DAYS} days.")
    if db.value("SELECT id FROM bank_disputes WHERE transaction_id = ?", transaction_id) is not None:
        raise conflict(f"The transaction {transaction_id} is disputed already.")
    values = {"transaction_id": transaction_id, "reason": reason, "opened_at": db.now}
    return {"id": db.insert("bank_disputes", values)}


def withdraw_dispute(db: Database, dispute_id: int) -> Record:
    """Withdraw a dispute.

    Args:
        dispute_id: The dispute's id.

    Returns:
        id of the withdrawn dispute.
    """
    if db.get("bank_disputes", dispute_id) is None:
        raise not_found("dispute", dispute_id)
    db.delete("bank_disputes", dispute_id)
    return {"id": dispute_id}


# For other apps -----------------------------------------------------------------------------------------------------


def charge(db: Database, account_id: int, amount: int, payee: str, reference: str, category: str) -> int:
    """Pay ``amount`` cents from an account, as other apps do; the transaction's id is returned.

    Raises:
        OperationError: there is no such account, not enough money on it, or its daily limit is reached.
    """
    account = _account(db, account_id)
    _check_spending(db, account, amount)
    return _book(db, account, -amount, payee, reference, category, "card")


def refund(db: Database, transaction_id: int, amount: int) -> int:
    """Give back ``amount`` cents of a transaction; the new transaction's id is returned."""
    row = _transaction(db, transaction_id)
    account = _account(db, row["account_id"])
    reference = f"Refund: {row['reference']}"
    return _book(db, account, amount, row["party"], reference, row["category"], "refund", transaction_id)


def record_payment(
    plot: Plot,
    payee: str,
    amount: int,
    at: str,
    reference: str,
    category: str,
    *,
    kind: Kind = "card",
    account: int = 0,
    refund_of: int | None = None,
) -> int:
    """Put a transaction into a world being made; ``amount`` cents above 0 are spent, below 0 received.

    ``account`` is the place among the accounts: 0 for the main one.
    """
    row = plot.rows("bank_accounts")[account]
    row["balance_cents"] -= amount
    values = {"account_id": row["id"], "at": at, "amount_cents": -amount, "party": payee, "reference": reference}
    return plot.add("bank_transactions", values | {"category": category, "kind": kind, "refund_of": refund_of})


# The inside ---------------------------------------------------------------------------------------------------------


def _account(db: Database, account_id: int) -> Row:
    row = db.get("bank_accounts", account_id)
    if row is None:
        raise not_found("account", account_id)
    return row


def _payee(db: Database, payee_id: int) -> Row:
    row = db.get("bank_payees", payee_id)
    if row is None:
        raise not_found("payee", payee_id)
    return row


def _transaction(db: Database, transaction_id: int) -> Row:
    row = db.get("bank_transactions", transaction_id)
    if row is None:
        raise not_found("transaction", transaction_id)
    return row


def _scheduled(db: Database, scheduled_id: int) -> Row:
    row = db.get("bank_scheduled", scheduled_id)
    if row is None:
        raise not_found("scheduled payment", scheduled_id)
    return row


def _card(db: Database, card_id: int) -> Row:
    row = db.get("bank_cards", card_id)
    if row is None:
        raise not_found("card", card_id)
    return row


def _with_money(row: Row) -> Row:
    shown = {name: value for name, value in row.items() if name != "amount_cents"}
    return shown | {"amount": money(row["amount_cents"])}


def _spent_today(db: Database, account_id: int) -> int:
    return int(
        db.value(
            "SELECT COALESCE(-SUM(amount_cents), 0) FROM bank_transactions WHERE account_id = ? AND at >= ? "
            "AND amount_cents < 0 AND kind IN ('payment', 'card')",
            account_id,
            db.today,
        )
    )


def _check_funds(account: Row, amount: int) -> None:
    available = account["balance_cents"] + account["overdraft_cents"]
    if amount > available:
        raise limit_reached(f"{account['name']} has {dollars(available)} available, and {dollars(amount)} are needed.")


def _check_spending(db: Database, account: Row, amount: int) -> None:
    if account["kind"] == "savings":
        raise not_allowed(f"Nothing can be paid from the savings account {account['name']}: transfer the money first.")
    _check_funds(account, amount)
    left = account["daily_limit_cents"] - _spent_today(db, account["id"])
    if amount > left:
        raise limit_reached(
            f"{account['name']} can pay out {dollars(left)} more today, and {dollars(amount)} are needed."
        )


def _check_future(db: Database, date: str) -> None:
    if date <= db.today:
        raise invalid(f"The date must be after today ({db.today}).")


def _book(
    db: Database,
    account: Row,
    amount: int,
    party: str,
    reference: str,
    category: str,
    kind: str,
    refund_of: int | None = None,
) -> int:
    db.update("bank_accounts", account["id"], {"balance_cents": account["balance_cents"] + amount})
    values = {
        "account_id": account["id"],
        "at": db.now,
        "amount_cents": amount,
        "party": party,
        "reference": reference,
        "category": category,
        "kind": kind,
        "refund_of": refund_of,
    }
    return db.insert("bank_transactions", values)


# The generated history ----------------------------------------------------------------------------------------------

LANDLORD, POWER, PHONE = "Parkview Housing", "Copperfield Energy", "Clearline Mobile"
_SHOPS: dict[str, tuple[str, ...]] = {
    "groceries": ("Fresh Corner", "Green Basket", "Daily Market"),
    "dining": ("Luigi's", "Noodle House", "Blue Door Cafe"),
    "transport": ("City Transit", "QuickFuel", "Metro Taxi"),
    "entertainment": ("Star Cinema", "Streamline TV", "City Museum"),
    "health": ("Corner Pharmacy", "Main Street Dental"),
    "shopping": ("Paper & Pen", "Hammer & Nail", "Sports Barn"),
}


def generate(plot: Plot) -> None:
    """Three accounts, payees, three months of income, bills and purchases (some booked twice), cards and budgets."""
    dice = plot.dice("bank")
    partner = plot.who("family")[0]
    for name, kind, balance, overdraft, limit, holder in (
        ("Main account", "checking", dice.integer(9000, 16000), 500, 2500, plot.me.name),
        ("Savings", "savings", dice.integer(3000, 20000), 0, 2000, plot.me.name),
        ("Household", "joint", dice.integer(2500, 4000), 0, 1500, f"{plot.me.name} and {partner.name}"),
    ):
        values = {
            "name": name,
            "kind": kind,
            "number": _number(dice),
            "balance_cents": balance * 100 + dice.integer(0, 99),
        }
        limits = {"overdraft_cents": overdraft * 100, "daily_limit_cents": limit * 100}
        plot.add("bank_accounts", values | limits | {"holder": holder})
    payees = {
        name: plot.add("bank_payees", {"name": name, "number": _number(dice)}) for name in (LANDLORD, POWER, PHONE)
    }
    for person in some(dice, plot.who("friend", "family", "service"), 6):
        plot.add("bank_payees", {"name": person.name, "number": _number(dice), "nickname": person.first})
    _bills(plot, dice, payees)
    for _ in range(70):
        _purchase(plot, dice)
    for place, (name, frozen) in enumerate(
        (("Debit card", 0), ("Credit card", 0), ("Household card", 0), ("Old card", 1))
    ):
        row = plot.rows("bank_accounts")[2 if place == 2 else 0]
        card = {"account_id": row["id"], "name": name, "last4": f"{dice.integer(0, 9999):04d}", "frozen": frozen}
        expires = plot.day(dice.integer(60, 900) if not frozen else -dice.integer(30, 400))[:7]
        plot.add("bank_cards", card | {"expires": expires, "monthly_limit_cents": dice.integer(5, 30) * 10_000})
    for category in some(dice, tuple(_SHOPS), 4):
        plot.add("bank_budgets", {"category": category, "monthly_cents": dice.integer(8, 40) * 1000})


def _number(dice: Dice) -> str:
    return f"NB{dice.integer(0, 10**10 - 1):010d}"


def _bills(plot: Plot, dice: Dice, payees: dict[str, int]) -> None:
    """Salary, rent, power and phone of the last months; the coming ones are scheduled."""
    salary, rent, power, phone = (
        dice.integer(low, high) * 100 for low, high in ((3200, 5200), (900, 1500), (55, 120), (15, 40))
    )
    for months in (3, 2, 1):
        first = 15 - 30 * months
        record_payment(plot, plot.me.company, -salary, plot.at(first, 6), "Salary", "income", kind="income")
        record_payment(plot, LANDLORD, rent, plot.at(first + 2, 7), "Rent", "rent", kind="payment")
        used = power + dice.integer(-900, 900)
        record_payment(plot, POWER, used, plot.at(first + 4, 7), f"Power bill {months}", "utilities", kind="payment")
        record_payment(plot, PHONE, phone, plot.at(first + 6, 7), "Phone", "utilities", kind="payment")
    main = plot.rows("bank_accounts")[0]["id"]
    for name, amount, reference in ((LANDLORD, rent, "Rent"), (PHONE, phone, "Phone")):
        values = {"account_id": main, "payee_id": payees[name], "amount_cents": amount, "reference": reference}
        plot.add("bank_scheduled", values | {"next_date": plot.day(dice.integer(2, 25)), "every": "month"})


def _purchase(plot: Plot, dice: Dice) -> None:
    category = dice.one(tuple(_SHOPS), (5, 4, 3, 2, 1, 2))
    at = plot.at(-dice.integer(1, 85), dice.integer(8, 21), dice.integer(0, 59))
    amount, party = dice.integer(350, 9800), dice.one(_SHOPS[category])
    account = 2 if category == "groceries" and dice.chance(0.4) else 0
    reference = f"Card {dice.integer(1000, 9999)}"
    record_payment(plot, party, amount, at, reference, category, account=account)
    if dice.chance(0.04):  # booked twice by mistake
        record_payment(plot, party, amount, at, reference, category, account=account)


APP = App(
    name="bank",
    about="Accounts, transactions, transfers and payments, payees, scheduled payments, cards, budgets and disputes.",
    tables=TABLES,
    generate=generate,
    reads=(
        *(
            list_accounts,
            show_account,
            list_transactions,
            show_transaction,
            spending_by_category,
            statement,
            list_payees,
        ),
        *(list_scheduled, list_cards, list_budgets, list_disputes),
    ),
    writes=(
        *(transfer, pay, add_payee, update_payee, delete_payee, schedule_payment, update_scheduled, cancel_scheduled),
        *(
            freeze_card,
            set_card_limit,
            allow_online,
            set_daily_limit,
            rename_account,
            set_category,
            set_note,
            set_budget,
        ),
        *(delete_budget, open_dispute, withdraw_dispute),
    ),
)
