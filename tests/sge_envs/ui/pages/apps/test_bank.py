from __future__ import annotations

from sge_envs.ui.pages.apps.bank import PAGES
from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools, words


def test_a_payee_is_paid_from_the_list_of_payees() -> None:
    visitor = Visitor()
    payee = visitor.world.call("bank.list_payees").value["payees"][0]["id"]
    account = visitor.world.call("bank.list_accounts").value["accounts"][0]["id"]
    form = visitor.button("/bank/list_payees", "Pay")
    assert form == f"/bank/pay?payee_id={payee}"
    visitor.send(form, form="1", account_id=account, amount="12.50", reference="Bill 7", category="other")
    paid = {"account_id": account, "payee_id": payee, "amount": 12.5, "reference": "Bill 7"}
    assert same_as_tools(visitor, ("bank.pay", paid))


def test_a_card_is_frozen_and_released_by_one_press_each() -> None:
    visitor = Visitor()
    before = visitor.world.key()
    card = visitor.world.call("bank.list_cards").value["cards"][0]["id"]
    visitor.send(visitor.button("/bank/list_cards", "Freeze"))
    assert same_as_tools(visitor, ("bank.freeze_card", {"card_id": card}))
    visitor.send(visitor.button("/bank/list_cards", "Release"))
    assert visitor.world.key() == before


def test_only_what_can_be_disputed_offers_it() -> None:
    visitor = Visitor()
    old = visitor.value("SELECT id FROM bank_transactions WHERE kind = 'income'")
    new = visitor.value("SELECT id FROM bank_transactions WHERE kind = 'card' ORDER BY at DESC")
    page = f"/bank/show_transaction?transaction_id={new}"
    assert not visitor.buttons(f"/bank/show_transaction?transaction_id={old}", "Dispute")
    visitor.send(visitor.button(page, "Dispute"), form="1", reason="Not mine")
    assert same_as_tools(visitor, ("bank.open_dispute", {"transaction_id": new, "reason": "Not mine"}))
    assert not visitor.buttons(page, "Dispute")
    visitor.send(visitor.button(page, "Withdraw dispute"))
    assert same_as_tools(visitor)


def test_a_transaction_names_its_account() -> None:
    visitor = Visitor()
    row = visitor.world.db.rows(
        "SELECT t.id, a.name FROM bank_transactions t JOIN bank_accounts a ON a.id = t.account_id"
    )[-1]
    assert f"Account: {row['name']}" in words(visitor.read(f"/bank/show_transaction?transaction_id={row['id']}"))


def test_a_statement_is_asked_for_its_month_and_tells_the_closing_balance() -> None:
    visitor = Visitor()
    account = visitor.world.call("bank.list_accounts").value["accounts"][0]
    page = visitor.button(f"/bank/show_account?account_id={account['id']}", "Statement")
    found = words(visitor.read(f"{page}&month={visitor.world.db.today[:7]}"))
    assert f"Closing: {account['balance']:.2f}" in found


def test_amounts_have_two_decimals() -> None:
    visitor = Visitor()
    limit = visitor.world.call("bank.list_cards").value["cards"][0]["monthly_limit"]
    assert f"{limit:.2f}" in words(visitor.read("/bank/list_cards"))
    assert {"amount", "balance", "monthly_limit"} <= set(PAGES.money)
