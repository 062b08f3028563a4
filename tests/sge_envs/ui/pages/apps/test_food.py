from __future__ import annotations

from sge_envs.world.clock import plus_days, weekday
from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools, words


def test_dishes_go_from_the_menu_into_the_cart_and_are_ordered() -> None:
    visitor = Visitor()
    place = visitor.world.db.rows("SELECT * FROM food_restaurants WHERE delivers = 1 AND opens <= '18:00' ORDER BY id")[
        0
    ]
    dish = visitor.world.db.rows("SELECT * FROM food_dishes WHERE restaurant_id = ? AND sold_out = 0", place["id"])[0]
    account = visitor.world.call("bank.list_accounts").value["accounts"][0]["id"]
    days = (plus_days(visitor.world.db.today, ahead) for ahead in (1, 2))
    at = next(f"{day}T18:30" for day in days if weekday(day) != place["closed_on"])
    several = visitor.buttons(f"/food/show_restaurant?restaurant_id={place['id']}", "Add several")
    form = next(one for one in several if one.endswith(f"={dish['id']}"))
    visitor.send(form, form="1", quantity="15")
    assert dish["name"] in words(visitor.read("/food/show_cart"))
    visitor.send(visitor.button("/food/show_cart", "One more"))
    visitor.send(
        visitor.button("/food/show_cart", "Order"), form="1", account_id=account, deliver_at=at, address_id="", note=""
    )
    calls = (
        ("food.add_to_cart", {"dish_id": dish["id"], "quantity": 15}),
        ("food.add_to_cart", {"dish_id": dish["id"]}),
        ("food.order", {"account_id": account, "deliver_at": at}),
    )
    assert same_as_tools(visitor, *calls)


def test_a_table_is_reserved_at_one_of_the_free_times() -> None:
    visitor = Visitor()
    place = visitor.world.db.rows("SELECT * FROM food_restaurants ORDER BY id")[0]
    days = (plus_days(visitor.world.db.today, ahead) for ahead in (20, 21))
    day = next(one for one in days if weekday(one) != place["closed_on"])
    page = f"/food/free_tables?restaurant_id={place['id']}&date={day}&people=3"
    asked = {"restaurant_id": place["id"], "date": day, "people": 3}
    first = visitor.world.call("food.free_tables", asked).value["times"][0]
    visitor.send(visitor.button(page, first.replace("T", " ")), form="1", wishes="At the window")
    reserved = {"restaurant_id": place["id"], "at": first, "people": 3, "wishes": "At the window"}
    assert same_as_tools(visitor, ("food.reserve", reserved))


def test_what_is_sold_out_or_not_delivered_cannot_be_added() -> None:
    visitor = Visitor()
    for place in visitor.world.db.rows("SELECT id, delivers FROM food_restaurants"):
        free = visitor.value("SELECT COUNT(*) FROM food_dishes WHERE restaurant_id = ? AND sold_out = 0", place["id"])
        offered = visitor.buttons(f"/food/show_restaurant?restaurant_id={place['id']}", "Add")
        assert len(offered) == (free if place["delivers"] else 0)


def test_only_reservations_to_come_can_be_cancelled() -> None:
    visitor = Visitor()
    coming = visitor.world.call("food.list_reservations").value["reservations"]
    booked = [one["id"] for one in coming if one["status"] == "booked"]
    cancel = [f"/food/cancel_reservation?reservation_id={one}" for one in booked]
    assert visitor.buttons("/food/list_reservations?past=false", "Cancel") == cancel
    assert visitor.buttons("/food/list_reservations", "Cancel") == cancel
    assert not visitor.buttons("/food/list_reservations?past=true", "Cancel")


def test_a_favourite_is_made_and_unmade_by_one_press_each() -> None:
    visitor = Visitor()
    place = visitor.value("SELECT id FROM food_restaurants WHERE id NOT IN (SELECT restaurant_id FROM food_favourites)")
    page = f"/food/show_restaurant?restaurant_id={place}"
    visitor.send(visitor.button(page, "Make favourite"))
    assert same_as_tools(visitor, ("food.set_favourite", {"restaurant_id": place}))
    visitor.send(visitor.button(page, "No favourite any more"))
    assert same_as_tools(visitor)
