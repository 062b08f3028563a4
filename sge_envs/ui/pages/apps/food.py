"""The pages of the restaurants: menus, the cart and orders, free tables and reservations, reviews, favourites."""

from __future__ import annotations

from sge_envs.ui.pages.shared import ACCOUNT
from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing

PLACE = {"restaurant_id": "id"}
THIS_PLACE = {"restaurant_id": "restaurant_id"}
DISH = {"dish_id": "id"}
IN_CART = {"dish_id": "dish_id"}
ORDER = {"order_id": "id"}
RESERVATION = {"reservation_id": "id"}
OPEN_PLACE = Go("show_restaurant", THIS_PLACE)


# What the pages show beside their own operations ---------------------------------------------------------------------


def _with_menu(place: Record, look: Look) -> Record:
    """A restaurant with its dishes."""
    return {**place, "dishes": look("food.show_menu", {"restaurant_id": place["id"]}).value["dishes"]}


def _as_rows(free: Record, _: Look) -> Record:
    return {**free, "times": [{"at": at} for at in free["times"]]}


def _can_be_had(dish: Record) -> bool:
    return not dish["sold_out"] and dish.get("delivers", True)


def _has_items(cart: Record) -> bool:
    return bool(cart["items"])


def _is_booked(reservation: Record) -> bool:
    return bool(reservation["status"] == "booked" and not reservation.get("past"))


