from __future__ import annotations

import pytest

from sge_envs.world.apps.bank import charge, refund
from sge_envs.world.clock import plus_days
from sge_envs.world.errors import OperationError
from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def _accounts(world: World) -> dict[str, dict[str, float]]:
    return {one["kind"]: one for one in do(world, "bank.list_accounts")["accounts"]}


def test_accounts_show_balance_and_what_is_available() -> None:
    world = new_world()
    accounts = _accounts(world)
    assert set(accounts) == {"checking", "savings", "joint"}
    main = do(world, "bank.show_account", account_id=accounts["checking"]["id"])
    assert main["balance"] == accounts["checking"]["balance"]
    assert accounts["checking"]["available"] == round(main["balance"] + main["overdraft"], 2)
    assert main["spent_today"] == 0


def test_transactions_are_listed_with_filters() -> None:
    world = new_world()
    found = everything(world, "bank.list_transactions", "transactions")
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    middle = found[len(found) // 2]
    day = middle["at"][:10]
    filters = {
        "account_id": middle["account_id"],
        "category": middle["category"],
        "kind": middle["kind"],
        "query": middle["party"],
    }
    amount = abs(middle["amount"])
    hit = everything(
        world,
        "bank.list_transactions",
        "transactions",
        since=day,
        until=day,
        min_amount=amount,
        max_amount=amount,
        **filters,
    )
    assert middle in hit
    assert all(abs(one["amount"]) == amount for one in hit)
    assert do(world, "bank.show_transaction", transaction_id=middle["id"])["dispute_id"] is None


def test_months_add_up() -> None:
    world = new_world()
    main = int(_accounts(world)["checking"]["id"])
    month = plus_days(world.db.today, -35)[:7]
    own = [
        one
        for one in everything(world, "bank.list_transactions", "transactions", account_id=main)
        if one["at"][:7] == month
    ]
    paper = do(world, "bank.statement", account_id=main, month=month)
    assert paper["transactions"] == len(own)
    assert paper["income"] == pytest.approx(sum(one["amount"] for one in own if one["amount"] > 0))
    assert paper["closing"] == pytest.approx(paper["opening"] + paper["income"] - paper["spent"])
    now = do(world, "bank.statement", account_id=main, month=world.db.today[:7])
    assert now["closing"] == _accounts(world)["checking"]["balance"]
    spending = do(world, "bank.spending_by_category", month=month, account_id=main)
    counted = [one for one in own if one["kind"] not in ("income", "transfer")]
    assert spending["total"] == pytest.approx(-sum(one["amount"] for one in counted))
    assert spending["total"] == pytest.approx(sum(one["spent"] for one in spending["categories"]))


def test_a_transfer_moves_money_between_own_accounts() -> None:
    world = new_world()
    before = _accounts(world)
    savings, main = before["savings"], before["checking"]
    value = do(world, "bank.transfer", from_account_id=savings["id"], to_account_id=main["id"], amount=100.25)
    after = _accounts(world)
    assert after["savings"]["balance"] == value["balance"] == pytest.approx(savings["balance"] - 100.25)
    assert after["checking"]["balance"] == pytest.approx(main["balance"] + 100.25)
    assert {table: len(rows) for table, rows in changed(world).items()} == {"bank_accounts": 2, "bank_transactions": 2}
    same = {"from_account_id": main["id"], "to_account_id": main["id"], "amount": 1}
    assert "two different accounts" in refused(world, "bank.transfer", **same)
    assert "available" in refused(
        world, "bank.transfer", from_account_id=savings["id"], to_account_id=main["id"], amount=900_000
    )


def test_a_payment_keeps_to_the_daily_limit_and_the_kind_of_account() -> None:
    world = new_world()
    accounts = _accounts(world)
    payee = do(world, "bank.list_payees")["payees"][0]
    main = int(accounts["checking"]["id"])
    paid = do(
        world,
        "bank.pay",
        account_id=main,
        payee_id=payee["id"],
        amount=2000,
        reference="Invoice 7",
        category="utilities",
    )
    shown = do(world, "bank.show_transaction", transaction_id=paid["transaction_id"])
    assert (shown["amount"], shown["party"], shown["kind"]) == (-2000.0, payee["name"], "payment")
    assert "$500.00 more today" in refused(
        world, "bank.pay", account_id=main, payee_id=payee["id"], amount=500.01, reference="x"
    )
    assert "transfer the money first" in refused(
        world, "bank.pay", account_id=accounts["savings"]["id"], payee_id=payee["id"], amount=1, reference="x"
    )
    do(world, "bank.set_daily_limit", account_id=main, daily_limit=3000)
    do(world, "bank.pay", account_id=main, payee_id=payee["id"], amount=500.01, reference="x")
    assert do(world, "bank.show_account", account_id=main)["spent_today"] == 2500.01
    assert "held together" in refused(world, "bank.set_daily_limit", account_id=accounts["joint"]["id"], daily_limit=5)
    assert "20,000" in refused(world, "bank.set_daily_limit", account_id=main, daily_limit=20_001)


def test_payees_are_saved_changed_and_deleted() -> None:
    world = new_world()
    new = do(world, "bank.add_payee", name="Roofers", number="ab 12345 67890")["id"]
    assert do(world, "bank.list_payees", query="ROOF")["payees"][0]["number"] == "AB1234567890"
    assert "saved already" in refused(world, "bank.add_payee", name="Again", number="AB1234567890")
    assert "an account number such as" in refused(world, "bank.add_payee", name="Bad", number="12")
    own = do(world, "bank.list_accounts")["accounts"][0]["number"]
    assert "use bank.transfer" in refused(world, "bank.add_payee", name="Me", number=own)
    assert do(world, "bank.update_payee", payee_id=new, nickname="Roof")["changed"] == ["nickname"]
    assert "Nothing to change" in refused(world, "bank.update_payee", payee_id=new)
    do(world, "bank.delete_payee", payee_id=new)
    assert world.changes() == ()
    busy = do(world, "bank.list_scheduled")["scheduled"][0]["payee_id"]
    assert "has scheduled payments" in refused(world, "bank.delete_payee", payee_id=busy)


def test_payments_are_scheduled_changed_and_cancelled() -> None:
    world = new_world()
    account, payee = _accounts(world)["checking"]["id"], do(world, "bank.list_payees")["payees"][0]["id"]
    tomorrow = plus_days(world.db.today, 1)
    order = {"account_id": account, "payee_id": payee, "amount": 30, "reference": "Club"}
    new = do(world, "bank.schedule_payment", first_date=tomorrow, every="month", **order)["id"]
    assert "must be after today" in refused(world, "bank.schedule_payment", first_date=world.db.today, **order)
    assert do(world, "bank.update_scheduled", scheduled_id=new, amount=31.5, paused=True)["changed"] == [
        "amount",
        "paused",
    ]
    listed = next(one for one in do(world, "bank.list_scheduled")["scheduled"] if one["id"] == new)
    assert (listed["amount"], listed["paused"], listed["every"]) == (31.5, True, "month")
    assert "must be after today" in refused(world, "bank.update_scheduled", scheduled_id=new, next_date="2000-01-01")
    assert "Nothing to change" in refused(world, "bank.update_scheduled", scheduled_id=new)
    do(world, "bank.cancel_scheduled", scheduled_id=new)
    assert world.changes() == ()


def test_cards_are_frozen_and_limited() -> None:
    world = new_world()
    card = do(world, "bank.list_cards")["cards"][0]
    assert card["frozen"] is False
    do(world, "bank.freeze_card", card_id=card["id"])
    do(world, "bank.set_card_limit", card_id=card["id"], monthly_limit=123.45)
    do(world, "bank.allow_online", card_id=card["id"], online=False)
    assert only_change(world).columns == ("monthly_limit_cents", "frozen", "online")
    assert "10,000.00 at most" in refused(world, "bank.set_card_limit", card_id=card["id"], monthly_limit=10_000.01)
    do(world, "bank.freeze_card", card_id=card["id"], frozen=False)
    assert do(world, "bank.list_cards")["cards"][0]["frozen"] is False


def test_transactions_get_categories_and_notes() -> None:
    world = new_world()
    bought = do(world, "bank.list_transactions", category="shopping", kind="card")["transactions"][0]["id"]
    do(world, "bank.set_category", transaction_id=bought, category="other")
    do(world, "bank.set_note", transaction_id=bought, note="A gift")
    assert only_change(world).columns == ("category", "note")
    salary = do(world, "bank.list_transactions", kind="income")["transactions"][0]["id"]
    assert "categories of their own" in refused(world, "bank.set_category", transaction_id=salary, category="other")
    do(world, "bank.rename_account", account_id=_accounts(world)["savings"]["id"], name="Boat")
    assert _accounts(world)["savings"]["name"] == "Boat"


def test_budgets_say_what_is_left() -> None:
    world = new_world()
    budget = do(world, "bank.list_budgets")["budgets"][0]
    assert budget["left"] == pytest.approx(budget["monthly"] - budget["spent"])
    do(world, "bank.set_budget", category=budget["category"], monthly=1)
    assert only_change(world).columns == ("monthly_cents",)
    do(world, "bank.delete_budget", category=budget["category"])
    assert "not_found" in refused(world, "bank.delete_budget", category=budget["category"])
    assert "have no budget" in refused(world, "bank.set_budget", category="income", monthly=1)
    do(world, "bank.set_budget", category="rent", monthly=900)
    assert do(world, "bank.list_budgets", month="2020-01")["budgets"][-1]["spent"] == 0


def test_recent_payments_can_be_disputed() -> None:
    world = new_world()
    recent, *_, old = everything(world, "bank.list_transactions", "transactions", kind="card")
    dispute = do(world, "bank.open_dispute", transaction_id=recent["id"], reason="Not mine")["id"]
    assert do(world, "bank.list_disputes")["disputes"][0]["transaction_id"] == recent["id"]
    assert do(world, "bank.show_transaction", transaction_id=recent["id"])["dispute_id"] == dispute
    assert "disputed already" in refused(world, "bank.open_dispute", transaction_id=recent["id"], reason="x")
    assert "older than 60 days" in refused(world, "bank.open_dispute", transaction_id=old["id"], reason="x")
    salary = do(world, "bank.list_transactions", kind="income")["transactions"][0]["id"]
    assert "can be disputed" in refused(world, "bank.open_dispute", transaction_id=salary, reason="x")
    do(world, "bank.withdraw_dispute", dispute_id=dispute)
    assert world.changes() == ()


def test_other_apps_charge_and_refund() -> None:
    world = new_world()
    main = _accounts(world)["checking"]
    with world.db.writing("test"):
        paid = charge(world.db, int(main["id"]), 1234, "Cinema", "Tickets", "entertainment")
        refund(world.db, paid, 1000)
    assert _accounts(world)["checking"]["balance"] == pytest.approx(main["balance"] - 2.34)
    with pytest.raises(OperationError, match="more today"), world.db.writing("test"):
        charge(world.db, int(main["id"]), 400_000, "Boat", "Boat", "other")
