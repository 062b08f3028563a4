from __future__ import annotations

from typing import Any

import pytest

from sge_envs.world.clock import plus_days
from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def _main(world: World) -> int:
    return int(do(world, "bank.list_accounts")["accounts"][0]["id"])


def _stocked(world: World, number: int = 2) -> list[dict[str, Any]]:
    rows = world.db.rows(
        "SELECT * FROM shop_products WHERE stock >= 5 AND id NOT IN (SELECT product_id FROM shop_cart) "
        "AND id NOT IN (SELECT product_id FROM shop_wishes) ORDER BY price_cents"
    )
    return rows[:number]


def _order(world: World, status: str) -> dict[str, Any]:
    for number in range(60):
        row = world.db.one("SELECT * FROM shop_orders WHERE status = ? ORDER BY placed_at DESC", status)
        if row:
            return row
        world.begin(new_world(number).db.image())
    raise AssertionError(f"no world has an order that is {status}")


def test_search_filters_and_sorts() -> None:
    world = new_world()
    found = everything(world, "shop.search", "products")
    assert len(found) == world.db.value("SELECT COUNT(*) FROM shop_products")
    prices = [one["price"] for one in everything(world, "shop.search", "products", sort_by="price")]
    assert prices == sorted(prices)
    assert prices[::-1] == [
        one["price"] for one in everything(world, "shop.search", "products", sort_by="price_descending")
    ]
    cheap = everything(world, "shop.search", "products", max_price=prices[5], min_price=prices[2])
    assert sorted(one["price"] for one in cheap) == prices[2:6]
    good = everything(world, "shop.search", "products", min_rating=4, sort_by="rating")
    assert all(one["rating"] >= 4 for one in good)
    assert [one["rating"] for one in good] == sorted((one["rating"] for one in good), reverse=True)
    assert all(one["stock"] == 0 for one in everything(world, "shop.search", "products", in_stock=False))
    one = found[0]
    hits = everything(
        world, "shop.search", "products", category=one["category"], brand=one["brand"].upper(), query=one["name"]
    )
    assert one["id"] in [hit["id"] for hit in hits]


def test_products_have_reviews() -> None:
    world = new_world()
    product = everything(world, "shop.search", "products", sort_by="rating")[0]
    shown = do(world, "shop.show_product", product_id=product["id"])
    reviews = everything(world, "shop.list_reviews", "reviews", product_id=product["id"])
    assert shown["reviews"] == len(reviews)
    assert (
        shown["rating"]
        == product["rating"]
        == pytest.approx(sum(one["stars"] for one in reviews) / len(reviews), abs=0.051)
    )
    stars = reviews[0]["stars"]
    assert all(
        one["stars"] == stars
        for one in everything(world, "shop.list_reviews", "reviews", product_id=product["id"], stars=stars)
    )


def test_the_cart_is_filled_changed_and_cleared() -> None:
    world = new_world()
    do(world, "shop.clear_cart")
    first, second = _stocked(world)
    do(world, "shop.add_to_cart", product_id=first["id"])
    assert do(world, "shop.add_to_cart", product_id=first["id"], quantity=2)["quantity"] == 3
    do(world, "shop.add_to_cart", product_id=second["id"])
    do(world, "shop.set_quantity", product_id=first["id"], quantity=1)
    cart = do(world, "shop.show_cart")
    total = (first["price_cents"] + second["price_cents"]) / 100
    assert cart["subtotal"] == pytest.approx(total)
    assert cart["shipping"] == (4.95 if total < 50 else 0)
    assert cart["total"] == pytest.approx(cart["subtotal"] + cart["shipping"])
    do(world, "shop.remove_from_cart", product_id=second["id"])
    assert "not_found" in refused(world, "shop.set_quantity", product_id=second["id"], quantity=2)
    assert do(world, "shop.clear_cart") == {"removed": 1}
    assert do(world, "shop.show_cart")["total"] == 0
    sold_out = world.db.value("SELECT id FROM shop_products WHERE stock = 0")
    assert "0 are in stock, not 1" in refused(world, "shop.add_to_cart", product_id=sold_out)
    assert "limit_reached" in refused(world, "shop.set_quantity", product_id=_fill(world, 1), quantity=20)


def _fill(world: World, quantity: int) -> int:
    """Put the product with the smallest stock that suffices into the cart."""
    row = world.db.one("SELECT id FROM shop_products WHERE stock BETWEEN ? AND 19 ORDER BY stock", quantity)
    assert row
    do(world, "shop.add_to_cart", product_id=row["id"], quantity=quantity)
    return int(row["id"])


