from __future__ import annotations

from typing import Any

import pytest

from sge_envs.world.clock import plus_days, plus_minutes, weekday
from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def _main(world: World) -> int:
    return int(do(world, "bank.list_accounts")["accounts"][0]["id"])


def _place(world: World, condition: str = "delivers = 1") -> dict[str, Any]:
    row = world.db.one(f"SELECT * FROM food_restaurants WHERE {condition} ORDER BY id")
    assert row
    return row


def _open_day(world: World, place: dict[str, Any], first: int = 20) -> str:
    return next(
        day
        for shift in range(first, first + 3)
        if weekday(day := plus_days(world.db.today, shift)) != place["closed_on"]
    )


def _fill(world: World) -> dict[str, Any]:
    """Put five of a dish into the cart; the restaurant."""
    dish = world.db.one(
        "SELECT d.id, d.restaurant_id FROM food_dishes d JOIN food_restaurants r ON r.id = d.restaurant_id "
        "WHERE r.delivers = 1 AND d.sold_out = 0 AND d.price_cents > 500 ORDER BY d.id"
    )
    assert dish
    do(world, "food.add_to_cart", dish_id=dish["id"], quantity=5)
    return _place(world, f"id = {dish['restaurant_id']}") | {"dish_id": dish["id"]}


def test_restaurants_are_found_by_every_filter_and_sorted() -> None:
    world = new_world()
    found = everything(world, "food.search_restaurants", "restaurants")
    assert len(found) == 9
    rated = [
        one["rating"] or 0 for one in everything(world, "food.search_restaurants", "restaurants", sort_by="rating")
    ]
    assert rated == sorted(rated, reverse=True)
    one = do(world, "food.show_restaurant", restaurant_id=next(x["id"] for x in found if x["rating"]))
    day = _open_day(world, one)
    hits = everything(
        world,
        "food.search_restaurants",
        "restaurants",
        query=one["name"].upper(),
        cuisine=one["cuisine"],
        delivers=one["delivers"],
        favourite=one["favourite"],
        max_price_level=one["price_level"],
        min_rating=one["rating"],
        open_at=f"{day}T{one['opens']}",
    )
    assert [hit["id"] for hit in hits] == [one["id"]]
    early = everything(world, "food.search_restaurants", "restaurants", open_at=f"{day}T05:00")
    assert early == []


def test_menus_and_dishes_agree() -> None:
    world = new_world()
    place = _place(world)
    menu = do(world, "food.show_menu", restaurant_id=place["id"])
    assert menu["restaurant"] == place["name"]
    found = everything(world, "food.search_dishes", "dishes", query=place["name"])
    assert {one["id"] for one in found} >= {one["id"] for one in menu["dishes"]}
    assert [one["price"] for one in found] == sorted(one["price"] for one in found)
    green = do(world, "food.show_menu", restaurant_id=place["id"], vegetarian=True, course="main")["dishes"]
    assert all(one["vegetarian"] and one["course"] == "main" for one in green)
    cheap = everything(world, "food.search_dishes", "dishes", max_price=8, vegetarian=True, course="starter")
    assert all(one["price"] <= 8 and one["vegetarian"] and one["course"] == "starter" for one in cheap)


def test_the_cart_holds_dishes_of_one_restaurant() -> None:
    world = new_world()
    place = _fill(world)
    assert do(world, "food.add_to_cart", dish_id=place["dish_id"])["quantity"] == 6
    cart = do(world, "food.show_cart")
    assert cart["restaurant"] == place["name"]
    assert cart["total"] == pytest.approx(cart["subtotal"] + place["fee_cents"] / 100)
    other = world.db.value(
        "SELECT d.id FROM food_dishes d JOIN food_restaurants r ON r.id = d.restaurant_id "
        "WHERE r.delivers = 1 AND d.sold_out = 0 AND r.id != ?",
        place["id"],
    )
    assert "another restaurant" in refused(world, "food.add_to_cart", dish_id=other)
    assert "limit_reached" in refused(world, "food.add_to_cart", dish_id=place["dish_id"], quantity=15)
    do(world, "food.remove_from_cart", dish_id=place["dish_id"])
    assert "not_found" in refused(world, "food.remove_from_cart", dish_id=place["dish_id"])
    _fill(world)
    assert do(world, "food.clear_cart") == {"removed": 1}
    assert do(world, "food.show_cart")["restaurant"] is None
    world.prepare(lambda db: db.update("food_dishes", place["dish_id"], {"sold_out": 1}))
    assert "sold out" in refused(world, "food.add_to_cart", dish_id=place["dish_id"])
    world.prepare(lambda db: db.update("food_restaurants", place["id"], {"delivers": 0}))
    assert "does not deliver" in refused(world, "food.add_to_cart", dish_id=place["dish_id"])


