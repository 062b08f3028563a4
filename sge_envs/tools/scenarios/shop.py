"""Scenarios in the shop."""

from __future__ import annotations

from typing import Any

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import everything, main_account, need
from sge_envs.world.database import Row

_CATEGORIES = ("audio", "books", "garden", "kitchen", "office", "sports", "toys")


def _product(scene: Scene, more: str = "1") -> Row:
    return scene.row(
        f"SELECT * FROM shop_products AS p WHERE {more} AND (SELECT COUNT(*) FROM shop_products q WHERE q.name = "
        "p.name) = 1"
    )


def _find(do: Do, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = do("shop.search", query=name, page_size=50)["products"]
    return next(one for one in found if one["name"] == name)


def price(scene: Scene) -> Instance:
    row = _product(scene)

    def solve(do: Do) -> float:
        return float(_find(do, row["name"])["price"])

    return Instance(scene.say(f"What does '{row['name']}' cost in the shop?", f"How much is '{row['name']}'?"), solve)


def cheapest(scene: Scene) -> Instance:
    category = scene.dice.one(_CATEGORIES)

    def solve(do: Do) -> None:
        found = everything(do, "shop.search", "products", category=category, in_stock=True, sort_by="price")
        need(len(found) >= 3 and found[0]["price"] < found[1]["price"])
        do("shop.add_wish", product_id=found[0]["id"])

    return Instance(
        scene.say(
            f"Put the cheapest product of the category {category} that is in stock on my wish list.",
            f"Find what is in stock in {category}, and add the one with the lowest price to my wishes.",
        ),
        solve,
    )


def best_under(scene: Scene) -> Instance:
    category, limit = scene.dice.one(_CATEGORIES), scene.dice.integer(3, 8) * 10

    def solve(do: Do) -> str:
        found = everything(do, "shop.search", "products", category=category, max_price=float(limit), in_stock=True)
        rated = sorted((one for one in found if one["rating"] is not None), key=lambda one: -one["rating"])
        need(len(rated) >= 3 and rated[0]["rating"] > rated[1]["rating"])
        return str(rated[0]["name"])

    return Instance(
        f"Which product of {category} up to {limit}.00 that is in stock has the best rating? Give its name.", solve
    )


def cancel_last(scene: Scene) -> Instance:
    need(scene.db.value("SELECT COUNT(*) FROM shop_orders WHERE status = 'processing'") >= 1)

    def solve(do: Do) -> None:
        found = do("shop.list_orders", status="processing")["orders"]
        do("shop.cancel_order", order_id=found[0]["id"])

    return Instance(
        scene.say(
            "Cancel the newest of my orders that are still processing.",
            "I ordered something by mistake: it is my newest order that is still being processed. Cancel it.",
        ),
        solve,
    )


def send_back(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT o.id, p.name, l.quantity FROM shop_orders o JOIN shop_lines l ON l.order_id = o.id JOIN "
        "shop_products p ON "
        "p.id = l.product_id JOIN world_clock c WHERE o.status = 'delivered' AND o.delivery_date >= date(c.now, "
        "'-25 days') "
        "AND NOT EXISTS (SELECT 1 FROM shop_returns r WHERE r.line_id = l.id)"
    )

    def solve(do: Do) -> None:
        order = do("shop.show_order", order_id=row["id"])
        line = next(one for one in order["lines"] if one["name"] == row["name"])
        do("shop.request_return", line_id=line["id"], quantity=line["quantity"], reason="damaged")

    return Instance(
        f"The '{row['name']}' of order {row['id']} came damaged. Send back all of it that I ordered, for that reason.",
        solve,
    )


def buy_gift(scene: Scene) -> Instance:
    row = _product(scene, "stock >= 3 AND price_cents < 6000")
    address = scene.row("SELECT label FROM shop_addresses WHERE is_default = 0")
    need(scene.db.value("SELECT balance_cents FROM bank_accounts WHERE name = 'Main account'") > 20_000)

    def solve(do: Do) -> None:
        if do("shop.show_cart")["items"]:
            do("shop.clear_cart")
        do("shop.add_to_cart", product_id=_find(do, row["name"])["id"])
        place = next(one for one in do("shop.list_addresses")["addresses"] if one["label"] == address["label"])
        do("shop.checkout", account_id=main_account(do), address_id=place["id"], gift_note="With love!")

    return Instance(
        f"Order one '{row['name']}' as a present, to my address '{address['label']}', paid from the main account, "
        "with a few words "
        "as gift note and without a coupon. Only this should be in the order: empty the cart first if something is "
        "in it.",
        solve,
        free={"shop_orders.gift_note": Says()},
    )


def use_coupon(scene: Scene) -> Instance:
    row = _product(scene, "stock >= 5 AND price_cents BETWEEN 3000 AND 9000")
    need(scene.db.value("SELECT balance_cents FROM bank_accounts WHERE name = 'Main account'") > 40_000)

    def solve(do: Do) -> None:
        if do("shop.show_cart")["items"]:
            do("shop.clear_cart")
        do("shop.add_to_cart", product_id=_find(do, row["name"])["id"], quantity=2)
        total, today = 2 * row["price_cents"] / 100, scene_day
        good = [
            one
            for one in do("shop.list_coupons")["coupons"]
            if not one["used"] and one["expires"] >= today and one["minimum"] <= total
        ]
        good.sort(key=lambda one: -one["percent"])
        need(good and (len(good) == 1 or good[0]["percent"] > good[1]["percent"]))
        do("shop.checkout", account_id=main_account(do), coupon=good[0]["code"])

    scene_day = scene.db.today
    return Instance(
        f"Order two of '{row['name']}' (nothing else: empty the cart first) to my default address, paid from the "
        "main account, with "
        "the coupon of mine that takes off the most and is valid for this order. No gift note.",
        solve,
    )


def spent_in_shop(scene: Scene) -> Instance:
    def solve(do: Do) -> float:
        found = everything(do, "shop.list_orders", "orders", status="delivered")
        need(len(found) >= 2)
        return float(round(sum(one["total"] for one in found), 2))

    return Instance(
        scene.say(
            "What do the totals of all my delivered orders in the shop add up to?",
            "Add up the totals of the shop orders that were delivered. What is the sum?",
        ),
        solve,
    )


def review(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT p.name FROM shop_orders o JOIN shop_lines l ON l.order_id = o.id JOIN shop_products p ON p.id = "
        "l.product_id "
        "WHERE o.status = 'delivered' AND NOT EXISTS (SELECT 1 FROM shop_reviews r WHERE r.product_id = p.id AND "
        "r.mine = 1) "
        "AND (SELECT COUNT(*) FROM shop_products q WHERE q.name = p.name) = 1"
    )
    stars = scene.dice.integer(1, 5)

    def solve(do: Do) -> None:
        do("shop.write_review", product_id=_find(do, row["name"])["id"], stars=stars, text="As it should be.")

    return Instance(
        f"Review '{row['name']}', which I bought, with {stars} star{'s' * (stars > 1)} and a sentence of your own.",
        solve,
        free={"shop_reviews.text": Says()},
    )


SCENARIOS = (
    Scenario("shop.price", "easy", "train", price),
    Scenario("shop.cheapest", "medium", "train", cheapest),
    Scenario("shop.best_rated", "medium", "train", best_under),
    Scenario("shop.cancel_newest", "easy", "train", cancel_last),
    Scenario("shop.return_damaged", "medium", "train", send_back),
    Scenario("shop.gift", "hard", "train", buy_gift),
    Scenario("shop.best_coupon", "hard", "test", use_coupon),
    Scenario("shop.delivered_total", "medium", "test", spent_in_shop),
    Scenario("shop.review", "easy", "valid", review),
)