def test_checkout_pays_takes_from_the_stock_and_confirms_by_mail() -> None:
    world = new_world()
    do(world, "shop.clear_cart")
    world.db.rebase()
    product = _stocked(world, 1)[0]
    do(world, "shop.add_to_cart", product_id=product["id"], quantity=2)
    placed = do(world, "shop.checkout", account_id=_main(world), gift_note="Enjoy")
    total = product["price_cents"] * 2 + (495 if product["price_cents"] * 2 < 5000 else 0)
    assert placed["total"] == total / 100
    order = do(world, "shop.show_order", order_id=placed["order_id"])
    assert (order["status"], order["street"], order["gift_note"]) == ("processing", world.db.user["street"], "Enjoy")
    assert order["delivery_date"] == plus_days(world.db.today, product["delivery_days"])
    paid = do(world, "bank.show_transaction", transaction_id=order["transaction_id"])
    assert (paid["amount"], paid["reference"]) == (-total / 100, f"Order {order['id']}")
    mail = do(world, "mail.search", query=f"order {order['id']}", unread=True)["messages"]
    assert [one["subject"] for one in mail] == [f"Your order {order['id']}"]
    by_table = {table: len(rows) for table, rows in changed(world).items()}
    assert by_table == {
        "bank_accounts": 1,
        "bank_transactions": 1,
        "mail_messages": 1,
        "mail_recipients": 1,
        "shop_lines": 1,
        "shop_orders": 1,
        "shop_products": 1,
    }
    assert changed(world)["mail_messages"][0].by == "shop.checkout"
    assert "The cart is empty" in refused(world, "shop.checkout", account_id=_main(world))


def test_a_checkout_that_cannot_be_paid_changes_nothing() -> None:
    world = new_world()
    _fill(world, 1)
    main = _main(world)
    do(world, "bank.set_daily_limit", account_id=main, daily_limit=1)
    assert "more today" in refused(world, "shop.checkout", account_id=main)
    assert "savings" in refused(world, "shop.checkout", account_id=do(world, "bank.list_accounts")["accounts"][1]["id"])
    assert "not_found" in refused(world, "shop.checkout", account_id=1)


def test_coupons_are_used_once_in_time_and_above_their_minimum() -> None:
    world = new_world()
    do(world, "shop.clear_cart")
    coupons = {one["code"][:6]: one for one in do(world, "shop.list_coupons")["coupons"]}
    _fill(world, 1)
    assert "used already" in refused(world, "shop.checkout", account_id=_main(world), coupon=coupons["WELCOM"]["code"])
    assert "expired" in refused(world, "shop.checkout", account_id=_main(world), coupon=coupons["LASTYE"]["code"])
    assert "not_found" in refused(world, "shop.checkout", account_id=_main(world), coupon="NOPE")
    code = coupons["SPRING"]["code"]
    row = world.db.one("SELECT * FROM shop_coupons WHERE code = ?", code)
    assert row
    subtotal = round(do(world, "shop.show_cart")["subtotal"] * 100)
    world.prepare(lambda db: db.update("shop_coupons", row["id"], {"minimum_cents": subtotal + 1}))
    assert "needs a subtotal" in refused(world, "shop.checkout", account_id=_main(world), coupon=code)
    world.prepare(lambda db: db.update("shop_coupons", row["id"], {"minimum_cents": subtotal}))
    cart = do(world, "shop.show_cart")
    placed = do(world, "shop.checkout", account_id=_main(world), coupon=code.lower())
    order = do(world, "shop.show_order", order_id=placed["order_id"])
    assert order["discount"] == subtotal * row["percent"] // 100 / 100
    assert placed["total"] == pytest.approx(cart["total"] - order["discount"])
    assert next(one for one in do(world, "shop.list_coupons")["coupons"] if one["code"] == code)["used"] is True


def test_an_order_that_is_processing_can_be_cancelled_or_redirected() -> None:
    world = new_world()
    order = _order(world, "processing")
    other = do(world, "shop.add_address", label="Hut", recipient="Me", street="1 Hill", city="Ashford")["id"]
    assert do(world, "shop.change_delivery", order_id=order["id"], address_id=other)["street"] == "1 Hill"
    before = do(world, "bank.list_accounts")["accounts"][0]["balance"]
    assert do(world, "shop.cancel_order", order_id=order["id"])["refunded"] == order["total_cents"] / 100
    assert do(world, "bank.list_accounts")["accounts"][0]["balance"] == pytest.approx(
        before + order["total_cents"] / 100
    )
    assert "is cancelled" in refused(world, "shop.cancel_order", order_id=order["id"])
    done = _order(world, "delivered")
    assert "is delivered" in refused(world, "shop.cancel_order", order_id=done["id"])
    assert "is delivered" in refused(world, "shop.change_delivery", order_id=done["id"], address_id=other)


