"""The pages of the bank: accounts and their statements, transactions, payees, payments to come, cards, budgets."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable

from sge_envs.ui.pages.shared import ACCOUNT
from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing

ACCOUNT_ID = {"account_id": "id"}
OF_ACCOUNT = {"account_id": "account_id"}
TRANSACTION = {"transaction_id": "id"}
PAYEE = {"payee_id": "id"}
SCHEDULED = {"scheduled_id": "id"}
CARD = {"card_id": "id"}
CATEGORY = {"category": "category"}


def _with_account(transaction: Record, look: Look) -> Record:
    """A transaction with the name of its account."""
    return {**transaction, "account": _account_names(look)[transaction["account_id"]]}


def _naming_accounts(key: str) -> Callable[[Record, Look], Record]:
    """A shape for lists: each row of ``key`` has the name of its account."""

    def shape(found: Record, look: Look) -> Record:
        names = _account_names(look)
        return {**found, key: [{**row, "account": names[row["account_id"]]} for row in found[key]]}

    return shape


def _account_names(look: Look) -> dict[int, str]:
    return {one["id"]: one["name"] for one in look("bank.list_accounts", {}).value["accounts"]}


def _with_days(spending: Record, _: Look) -> Record:
    """What was spent in a month, with the month's first and last day."""
    year, month = map(int, spending["month"].split("-"))
    days = {"since": f"{spending['month']}-01", "until": f"{spending['month']}-{monthrange(year, month)[1]}"}
    return {**spending, **days}


def _may_be_sorted(transaction: Record) -> bool:
    return transaction["kind"] not in ("transfer", "income")


def _may_be_disputed(transaction: Record) -> bool:
    return transaction["kind"] in ("payment", "card") and not _is_disputed(transaction)


def _is_disputed(transaction: Record) -> bool:
    return transaction["dispute_id"] is not None