def test_an_order_is_paid_confirmed_and_cancelled() -> None:
    world = new_world()
    place = _fill(world)
    at = f"{_open_day(world, place)}T18:30"
    cart = do(world, "food.show_cart")
    done = do(world, "food.order", account_id=_main(world), deliver_at=at, note="Ring twice")
    assert done["total"] == cart["total"]
    order = do(world, "food.show_order", order_id=done["order_id"])
    assert (order["restaurant"], order["deliver_at"], order["note"]) == (place["name"], at, "Ring twice")
    assert order["street"] == world.db.user["street"]
    assert [line["quantity"] for line in order["lines"]] == [5]
    paid = do(world, "bank.show_transaction", transaction_id=order["transaction_id"])
    assert paid["amount"] == -done["total"]
    assert changed(world)["mail_messages"][0].by == "food.order"
    assert do(world, "food.cancel_order", order_id=order["id"])["refunded"] == done["total"]
    assert "cancelled already" in refused(world, "food.cancel_order", order_id=order["id"])
    assert "empty" in refused(world, "food.order", account_id=_main(world), deliver_at=at)
    old = everything(world, "food.list_orders", "orders", until=plus_days(world.db.today, -1))[0]
    assert "too late" in refused(world, "food.cancel_order", order_id=old["id"])


def test_an_order_keeps_to_opening_hours_and_the_minimum() -> None:
    world = new_world()
    place = _fill(world)
    world.prepare(lambda db: db.update("food_restaurants", place["id"], {"closed_on": "Monday"}))
    days = [plus_days(world.db.today, shift) for shift in range(1, 8)]
    monday = next(day for day in days if weekday(day) == "Monday")
    tuesday = next(day for day in days if weekday(day) == "Tuesday")
    account = _main(world)
    assert "closed on Monday" in refused(world, "food.order", account_id=account, deliver_at=f"{monday}T18:00")
    assert "is open from" in refused(world, "food.order", account_id=account, deliver_at=f"{tuesday}T05:00")
    assert "must be after" in refused(world, "food.order", account_id=account, deliver_at="2020-01-01T18:00")
    world.prepare(lambda db: db.update("food_restaurants", place["id"], {"minimum_cents": 10**6}))
    assert "delivers from" in refused(world, "food.order", account_id=account, deliver_at=f"{tuesday}T18:00")


def test_orders_are_listed_by_every_filter() -> None:
    world = new_world()
    orders = everything(world, "food.list_orders", "orders")
    assert len(orders) == 7
    assert [one["deliver_at"] for one in orders] == sorted((one["deliver_at"] for one in orders), reverse=True)
    day = orders[1]["deliver_at"][:10]
    place = _place(world, f"name = '{orders[1]['restaurant'].replace(chr(39), chr(39) * 2)}'")["id"]
    found = everything(world, "food.list_orders", "orders", since=day, until=day, restaurant_id=place, status="ordered")
    assert orders[1] in found


def test_a_reservation_goes_into_the_calendar_and_leaves_it() -> None:
    world = new_world()
    place = _place(world, "opens <= '16:00'")
    day = _open_day(world, place)
    free = do(world, "food.free_tables", restaurant_id=place["id"], date=day, people=2)
    assert free["weekday"] == weekday(day)
    assert free["times"][0] == f"{day}T{place['opens']}"
    at = f"{day}T19:00"
    made = do(world, "food.reserve", restaurant_id=place["id"], at=at, people=2, wishes="By the window")
    (event,) = [one for one in do(world, "calendar.day_agenda", date=day)["events"] if "Table at" in one["title"]]
    assert (event["start"], event["end"], event["location"]) == (at, plus_minutes(at, 120), place["street"])
    assert (
        changed(world)["mail_messages"][0].after["subject"]
        == f"Reservation {made['reservation_id']} at {place['name']}"
    )  # type: ignore[index]
    assert "You have the reservation" in refused(
        world, "food.reserve", restaurant_id=place["id"], at=f"{day}T18:00", people=2
    )
    do(world, "food.change_reservation", reservation_id=made["reservation_id"], people=4, wishes="")
    assert "Nothing to change" in refused(world, "food.change_reservation", reservation_id=made["reservation_id"])
    assert "largest table" in refused(
        world, "food.change_reservation", reservation_id=made["reservation_id"], people=place["largest_table"] + 1
    )
    listed = do(world, "food.list_reservations")["reservations"]
    assert [one["people"] for one in listed if one["id"] == made["reservation_id"]] == [4]
    done = do(world, "food.cancel_reservation", reservation_id=made["reservation_id"])
    assert done["event_id"] == event["id"]
    assert do(world, "calendar.show_event", event_id=event["id"])["status"] == "cancelled"
    assert "is cancelled" in refused(world, "food.cancel_reservation", reservation_id=made["reservation_id"])