PLACES = (
    Page(
        "search_restaurants",
        rows=(
            Rows(
                "restaurants",
                ("name", "cuisine", "price_level", "rating", "delivers", "favourite"),
                link=Go("show_restaurant", PLACE),
                actions=(Go("free_tables", PLACE, label="Tables"),),
                empty="No restaurants.",
            ),
        ),
    ),
    Page(
        "show_restaurant",
        title="name",
        fields=(
            *("cuisine", "street", "city", "price_level", "rating", "reviews", "opens", "closes", "closed_on"),
            *("largest_table", "delivers", ("fee", "Delivery fee"), ("minimum", "Delivers from"), "favourite"),
        ),
        shape=_with_menu,
        links={"reviews": Go("list_reviews", PLACE)},
        rows=(
            Rows(
                "dishes",
                ("name", "course", "price", "vegetarian", "sold_out"),
                actions=(
                    Go("add_to_cart", DISH, label="Add", when=_can_be_had, now=True),
                    Go("add_to_cart", DISH, label="Add several", when=_can_be_had),
                ),
                title="Menu",
            ),
        ),
        actions=(
            Go("free_tables", PLACE, label="Free tables"),
            Go("reserve", PLACE),
            Go("list_reviews", PLACE, label="Reviews"),
            Go("write_review", PLACE),
            Go("show_menu", PLACE, label="Filter the menu"),
            Go("list_orders", PLACE, label="Orders from here"),
            Go("set_favourite", PLACE, {"favourite": True}, "Make favourite", lambda place: not place["favourite"]),
            Go("set_favourite", PLACE, {"favourite": False}, "No favourite any more", lambda place: place["favourite"]),
        ),
    ),
    Page(
        "show_menu",
        title="restaurant",
        rows=(
            Rows(
                "dishes",
                ("name", "course", "price", "vegetarian", "sold_out"),
                actions=(
                    Go("add_to_cart", DISH, label="Add", when=_can_be_had, now=True),
                    Go("add_to_cart", DISH, label="Add several", when=_can_be_had),
                ),
                title="Menu",
                empty="No dishes.",
            ),
        ),
        actions=(Go("show_restaurant", THIS_PLACE, label="The restaurant"),),
    ),
    Page(
        "search_dishes",
        rows=(
            Rows(
                "dishes",
                ("name", "restaurant", "course", "price", "vegetarian", "sold_out"),
                links={"restaurant": OPEN_PLACE},
                actions=(Go("add_to_cart", DISH, label="Add", when=_can_be_had, now=True),),
                empty="No dishes.",
            ),
        ),
    ),
    Page(
        "list_reviews",
        title="Reviews of {restaurant_id}",
        rows=(
            Rows(
                "reviews",
                ("author", "stars", "text", "written_at"),
                actions=(Go("delete_review", {"review_id": "id"}, label="Delete", when=lambda review: review["mine"]),),
                empty="No reviews yet.",
            ),
        ),
        actions=(Go("show_restaurant", THIS_PLACE, label="The restaurant"), Go("write_review", THIS_PLACE)),
    ),
    Page(
        "free_tables",
        title="Tables at {restaurant}, {date}",
        fields=("weekday",),
        shape=_as_rows,
        rows=(
            Rows(
                "times",
                (("at", "Time"),),
                link=Go("reserve", {**THIS_PLACE, "at": "at", "people": "people"}),
                title="Reserve at",
                empty="No table is free on this day.",
            ),
        ),
    ),
)
OWN = (
    Page(
        "show_cart",
        fields=("restaurant", "subtotal", ("fee", "Delivery fee"), "total", ("minimum", "Delivers from")),
        rows=(
            Rows(
                "items",
                ("name", "quantity", "price"),
                actions=(
                    Go("add_to_cart", IN_CART, label="One more", now=True),
                    Go("remove_from_cart", IN_CART, label="Remove"),
                ),
                title="Dishes",
                empty="The cart is empty.",
            ),
        ),
        actions=(Go("order", when=_has_items), Go("clear_cart", when=_has_items)),
    ),
    Page(
        "list_orders",
        rows=(
            Rows(
                "orders",
                (("id", "Order"), "restaurant", "placed_at", "deliver_at", "status", "total", "items"),
                link=Go("show_order", ORDER),
                empty="No orders.",
            ),
        ),
    ),
    Page(
        "show_order",
        title="Order {id}",
        fields=(
            *("restaurant", "placed_at", "deliver_at", "status", "total", "street", "city", "note"),
            ("transaction_id", "Payment"),
        ),
        links={
            "restaurant": OPEN_PLACE,
            "transaction_id": Go("bank.show_transaction", {"transaction_id": "transaction_id"}),
        },
        rows=(Rows("lines", ("name", "quantity", "price"), title="Dishes"),),
        actions=(
            Go("cancel_order", ORDER, when=lambda order: order["status"] == "ordered"),
            Go("write_review", THIS_PLACE),
        ),
    ),
    Page(
        "list_reservations",
        rows=(
            Rows(
                "reservations",
                ("restaurant", "at", "people", "status", "wishes"),
                link=OPEN_PLACE,
                actions=(
                    Go("change_reservation", RESERVATION, label="Change", when=_is_booked),
                    Go("cancel_reservation", RESERVATION, label="Cancel", when=_is_booked),
                ),
                empty="No reservations.",
            ),
        ),
    ),
)
PAGES = AppPages(
    app="food",
    title="Food",
    tabs=(
        Tab("search_restaurants", "Restaurants"),
        Tab("search_dishes", "Dishes"),
        Tab("show_cart", "Cart"),
        Tab("list_orders", "Orders"),
        Tab("list_reservations", "Reservations", {"past": False}),
        Tab("list_reservations", "Past reservations", {"past": True}),
    ),
    search="search_restaurants",
    pages=(*PLACES, *OWN),
    forms=(
        Form("order", then=Go("show_order", {"order_id": "order_id"})),
        Form("reserve", then=Go("list_reservations", fixed={"past": False})),
        Form("change_reservation", load="list_reservations", row=("reservations", "id", "reservation_id")),
    ),
    things={
        "account_id": ACCOUNT,
        "restaurant_id": Thing(
            choices=("search_restaurants", "restaurants", "id", "name"), shown=("show_restaurant", "name")
        ),
        "address_id": Thing(choices=("shop.list_addresses", "addresses", "id", "label")),
        "dish_id": Thing(choices=("search_dishes", "dishes", "id", "name")),
        "reservation_id": Thing(choices=("list_reservations", "reservations", "id", "restaurant")),
    },
    money=("price", "fee", "minimum", "subtotal", "total", "refunded"),
    verbs={
        "add_to_cart": "Add to cart",
        "search_restaurants": "Restaurants",
        "search_dishes": "Dishes",
        "free_tables": "Free tables",
        "order": "Order",
        "reserve": "Reserve",
    },
)