def test_orders_are_listed_and_ordered_again() -> None:
    world = new_world()
    orders = everything(world, "shop.list_orders", "orders")
    assert [one["placed_at"] for one in orders] == sorted((one["placed_at"] for one in orders), reverse=True)
    done = [one for one in orders if one["status"] == "delivered"]
    assert everything(world, "shop.list_orders", "orders", status="delivered") == done
    shown = do(world, "shop.show_order", order_id=orders[0]["id"])
    assert sum(line["quantity"] for line in shown["lines"]) == orders[0]["items"]
    day = orders[0]["placed_at"][:10]
    assert orders[0] in everything(
        world, "shop.list_orders", "orders", query=shown["lines"][0]["name"], since=day, until=day
    )
    ids = [line["product_id"] for line in shown["lines"]]
    world.prepare(lambda db: [db.update("shop_products", one, {"stock": 20}) for one in ids] and None)
    again = do(world, "shop.order_again", order_id=orders[0]["id"], account_id=_main(world))
    new = do(world, "shop.show_order", order_id=again["order_id"])
    assert [line["product_id"] for line in new["lines"]] == ids
    world.prepare(lambda db: db.update("shop_products", ids[0], {"stock": 0}))
    assert "limit_reached" in refused(world, "shop.order_again", order_id=orders[0]["id"], account_id=_main(world))


def test_delivered_products_are_returned_within_thirty_days() -> None:
    world = new_world()
    order = _order(world, "delivered")
    world.prepare(lambda db: db.update("shop_orders", order["id"], {"delivery_date": plus_days(db.today, -30)}))
    line = do(world, "shop.show_order", order_id=order["id"])["lines"][0]
    request = {"line_id": line["id"], "quantity": line["quantity"], "reason": "damaged"}
    made = do(world, "shop.request_return", **request)
    assert made["refund"] == pytest.approx(line["price"] * line["quantity"])
    assert do(world, "shop.show_order", order_id=order["id"])["returns"][0]["status"] == "requested"
    assert "0 can still be returned" in refused(world, "shop.request_return", **request)
    do(world, "shop.withdraw_return", return_id=made["return_id"])
    assert "withdrawn already" in refused(world, "shop.withdraw_return", return_id=made["return_id"])
    do(world, "shop.request_return", **request)
    world.prepare(lambda db: db.update("shop_orders", order["id"], {"delivery_date": plus_days(db.today, -31)}))
    assert "are over" in refused(world, "shop.request_return", **request)
    fresh = _order(world, "processing")["id"]
    line = do(world, "shop.show_order", order_id=fresh)["lines"][0]
    assert "only delivered" in refused(world, "shop.request_return", line_id=line["id"], quantity=1, reason="damaged")


def test_the_wishlist_holds_each_product_once() -> None:
    world = new_world()
    product = _stocked(world, 1)[0]["id"]
    do(world, "shop.add_wish", product_id=product)
    assert "already" in refused(world, "shop.add_wish", product_id=product)
    assert do(world, "shop.list_wishes")["wishes"][-1]["product_id"] == product
    do(world, "shop.remove_wish", product_id=product)
    assert "not_found" in refused(world, "shop.remove_wish", product_id=product)
    assert world.changes() == ()


def test_only_what_was_delivered_is_reviewed() -> None:
    world = new_world()
    order = _order(world, "delivered")
    product = do(world, "shop.show_order", order_id=order["id"])["lines"][0]["product_id"]
    first = do(world, "shop.write_review", product_id=product, stars=2, text="Meh")["id"]
    assert do(world, "shop.write_review", product_id=product, stars=3)["id"] == first
    assert only_change(world).after | {"stars": 3, "text": "", "mine": 1} == only_change(world).after
    others = world.db.value("SELECT id FROM shop_reviews WHERE mine = 0")
    assert "only they can delete it" in refused(world, "shop.delete_review", review_id=others)
    do(world, "shop.delete_review", review_id=first)
    assert world.changes() == ()
    never = world.db.value("SELECT id FROM shop_products WHERE id NOT IN (SELECT product_id FROM shop_lines)")
    assert "never delivered" in refused(world, "shop.write_review", product_id=never, stars=5)


def test_addresses_are_added_changed_and_deleted_but_the_default_one() -> None:
    world = new_world()
    new = do(world, "shop.add_address", label="Hut", recipient="Me", street="1 Hill", city="Ashford")["id"]
    assert "already" in refused(world, "shop.add_address", label="hut", recipient="Me", street="1 Hill", city="Ashford")
    assert do(world, "shop.update_address", address_id=new, label="Cabin")["changed"] == ["label"]
    assert "Nothing to change" in refused(world, "shop.update_address", address_id=new)
    home = next(one for one in do(world, "shop.list_addresses")["addresses"] if one["is_default"])
    do(world, "shop.set_default_address", address_id=new)
    assert "is the default" in refused(world, "shop.delete_address", address_id=new)
    do(world, "shop.set_default_address", address_id=home["id"])
    do(world, "shop.delete_address", address_id=new)
    assert world.changes() == ()