def test_a_reservation_can_be_cancelled_without_its_event() -> None:
    world = new_world()
    place = _place(world)
    made = do(world, "food.reserve", restaurant_id=place["id"], at=f"{_open_day(world, place)}T18:00", people=1)
    event = world.db.value("SELECT id FROM calendar_events WHERE notes = ?", f"Reservation {made['reservation_id']}")
    do(world, "calendar.delete_event", event_id=event)
    assert do(world, "food.cancel_reservation", reservation_id=made["reservation_id"])["event_id"] is None


def test_full_closed_and_small_restaurants_give_no_table() -> None:
    world = new_world()
    place = _place(world)
    day = _open_day(world, place)
    world.prepare(lambda db: db.insert("food_full", {"restaurant_id": place["id"], "at": f"{day}T19:00"}) and None)
    assert "is full" in refused(world, "food.reserve", restaurant_id=place["id"], at=f"{day}T18:30", people=2)
    times = do(world, "food.free_tables", restaurant_id=place["id"], date=day, people=2)["times"]
    assert not {f"{day}T{hour}" for hour in ("17:30", "18:00", "19:00", "20:00")} & set(times)
    many = place["largest_table"] + 1
    assert do(world, "food.free_tables", restaurant_id=place["id"], date=day, people=many)["times"] == []
    assert "largest table" in refused(world, "food.reserve", restaurant_id=place["id"], at=f"{day}T17:00", people=many)
    far = plus_days(day, 100)
    assert "60 days ahead" in refused(world, "food.reserve", restaurant_id=place["id"], at=f"{far}T18:00", people=2)
    past = do(world, "food.list_reservations", past=True)["reservations"]
    assert all(one["at"] < world.db.now for one in past)
    assert "no tables" in refused(world, "food.reserve", restaurant_id=place["id"], at=f"{day}T05:00", people=2)


def test_only_guests_review_and_each_once() -> None:
    world = new_world()
    old = everything(world, "food.list_orders", "orders", until=plus_days(world.db.today, -1))[0]
    place = do(world, "food.show_order", order_id=old["id"])["restaurant_id"]
    first = do(world, "food.write_review", restaurant_id=place, stars=2, text="Meh")["id"]
    assert do(world, "food.write_review", restaurant_id=place, stars=5)["id"] == first
    mine = [one for one in everything(world, "food.list_reviews", "reviews", restaurant_id=place) if one["mine"]]
    assert [(one["id"], one["stars"], one["text"]) for one in mine] == [(first, 5, "")]
    do(world, "food.delete_review", review_id=first)
    assert world.changes() == ()
    theirs = world.db.value("SELECT id FROM food_reviews WHERE mine = 0")
    assert "only they" in refused(world, "food.delete_review", review_id=theirs)
    stranger = world.db.value(
        "SELECT id FROM food_restaurants WHERE id NOT IN (SELECT restaurant_id FROM food_orders UNION "
        "SELECT restaurant_id FROM food_reservations)"
    )
    assert "neither eaten" in refused(world, "food.write_review", restaurant_id=stranger, stars=1)


def test_favourites_are_set_and_unset() -> None:
    world = new_world()
    place = everything(world, "food.search_restaurants", "restaurants", favourite=False)[0]["id"]
    do(world, "food.set_favourite", restaurant_id=place)
    do(world, "food.set_favourite", restaurant_id=place)
    assert only_change(world).table == "food_favourites"
    do(world, "food.set_favourite", restaurant_id=place, favourite=False)
    assert world.changes() == ()


def test_orders_and_reservations_agree_with_bank_mail_and_calendar() -> None:
    for number in range(8):
        db = new_world(number).db
        for order in db.rows("SELECT * FROM food_orders"):
            lines = db.value("SELECT SUM(quantity * price_cents) FROM food_lines WHERE order_id = ?", order["id"])
            place = db.get("food_restaurants", order["restaurant_id"])
            paid = db.get("bank_transactions", order["transaction_id"])
            assert place
            assert paid
            assert order["total_cents"] == lines + place["fee_cents"] == -paid["amount_cents"]
            assert weekday(order["deliver_at"]) != place["closed_on"]
            subject = f"Plateful order {order['id']}"
            assert db.column("SELECT sent_at FROM mail_messages WHERE subject = ?", subject) == [order["placed_at"]]
        for row in db.rows("SELECT * FROM food_reservations"):
            event = db.one("SELECT * FROM calendar_events WHERE notes = ?", f"Reservation {row['id']}")
            assert event
            assert (event["start"], event["status"] == "cancelled") == (row["at"], row["status"] == "cancelled")
