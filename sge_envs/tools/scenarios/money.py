"""Scenarios at the bank."""

from __future__ import annotations

from typing import Any

from sge_envs.tools.scenario import Do, Instance, Scenario, Scene
from sge_envs.tools.scenarios.common import everything, main_account, need
from sge_envs.world.clock import plus_days

CATEGORIES = ("groceries", "dining", "utilities", "transport", "shopping", "entertainment")


def _account(do: Do, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = do("bank.list_accounts")["accounts"]
    return next(one for one in found if one["name"] == name)


def balance(scene: Scene) -> Instance:
    row = scene.row("SELECT name FROM bank_accounts")

    def solve(do: Do) -> float:
        return float(_account(do, row["name"])["balance"])

    return Instance(
        scene.say(f"How much is on the account '{row['name']}'?", f"What is the balance of '{row['name']}'?"), solve
    )


def save_money(scene: Scene) -> Instance:
    amount = scene.dice.integer(5, 40) * 10

    def solve(do: Do) -> None:
        accounts = {one["name"]: one["id"] for one in do("bank.list_accounts")["accounts"]}
        do(
            "bank.transfer",
            from_account_id=accounts["Main account"],
            to_account_id=accounts["Savings"],
            amount=float(amount),
            reference="Saving",
        )

    return Instance(f"Move {amount}.00 from my main account to Savings, with the reference 'Saving'.", solve)


def spent_on(scene: Scene) -> Instance:
    category = scene.dice.one(CATEGORIES)
    month = str(scene.db.value("SELECT substr(date(now, 'start of month', '-1 day'), 1, 7) FROM world_clock"))

    def solve(do: Do) -> float:
        found = do("bank.spending_by_category", month=month)["categories"]
        spent = [one["spent"] for one in found if one["category"] == category]
        need(spent and spent[0] > 0)
        return float(spent[0])

    return Instance(f"How much did I spend on {category} in {month}, over all accounts?", solve)


def biggest_payment(scene: Scene) -> Instance:
    since = plus_days(scene.db.today, -scene.dice.integer(15, 40))

    def solve(do: Do) -> str:
        account = main_account(do)
        found = everything(do, "bank.list_transactions", "transactions", account_id=account, since=since, kind="card")
        found = sorted((one for one in found if one["amount"] < 0), key=lambda one: one["amount"])
        need(len(found) >= 3 and found[0]["amount"] < found[1]["amount"])
        return str(found[0]["party"])

    return Instance(
        f"Who got the largest single card payment from my main account since {since} (that day included)?", solve
    )


def pay_somebody(scene: Scene) -> Instance:
    row = scene.row("SELECT name FROM bank_payees GROUP BY name HAVING COUNT(*) = 1")
    cents, number = scene.dice.integer(1_000, 14_000), scene.dice.integer(1000, 9999)

    def solve(do: Do) -> None:
        found = do("bank.list_payees", query=row["name"])["payees"]
        payee = next(one["id"] for one in found if one["name"] == row["name"])
        do("bank.pay", account_id=main_account(do), payee_id=payee, amount=cents / 100, reference=f"Bill {number}")

    return Instance(
        f"Pay {row['name']} {cents / 100:.2f} from my main account; the reference is 'Bill {number}', the category "
        "stays 'other'.",
        solve,
    )


def lost_card(scene: Scene) -> Instance:
    row = scene.row("SELECT last4 FROM bank_cards WHERE frozen = 0")

    def solve(do: Do) -> None:
        card = next(one for one in do("bank.list_cards")["cards"] if one["last4"] == row["last4"])
        do("bank.freeze_card", card_id=card["id"])

    return Instance(
        scene.say(
            f"I lost the card that ends in {row['last4']}. Freeze it!",
            f"Freeze my card ending in {row['last4']} at once.",
        ),
        solve,
    )


def rent_up(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT s.reference, s.amount_cents FROM bank_scheduled s GROUP BY s.reference HAVING COUNT(*) = 1 AND "
        "s.paused = 0"
    )
    amount = row["amount_cents"] / 100 + scene.dice.integer(1, 30)

    def solve(do: Do) -> None:
        found = do("bank.list_scheduled")["scheduled"]
        one = next(one for one in found if one["reference"] == row["reference"])
        do("bank.update_scheduled", scheduled_id=one["id"], amount=amount)

    return Instance(
        f"From now on the scheduled payment '{row['reference']}' is {amount:.2f}. Change the amount.", solve
    )


def overspent(scene: Scene) -> Instance:
    def solve(do: Do) -> None:
        budgets = do("bank.list_budgets")["budgets"]
        over = [one for one in budgets if one["left"] < 0]
        need(0 < len(over) < len(budgets))
        for one in over:
            do("bank.set_budget", category=one["category"], monthly=one["monthly"] + 50)

    return Instance(
        scene.say(
            "Raise every monthly budget that is overspent this month by 50.00, and leave the others.",
            "Where I have spent more than this month's budget allows, make the monthly budget 50.00 larger.",
        ),
        solve,
    )


def wrong_category(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT party, category FROM bank_transactions WHERE kind = 'card' AND amount_cents < 0 GROUP BY party "
        "HAVING COUNT(*) BETWEEN 2 AND 6 AND COUNT(DISTINCT category) = 1"
    )
    target = scene.one([one for one in CATEGORIES if one != row["category"]])

    def solve(do: Do) -> None:
        for one in everything(do, "bank.list_transactions", "transactions", query=row["party"], kind="card"):
            if one["party"] == row["party"]:
                do("bank.set_category", transaction_id=one["id"], category=target)

    return Instance(
        f"All my card payments to {row['party']} stand in the wrong category: put them into {target}.", solve
    )


SCENARIOS = (
    Scenario("money.balance", "easy", "train", balance),
    Scenario("money.save", "easy", "train", save_money),
    Scenario("money.spent_on", "easy", "train", spent_on),
    Scenario("money.largest_payment", "medium", "train", biggest_payment),
    Scenario("money.pay", "medium", "train", pay_somebody),
    Scenario("money.lost_card", "easy", "test", lost_card),
    Scenario("money.scheduled_amount", "easy", "valid", rent_up),
    Scenario("money.overspent", "hard", "train", overspent),
    Scenario("money.categories", "medium", "test", wrong_category),
)