MONEY = (
    Page(
        "list_accounts",
        rows=(
            Rows(
                "accounts",
                ("name", "number", "kind", "balance", "available"),
                link=Go("show_account", ACCOUNT_ID),
                actions=(Go("list_transactions", ACCOUNT_ID, label="Transactions"),),
            ),
        ),
        actions=(Go("transfer"), Go("pay")),
    ),
    Page(
        "show_account",
        title="name",
        actions=(
            Go("list_transactions", ACCOUNT_ID, label="Transactions"),
            Go("statement", ACCOUNT_ID),
            Go("transfer", {"from_account_id": "id"}),
            Go("pay", ACCOUNT_ID),
            Go("schedule_payment", ACCOUNT_ID),
            Go("rename_account", ACCOUNT_ID, label="Rename"),
            Go("set_daily_limit", ACCOUNT_ID),
        ),
    ),
    Page(
        "list_transactions",
        shape=_naming_accounts("transactions"),
        rows=(
            Rows(
                "transactions",
                ("party", "at", "amount", "reference", "category", "kind", "account"),
                link=Go("show_transaction", TRANSACTION),
                actions=(Go("set_category", TRANSACTION, label="Categorise", when=_may_be_sorted),),
                empty="No transactions.",
            ),
        ),
    ),
    Page(
        "show_transaction",
        title="{party}, {at}",
        fields=(
            *(("id", "Transaction"), "party", "amount", "at", "account", "reference", "category", "kind", "note"),
            *(("refund_of", "Refund of"), ("dispute_id", "Dispute")),
        ),
        shape=_with_account,
        links={
            "account": Go("show_account", OF_ACCOUNT),
            "refund_of": Go("show_transaction", {"transaction_id": "refund_of"}),
            "dispute_id": Go("list_disputes", when=_is_disputed),
        },
        actions=(
            Go("set_category", TRANSACTION, when=_may_be_sorted),
            Go("open_dispute", TRANSACTION, label="Dispute", when=_may_be_disputed),
            Go("withdraw_dispute", {"dispute_id": "dispute_id"}),
            Go("set_note", TRANSACTION, label="Save note", inline=True),
        ),
    ),
    Page(
        "statement",
        title="Statement of {account_id}, {month}",
        fields=("opening", "income", "spent", "closing", "transactions"),
        actions=(
            Go("spending_by_category", {**OF_ACCOUNT, "month": "month"}, label="Spending in this month"),
            Go("list_transactions", OF_ACCOUNT, label="All transactions"),
        ),
    ),
    Page(
        "spending_by_category",
        fields=("month", "total"),
        shape=_with_days,
        rows=(
            Rows(
                "categories",
                ("category", "spent"),
                link=Go("list_transactions", {**CATEGORY, "since": "since", "until": "until"}),
                grid=True,
                empty="Nothing was spent.",
            ),
        ),
    ),
)
PLANS = (
    Page(
        "list_payees",
        rows=(
            Rows(
                "payees",
                ("name", "nickname", "number"),
                link=Go("list_transactions", {"query": "name"}),
                actions=(
                    Go("pay", PAYEE),
                    Go("schedule_payment", PAYEE, label="Schedule"),
                    Go("update_payee", PAYEE, label="Edit"),
                    Go("delete_payee", PAYEE, label="Delete"),
                ),
                empty="No payees.",
            ),
        ),
        actions=(Go("add_payee"),),
    ),
    Page(
        "list_scheduled",
        shape=_naming_accounts("scheduled"),
        rows=(
            Rows(
                "scheduled",
                ("payee", "reference", "amount", ("next_date", "Next on"), "every", "paused", "account"),
                link=Go("list_transactions", {"query": "payee"}),
                actions=(
                    Go("update_scheduled", SCHEDULED, label="Edit"),
                    Go(
                        "update_scheduled",
                        SCHEDULED,
                        {"paused": True},
                        "Pause",
                        lambda row: not row["paused"],
                        now=True,
                    ),
                    Go("update_scheduled", SCHEDULED, {"paused": False}, "Go on", lambda row: row["paused"], now=True),
                    Go("cancel_scheduled", SCHEDULED, label="Cancel"),
                ),
                empty="No payments are scheduled.",
            ),
        ),
        actions=(Go("schedule_payment"),),
    ),
    Page(
        "list_cards",
        shape=_naming_accounts("cards"),
        rows=(
            Rows(
                "cards",
                (
                    "name",
                    ("last4", "Ends in"),
                    "expires",
                    "monthly_limit",
                    "frozen",
                    ("online", "Pays online"),
                    "account",
                ),
                links={"account": Go("show_account", OF_ACCOUNT)},
                actions=(
                    Go("freeze_card", CARD, {"frozen": True}, "Freeze", lambda row: not row["frozen"]),
                    Go("freeze_card", CARD, {"frozen": False}, "Release", lambda row: row["frozen"]),
                    Go("allow_online", CARD, {"online": True}, "Allow online", lambda row: not row["online"]),
                    Go("allow_online", CARD, {"online": False}, "Forbid online", lambda row: row["online"]),
                    Go("set_card_limit", CARD, label="Set limit"),
                ),
            ),
        ),
    ),
    Page(
        "list_budgets",
        fields=("month",),
        rows=(
            Rows(
                "budgets",
                ("category", "monthly", "spent", "left"),
                link=Go("list_transactions", CATEGORY),
                actions=(
                    Go("set_budget", CATEGORY, label="Change"),
                    Go("delete_budget", CATEGORY, label="Delete"),
                ),
                empty="No budgets.",
            ),
        ),
        actions=(Go("set_budget", label="New budget"),),
    ),
    Page(
        "list_disputes",
        rows=(
            Rows(
                "disputes",
                ("party", "amount", "reason", "opened_at"),
                link=Go("show_transaction", {"transaction_id": "transaction_id"}),
                actions=(Go("withdraw_dispute", {"dispute_id": "id"}, label="Withdraw"),),
                empty="No disputes are open.",
            ),
        ),
    ),
)
PAGES = AppPages(
    app="bank",
    title="Bank",
    tabs=(
        Tab("list_accounts", "Accounts"),
        Tab("list_transactions", "Transactions"),
        Tab("spending_by_category", "Spending", {"month": lambda now: now[:7]}),
        Tab("list_payees", "Payees"),
        Tab("list_scheduled", "Scheduled"),
        Tab("list_cards", "Cards"),
        Tab("list_budgets", "Budgets"),
        Tab("list_disputes", "Disputes"),
    ),
    search="list_transactions",
    pages=(*MONEY, *PLANS),
    forms=(
        Form("pay", then=Go("show_transaction", {"transaction_id": "transaction_id"})),
        Form("transfer", then=Go("show_transaction", {"transaction_id": "transaction_id"})),
        Form("update_payee", load="list_payees", row=("payees", "id", "payee_id")),
        Form("update_scheduled", load="list_scheduled", row=("scheduled", "id", "scheduled_id")),
        Form("set_card_limit", load="list_cards", row=("cards", "id", "card_id")),
        Form("set_daily_limit", load="show_account"),
        Form("rename_account", load="show_account"),
        Form("set_category", load="show_transaction"),
        Form("set_note", load="show_transaction"),
        Form("set_budget", load="list_budgets", row=("budgets", "category", "category")),
    ),
    things={
        "account_id": ACCOUNT,
        "from_account_id": Thing(choices=ACCOUNT.choices, shown=ACCOUNT.shown, by="account_id"),
        "to_account_id": Thing(choices=ACCOUNT.choices, shown=ACCOUNT.shown, by="account_id"),
        "payee_id": Thing(choices=("list_payees", "payees", "id", "name")),
        "card_id": Thing(choices=("list_cards", "cards", "id", "name")),
        "scheduled_id": Thing(choices=("list_scheduled", "scheduled", "id", "payee")),
        "transaction_id": Thing(shown=("show_transaction", "party")),
    },
    money=(
        *("balance", "available", "overdraft", "daily_limit", "spent_today", "amount", "monthly_limit", "monthly"),
        *("spent", "left", "opening", "income", "closing", "total"),
    ),
    labels={"account_id": "Account"},
    verbs={
        "list_transactions": "Transactions",
        "spending_by_category": "Spending",
        "pay": "Pay",
        "transfer": "Transfer",
        "set_note": "Save note",
        "statement": "Statement",
    },
)
