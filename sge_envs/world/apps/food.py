"""Food: restaurants and their menus, deliveries paid from the bank, table reservations, reviews."""

from __future__ import annotations

from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.apps.bank import charge, record_payment, refund
from sge_envs.world.apps.calendar import add_event, cancel_event, record_event
from sge_envs.world.apps.mail import deliver, record_mail
from sge_envs.world.apps.shop import delivery_address
from sge_envs.world.clock import minutes_between, plus_days, plus_minutes, weekday
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Amount, Date, Length, Moment, Page, PageSize, Range, Text
from sge_envs.world.letters import PLACES
from sge_envs.world.money import cents, dollars, money
from sge_envs.world.names import STREETS
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE food_restaurants (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, cuisine TEXT NOT NULL, street TEXT NOT NULL, city TEXT NOT NULL,
    price_level INTEGER NOT NULL, opens TEXT NOT NULL, closes TEXT NOT NULL, closed_on TEXT NOT NULL DEFAULT '',
    delivers INTEGER NOT NULL, fee_cents INTEGER NOT NULL, minimum_cents INTEGER NOT NULL, largest_table INTEGER NOT NULL
);
CREATE TABLE food_dishes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, restaurant_id INTEGER NOT NULL REFERENCES food_restaurants (id),
    name TEXT NOT NULL, course TEXT NOT NULL, price_cents INTEGER NOT NULL, vegetarian INTEGER NOT NULL,
    sold_out INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX food_dishes_restaurant ON food_dishes (restaurant_id);
CREATE TABLE food_reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT, restaurant_id INTEGER NOT NULL REFERENCES food_restaurants (id),
    author TEXT NOT NULL, stars INTEGER NOT NULL, text TEXT NOT NULL, written_at TEXT NOT NULL, mine INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX food_reviews_restaurant ON food_reviews (restaurant_id);
CREATE TABLE food_favourites (
    id INTEGER PRIMARY KEY AUTOINCREMENT, restaurant_id INTEGER NOT NULL UNIQUE REFERENCES food_restaurants (id)
);
CREATE TABLE food_cart (
    id INTEGER PRIMARY KEY AUTOINCREMENT, dish_id INTEGER NOT NULL UNIQUE REFERENCES food_dishes (id), quantity INTEGER NOT NULL
);
CREATE TABLE food_orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, restaurant_id INTEGER NOT NULL REFERENCES food_restaurants (id),
    placed_at TEXT NOT NULL, deliver_at TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('ordered', 'cancelled')),
    total_cents INTEGER NOT NULL, street TEXT NOT NULL, city TEXT NOT NULL, note TEXT NOT NULL DEFAULT '',
    transaction_id INTEGER REFERENCES bank_transactions (id)
);
CREATE TABLE food_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL REFERENCES food_orders (id),
    dish_id INTEGER NOT NULL REFERENCES food_dishes (id), quantity INTEGER NOT NULL, price_cents INTEGER NOT NULL
);
CREATE INDEX food_lines_order ON food_lines (order_id);
CREATE TABLE food_full (
    id INTEGER PRIMARY KEY AUTOINCREMENT, restaurant_id INTEGER NOT NULL REFERENCES food_restaurants (id), at TEXT NOT NULL
);
CREATE TABLE food_reservations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, restaurant_id INTEGER NOT NULL REFERENCES food_restaurants (id), at TEXT NOT NULL,
    people INTEGER NOT NULL, status TEXT NOT NULL CHECK (status IN ('booked', 'cancelled')), wishes TEXT NOT NULL DEFAULT ''
);
"""

Cuisine = Literal["asian", "cafe", "indian", "italian", "mexican", "seafood", "vegetarian"]
Course = Literal["starter", "main", "dessert", "drink"]
SortBy = Literal["name", "rating", "price_level"]
Quantity = Annotated[int, Range(1, 20)]
People = Annotated[int, Range(1, 20)]
_ORDER = {"name": "r.name, r.id", "rating": "rating DESC, r.name, r.id", "price_level": "r.price_level, r.name, r.id"}
_RESTAURANTS = (
    "SELECT r.*, (SELECT ROUND(AVG(v.stars), 1) FROM food_reviews v WHERE v.restaurant_id = r.id) AS rating, "
    "EXISTS (SELECT 1 FROM food_favourites f WHERE f.restaurant_id = r.id) AS favourite FROM food_restaurants r"
)
_ORDERS = (
    "SELECT o.id, r.name AS restaurant, o.placed_at, o.deliver_at, o.status, o.total_cents, "
    "(SELECT SUM(l.quantity) FROM food_lines l WHERE l.order_id = o.id) AS items FROM food_orders o "
    "JOIN food_restaurants r ON r.id = o.restaurant_id"
)
SERVICE, SERVICE_ADDRESS = "Plateful", "hello@plateful.example"
STAY = 120
DAYS_AHEAD = 60


# Reading ------------------------------------------------------------------------------------------------------------


def search_restaurants(
    db: Database,
    query: str | None = None,
    cuisine: Cuisine | None = None,
    delivers: bool | None = None,
    favourite: bool | None = None,
    max_price_level: Annotated[int, Range(1, 4)] | None = None,
    min_rating: Annotated[float, Range(1, 5)] | None = None,
    open_at: Moment | None = None,
    sort_by: SortBy = "name",
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find restaurants; every filter that is given must hold.

    Args:
        query: Words that must stand in the name, the street or the city.
        cuisine: Only this cuisine.
        delivers: Only restaurants that deliver (true) or do not (false).
        favourite: Only the user's favourites (true) or only others (false).
        max_price_level: From 1 (cheap) to 4, at most this.
        min_rating: At least so many stars on average.
        open_at: Open at this date and time.
        sort_by: The order of the results.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and restaurants with id, name, cuisine, price_level, rating (null: no reviews), delivers and
        favourite.
    """
    where = Where()
    where.words(("r.name", "r.street", "r.city"), query)
    where.given("r.cuisine = ?", cuisine)
    where.given("r.delivers = ?", delivers)
    where.given("favourite = ?", favourite)
    where.given("r.price_level <= ?", max_price_level)
    where.given("rating >= ?", min_rating)
    if open_at is not None:
        where.add("r.opens <= ? AND r.closes >= ? AND r.closed_on != ?", open_at[11:], open_at[11:], weekday(open_at))
    found, pages = db.page(f"{_RESTAURANTS} {{where}} ORDER BY {_ORDER[sort_by]}", where, page, page_size)
    shown = ("id", "name", "cuisine", "price_level", "rating", "delivers", "favourite")
    return pages | {"restaurants": [{name: _plain(row)[name] for name in shown} for row in found]}


def show_restaurant(db: Database, restaurant_id: int) -> Record:
    """Show a restaurant in full.

    Args:
        restaurant_id: The restaurant's id.

    Returns:
        All fields: opening hours, closed_on (a weekday or empty), fee and minimum of deliveries, largest_table, rating,
        and reviews (how many).
    """
    _restaurant(db, restaurant_id)
    row = db.one(f"{_RESTAURANTS} WHERE r.id = ?", restaurant_id)
    assert row is not None
    number = db.value("SELECT COUNT(*) FROM food_reviews WHERE restaurant_id = ?", restaurant_id)
    return _plain(row) | {"reviews": number}


def show_menu(db: Database, restaurant_id: int, course: Course | None = None, vegetarian: bool | None = None) -> Record:
    """Show the menu of a restaurant.

    Args:
        restaurant_id: The restaurant's id.
        course: Only this course.
        vegetarian: Only vegetarian dishes (true) or only others (false).

    Returns:
        restaurant, and dishes with id, name, course, price, vegetarian and sold_out.
    """
    name = _restaurant(db, restaurant_id)["name"]
    where = Where()
    where.add("restaurant_id = ?", restaurant_id)
    where.given("course = ?", course)
    where.given("vegetarian = ?", vegetarian)
    rows = db.rows(
        f"SELECT id, name, course, price_cents, vegetarian, sold_out FROM food_dishes {where} ORDER BY id",
        *where.values,
    )
    return {"restaurant": name, "dishes": [_plain(row) for row in rows]}


def search_dishes(
    db: Database,
    query: str | None = None,
    course: Course | None = None,
    vegetarian: bool | None = None,
    max_price: Amount | None = None,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find dishes of all restaurants, the cheapest first; every filter that is given must hold.

    Args:
        query: Words that must stand in the name of the dish or of the restaurant.
        course: Only this course.
        vegetarian: Only vegetarian dishes (true) or only others (false).
        max_price: At most this much.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and dishes with id, name, restaurant_id, restaurant, course, price, vegetarian and sold_out.
    """
    where = Where()
    where.words(("d.name", "r.name"), query)
    where.given("d.course = ?", course)
    where.given("d.vegetarian = ?", vegetarian)
    where.given("d.price_cents <= ?", None if max_price is None else cents(max_price))
    sql = (
        "SELECT d.id, d.name, d.restaurant_id, r.name AS restaurant, d.course, d.price_cents, d.vegetarian, d.sold_out "
        "FROM food_dishes d JOIN food_restaurants r ON r.id = d.restaurant_id {where} ORDER BY d.price_cents, d.id"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"dishes": [_plain(row) for row in found]}


def list_reviews(db: Database, restaurant_id: int, page: Page = 1, page_size: PageSize = 20) -> Record:
    """List the reviews of a restaurant, the newest first.

    Args:
        restaurant_id: The restaurant's id.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and reviews with id, author, stars, text, written_at and mine.
    """
    _restaurant(db, restaurant_id)
    where = Where()
    where.add("restaurant_id = ?", restaurant_id)
    sql = "SELECT id, author, stars, text, written_at, mine FROM food_reviews {where} ORDER BY written_at DESC, id DESC"
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"reviews": [_plain(row) for row in found]}


def free_tables(db: Database, restaurant_id: int, date: Date, people: People) -> Record:
    """List the times of a day at which a restaurant has a table, every half hour up to two hours before it closes.

    Args:
        restaurant_id: The restaurant's id.
        date: The day.
        people: For how many people.

    Returns:
        restaurant, weekday, and times.
    """
    row = _restaurant(db, restaurant_id)
    times = []
    at = f"{date}T{row['opens']}"
    while at[11:] <= _last_seating(row) and at[:10] == date:
        if _no_table(db, row, at, people) is None:
            times.append(at)
        at = plus_minutes(at, 30)
    return {"restaurant": row["name"], "weekday": weekday(date), "times": times}


def show_cart(db: Database) -> Record:
    """Show the cart.

    Returns:
        restaurant (null: the cart is empty), items with dish_id, name, quantity and price, subtotal, fee, total and minimum.
    """
    items = _cart(db)
    subtotal = sum(row["price_cents"] * row["quantity"] for row in items)
    place = _restaurant(db, items[0]["restaurant_id"]) if items else None
    fee, minimum = (place["fee_cents"], place["minimum_cents"]) if place else (0, 0)
    shown = ("dish_id", "name", "quantity", "price")
    return {
        "restaurant": place["name"] if place else None,
        "items": [{name: _plain(row)[name] for name in shown} for row in items],
        "subtotal": money(subtotal),
        "fee": money(fee),
        "total": money(subtotal + fee),
        "minimum": money(minimum),
    }


def list_orders(
    db: Database,
    restaurant_id: int | None = None,
    status: Literal["ordered", "cancelled"] | None = None,
    since: Date | None = None,
    until: Date | None = None,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """List the orders, those delivered last first; every filter that is given must hold.

    Args:
        restaurant_id: Only this restaurant.
        status: Only this status.
        since: Delivered on this date or later.
        until: Delivered on this date or earlier.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and orders with id, restaurant, placed_at, deliver_at, status, total (money) and items.
    """
    if restaurant_id is not None:
        _restaurant(db, restaurant_id)
    where = Where()
    where.given("o.restaurant_id = ?", restaurant_id)
    where.given("o.status = ?", status)
    where.given("o.deliver_at >= ?", since)
    where.given("substr(o.deliver_at, 1, 10) <= ?", until)
    found, pages = db.page(f"{_ORDERS} {{where}} ORDER BY o.deliver_at DESC, o.id DESC", where, page, page_size)
    return pages | {"orders": [_plain(row) for row in found]}


def show_order(db: Database, order_id: int) -> Record:
    """Show an order in full.

    Args:
        order_id: The order's id.

    Returns:
        All fields, restaurant by name, total, and lines with dish_id, name, quantity and price.
    """
    row = _order(db, order_id)
    lines = db.rows(
        "SELECT l.dish_id, d.name, l.quantity, l.price_cents FROM food_lines l JOIN food_dishes d ON d.id = l.dish_id "
        "WHERE l.order_id = ? ORDER BY l.id",
        order_id,
    )
    name = _restaurant(db, row["restaurant_id"])["name"]
    return _plain(row) | {"restaurant": name, "lines": [_plain(line) for line in lines]}


def list_reservations(db: Database, past: bool = False) -> Record:
    """List the reservations of tables, in the order of time.

    Args:
        past: Those of the past instead of those to come.

    Returns:
        reservations, each with id, restaurant_id, restaurant, at, people, status and wishes.
    """
    return {
        "reservations": db.rows(
            "SELECT v.id, v.restaurant_id, r.name AS restaurant, v.at, v.people, v.status, v.wishes FROM food_reservations v "
            "JOIN food_restaurants r ON r.id = v.restaurant_id WHERE (v.at < ?) = ? ORDER BY v.at, v.id",
            db.now,
            int(past),
        )
    }


# Writing ------------------------------------------------------------------------------------------------------------


def add_to_cart(db: Database, dish_id: int, quantity: Quantity = 1) -> Record:
    """Put a dish into the cart, or more of it. All dishes of a cart come from one restaurant.

    Args:
        dish_id: The dish's id.
        quantity: How many.

    Returns:
        dish_id and quantity (how many are in the cart now).
    """
    dish = _dish(db, dish_id)
    place = _restaurant(db, dish["restaurant_id"])
    if not place["delivers"]:
        raise not_allowed(f"{place['name']} does not deliver.")
    if dish["sold_out"]:
        raise limit_reached(f"{dish['name']} is sold out.")
    items = _cart(db)
    if any(row["restaurant_id"] != dish["restaurant_id"] for row in items):
        raise conflict("The cart holds dishes of another restaurant: clear it first.")
    known = next((row for row in items if row["dish_id"] == dish_id), None)
    if known is None:
        db.insert("food_cart", {"dish_id": dish_id, "quantity": quantity})
        return {"dish_id": dish_id, "quantity": quantity}
    if known["quantity"] + quantity > 20:
        raise limit_reached("At most 20 of a dish go into the cart.")
    db.update("food_cart", known["id"], {"quantity": known["quantity"] + quantity})
    return {"dish_id": dish_id, "quantity": known["quantity"] + quantity}


def remove_from_cart(db: Database, dish_id: int) -> Record:
    """Take a dish out of the cart.

    Args:
        dish_id: A dish of the cart.

    Returns:
        dish_id.
    """
    if not db.delete_all("food_cart", "dish_id", dish_id):
        raise not_found("dish in the cart", dish_id)
    return {"dish_id": dish_id}


def clear_cart(db: Database) -> Record:
    """Take everything out of the cart.

    Returns:
        removed, how many dishes.
    """
    items = _cart(db)
    for row in items:
        db.delete("food_cart", row["id"])
    return {"removed": len(items)}


def order(
    db: Database,
    account_id: int,
    deliver_at: Moment,
    address_id: int | None = None,
    note: Annotated[str, Length(0, 200)] = "",
) -> Record:
    """Order what is in the cart and pay for it. A confirmation comes by mail.

    Args:
        account_id: The bank account to pay from.
        deliver_at: When it is to come, at most 60 days ahead, within the opening hours.
        address_id: A delivery address, as in shop.list_addresses; by default the default one.
        note: Words for the driver.

    Returns:
        order_id, total, deliver_at and transaction_id.
    """
    items = _cart(db)
    if not items:
        raise conflict("The cart is empty.")
    place = _restaurant(db, items[0]["restaurant_id"])
    address = delivery_address(db, address_id)
    _check_open(db, place, deliver_at)
    subtotal = sum(row["price_cents"] * row["quantity"] for row in items)
    if subtotal < place["minimum_cents"]:
        raise limit_reached(
            f"{place['name']} delivers from {dollars(place['minimum_cents'])} on, not {dollars(subtotal)}."
        )
    values = {"restaurant_id": place["id"], "placed_at": db.now, "deliver_at": deliver_at, "status": "ordered"}
    where_to = {"street": address["street"], "city": address["city"], "note": note}
    total = subtotal + place["fee_cents"]
    order_id = db.insert("food_orders", values | where_to | {"total_cents": total})
    for row in items:
        db.insert(
            "food_lines", {"order_id": order_id} | {key: row[key] for key in ("dish_id", "quantity", "price_cents")}
        )
        db.delete("food_cart", row["id"])
    paid = charge(db, account_id, total, SERVICE, f"{SERVICE} order {order_id}", "dining")
    db.update("food_orders", order_id, {"transaction_id": paid})
    deliver(db, SERVICE, SERVICE_ADDRESS, *_order_mail(order_id, place["name"], total, deliver_at))
    return {"order_id": order_id, "total": money(total), "deliver_at": deliver_at, "transaction_id": paid}


def cancel_order(db: Database, order_id: int) -> Record:
    """Cancel an order at least an hour before it comes; the money goes back to the account it was paid from.

    Args:
        order_id: The order's id.

    Returns:
        order_id and refunded.
    """
    row = _order(db, order_id)
    if row["status"] == "cancelled":
        raise conflict(f"The order {order_id} is cancelled already.")
    if row["deliver_at"] < plus_minutes(db.now, 60):
        raise not_allowed(f"The order {order_id} comes or came at {row['deliver_at']}: it is too late to cancel it.")
    db.update("food_orders", order_id, {"status": "cancelled"})
    if row["transaction_id"] is not None:
        refund(db, row["transaction_id"], row["total_cents"])
    return {"order_id": order_id, "refunded": money(row["total_cents"])}


def reserve(db: Database, restaurant_id: int, at: Moment, people: People, wishes: Text = "") -> Record:
    """Reserve a table for two hours. It goes into the calendar, and a confirmation comes by mail.

    Args:
        restaurant_id: The restaurant's id.
        at: When: see food.free_tables.
        people: For how many people.
        wishes: Anything the restaurant should know.

    Returns:
        reservation_id, restaurant and at.
    """
    place = _restaurant(db, restaurant_id)
    _check_table(db, place, at, people)
    values = {"restaurant_id": restaurant_id, "at": at, "people": people, "status": "booked", "wishes": wishes}
    reservation_id = db.insert("food_reservations", values)
    title, notes = f"Table at {place['name']}", _event_notes(reservation_id)
    add_event(db, title, at, plus_minutes(at, STAY), location=place["street"], notes=notes)
    deliver(db, place["name"], SERVICE_ADDRESS, *_table_mail(reservation_id, place["name"], at, people))
    return {"reservation_id": reservation_id, "restaurant": place["name"], "at": at}


def change_reservation(
    db: Database, reservation_id: int, people: People | None = None, wishes: Text | None = None
) -> Record:
    """Change a reservation to come; what is not given stays. For another time, cancel it and reserve again.

    Args:
        reservation_id: The reservation's id.
        people: For how many people.
        wishes: New wishes, in place of the old ones.

    Returns:
        reservation_id and changed, the names of the fields that were set.
    """
    row = _coming(db, reservation_id)
    values = {field: value for field, value in (("people", people), ("wishes", wishes)) if value is not None}
    if not values:
        raise invalid("Nothing to change: give people or wishes.")
    place = _restaurant(db, row["restaurant_id"])
    if people is not None and people > place["largest_table"]:
        raise limit_reached(f"The largest table of {place['name']} is for {place['largest_table']}.")
    db.update("food_reservations", reservation_id, values)
    return {"reservation_id": reservation_id, "changed": list(values)}


def cancel_reservation(db: Database, reservation_id: int) -> Record:
    """Cancel a reservation to come; its event in the calendar is cancelled too.

    Args:
        reservation_id: The reservation's id.

    Returns:
        reservation_id and event_id (null: it is not in the calendar any more).
    """
    _coming(db, reservation_id)
    db.update("food_reservations", reservation_id, {"status": "cancelled"})
    sql = "SELECT id FROM calendar_events WHERE notes = ? AND status != 'cancelled' AND organizer = ? ORDER BY id"
    event_id = db.value(sql, _event_notes(reservation_id), db.user["email"])
    if event_id is not None:
        cancel_event(db, event_id)
    return {"reservation_id": reservation_id, "event_id": event_id}


def write_review(db: Database, restaurant_id: int, stars: Annotated[int, Range(1, 5)], text: Text = "") -> Record:
    """Review a restaurant where the user ate or ordered; an earlier review of the user is replaced.

    Args:
        restaurant_id: The restaurant's id.
        stars: From 1 to 5.
        text: The review.

    Returns:
        id of the review.
    """
    place = _restaurant(db, restaurant_id)
    known = (
        "SELECT 1 FROM food_orders WHERE restaurant_id = ?1 AND status = 'ordered' AND deliver_at < ?2 UNION ALL "
        "SELECT 1 FROM food_reservations WHERE restaurant_id = ?1 AND status = 'booked' AND at < ?2"
    )
    if db.value(known, restaurant_id, db.now) is None:
        raise not_allowed(f"You have neither eaten at {place['name']} nor ordered there.")
    values = {"restaurant_id": restaurant_id, "author": db.user["name"], "stars": stars, "text": text, "mine": 1}
    mine = db.value("SELECT id FROM food_reviews WHERE restaurant_id = ? AND mine = 1", restaurant_id)
    if mine is None:
        return {"id": db.insert("food_reviews", values | {"written_at": db.now})}
    db.update("food_reviews", mine, values | {"written_at": db.now})
    return {"id": mine}


def delete_review(db: Database, review_id: int) -> Record:
    """Delete a review of the user.

    Args:
        review_id: The review's id.

    Returns:
        id of the deleted review.
    """
    row = db.get("food_reviews", review_id)
    if row is None:
        raise not_found("review", review_id)
    if not row["mine"]:
        raise not_allowed(f"{row['author']} wrote this review: only they can delete it.")
    db.delete("food_reviews", review_id)
    return {"id": review_id}


def set_favourite(db: Database, restaurant_id: int, favourite: bool = True) -> Record:
    """Make a restaurant a favourite, or an ordinary one again.

    Args:
        restaurant_id: The restaurant's id.
        favourite: True for a favourite.

    Returns:
        restaurant_id and favourite.
    """
    _restaurant(db, restaurant_id)
    if not favourite:
        db.delete_all("food_favourites", "restaurant_id", restaurant_id)
    elif db.value("SELECT id FROM food_favourites WHERE restaurant_id = ?", restaurant_id) is None:
        db.insert("food_favourites", {"restaurant_id": restaurant_id})
    return {"restaurant_id": restaurant_id, "favourite": favourite}


# The inside ---------------------------------------------------------------------------------------------------------


def _restaurant(db: Database, restaurant_id: int) -> Row:
    row = db.get("food_restaurants", restaurant_id)
    if row is None:
        raise not_found("restaurant", restaurant_id)
    return row


def _dish(db: Database, dish_id: int) -> Row:
    row = db.get("food_dishes", dish_id)
    if row is None:
        raise not_found("dish", dish_id)
    return row


def _order(db: Database, order_id: int) -> Row:
    row = db.get("food_orders", order_id)
    if row is None:
        raise not_found("order", order_id)
    return row


def _coming(db: Database, reservation_id: int) -> Row:
    row = db.get("food_reservations", reservation_id)
    if row is None:
        raise not_found("reservation", reservation_id)
    if row["status"] == "cancelled" or row["at"] < db.now:
        raise conflict(f"The reservation {reservation_id} is {'over' if row['status'] == 'booked' else 'cancelled'}.")
    return row


def _cart(db: Database) -> list[Row]:
    return db.rows(
        "SELECT c.id, c.dish_id, d.name, d.restaurant_id, c.quantity, d.price_cents FROM food_cart c "
        "JOIN food_dishes d ON d.id = c.dish_id ORDER BY c.id"
    )


def _plain(row: Row) -> Row:
    """The row with amounts of money instead of cents, and with true and false."""
    shown: Row = {}
    for name, value in row.items():
        if name.endswith("_cents"):
            shown[name.removesuffix("_cents")] = money(value)
        else:
            shown[name] = bool(value) if name in ("delivers", "favourite", "vegetarian", "sold_out", "mine") else value
    return shown


def _last_seating(place: Row) -> str:
    return plus_minutes(f"2025-01-01T{place['closes']}", -STAY)[11:]


def _check_open(db: Database, place: Row, at: str) -> None:
    if not db.now < at < plus_days(db.now, DAYS_AHEAD):
        raise invalid(f"The time must be after {db.now}, at most {DAYS_AHEAD} days ahead.")
    if weekday(at) == place["closed_on"]:
        raise conflict(f"{place['name']} is closed on {place['closed_on']}.")
    if not place["opens"] <= at[11:] <= place["closes"]:
        raise conflict(f"{place['name']} is open from {place['opens']} to {place['closes']}.")


def _no_table(db: Database, place: Row, at: str, people: int) -> str | None:
    """Why there is no table at this time; None where there is one."""
    if people > place["largest_table"]:
        return f"The largest table of {place['name']} is for {place['largest_table']}."
    if at <= db.now or weekday(at) == place["closed_on"] or not place["opens"] <= at[11:] <= _last_seating(place):
        return f"{place['name']} has no tables at {at}."
    for taken in db.column("SELECT at FROM food_full WHERE restaurant_id = ? ORDER BY at, id", place["id"]):
        if abs(minutes_between(taken, at)) < STAY:
            return f"{place['name']} is full at {at}: see food.free_tables."
    return None


def _check_table(db: Database, place: Row, at: str, people: int) -> None:
    if at > plus_days(db.now, DAYS_AHEAD):
        raise invalid(f"Tables are given at most {DAYS_AHEAD} days ahead.")
    reason = _no_table(db, place, at, people)
    if reason is not None:
        raise limit_reached(reason)
    for row in db.rows("SELECT * FROM food_reservations WHERE status = 'booked' ORDER BY id"):
        if abs(minutes_between(row["at"], at)) < STAY:
            raise conflict(f"You have the reservation {row['id']} at {row['at']}.")


def _event_notes(reservation_id: int) -> str:
    return f"Reservation {reservation_id}"


def _order_mail(order_id: int, restaurant: str, total: int, at: str) -> tuple[str, str]:
    body = f"{restaurant} has your order {order_id}.\nTotal: {dollars(total)}\nIt comes at {at}.\n\n{SERVICE}"
    return f"{SERVICE} order {order_id}", body


def _table_mail(reservation_id: int, restaurant: str, at: str, people: int) -> tuple[str, str]:
    body = f"Your table at {restaurant} is booked.\nReservation: {reservation_id}\nTime: {at}\nPeople: {people}"
    return f"Reservation {reservation_id} at {restaurant}", body


# The generated history ----------------------------------------------------------------------------------------------

_CUISINES: dict[str, tuple[tuple[str, str, int, bool], ...]] = {
    "asian": (("Spring rolls", "starter", 6, True), ("Ramen", "main", 14, False), ("Tofu bowl", "main", 12, True)),
    "cafe": (
        ("Tomato soup", "starter", 6, True),
        ("Club sandwich", "main", 11, False),
        ("Apple pie", "dessert", 5, True),
    ),
    "indian": (("Samosas", "starter", 6, True), ("Lamb curry", "main", 16, False), ("Palak paneer", "main", 13, True)),
    "italian": (("Bruschetta", "starter", 7, True), ("Margherita", "main", 12, True), ("Tiramisu", "dessert", 7, True)),
    "mexican": (
        ("Guacamole", "starter", 7, True),
        ("Beef tacos", "main", 13, False),
        ("Bean burrito", "main", 11, True),
    ),
    "seafood": (
        ("Fish soup", "starter", 9, False),
        ("Grilled trout", "main", 21, False),
        ("Fried squid", "main", 17, False),
    ),
    "vegetarian": (
        ("Hummus", "starter", 6, True),
        ("Lentil dal", "main", 12, True),
        ("Stuffed pepper", "main", 14, True),
    ),
}
_ALSO = (("House salad", "starter", 7, True), ("Cheesecake", "dessert", 6, True), ("Lemonade", "drink", 4, True))
_MORE_PLACES = ("Casa Verde", "Spice Route", "Pearl & Anchor", "Root & Leaf")
_WORDS = {
    1: "Cold and late.",
    2: "Not again.",
    3: "Fine for lunch.",
    4: "Good food, a bit loud.",
    5: "Wonderful evening.",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Sunday", "")


def generate(plot: Plot) -> None:
    """Restaurants with menus and reviews, orders with payments and mails, reservations with events, full evenings."""
    dice = plot.dice("food")
    cuisines = dice.shuffle(tuple(_CUISINES))
    for place, name in enumerate(some(dice, PLACES + _MORE_PLACES, 9)):
        _restaurant_row(plot, dice, name, cuisines[place % len(cuisines)])
    restaurants = plot.rows("food_restaurants")
    for row in some(dice, restaurants, 3):
        plot.add("food_favourites", {"restaurant_id": row["id"]})
    delivering = [row for row in restaurants if row["delivers"]]
    for days in sorted((dice.integer(2, 80) for _ in range(6)), reverse=True):
        _order_row(plot, dice, dice.one(delivering), -days, -days)
    _order_row(plot, dice, dice.one(delivering), -1, dice.integer(1, 3))
    for days in (
        -dice.integer(20, 60),
        -dice.integer(3, 19),
        dice.integer(1, 4),
        dice.integer(5, 9),
        dice.integer(10, 15),
    ):
        _reservation_row(plot, dice, dice.one(restaurants), days)


def _restaurant_row(plot: Plot, dice: Dice, name: str, cuisine: str) -> None:
    level = dice.integer(1, 4)
    values = {
        "name": name,
        "cuisine": cuisine,
        "street": f"{dice.integer(1, 99)} {dice.one(STREETS)}",
        "city": plot.me.city,
        "price_level": level,
        "opens": dice.one(("10:00", "11:30", "12:00", "16:00")),
        "closes": dice.one(("21:30", "22:00", "23:00")),
        "closed_on": dice.one(_DAYS),
        "delivers": int(dice.chance(0.75) or not plot.rows("food_restaurants")),
        "fee_cents": dice.integer(2, 10) * 50,
        "minimum_cents": dice.integer(10, 20) * 100,
        "largest_table": dice.one((4, 6, 8, 12)),
    }
    restaurant = plot.add("food_restaurants", values)
    for dish, course, price, vegetarian in (*_CUISINES[cuisine], *some(dice, _ALSO, 2)):
        cost = price * 100 + level * 50 + dice.integer(-3, 6) * 10
        menu = {"restaurant_id": restaurant, "name": dish, "course": course, "price_cents": cost}
        plot.add("food_dishes", menu | {"vegetarian": int(vegetarian), "sold_out": int(dice.chance(0.1))})
    for _ in range(dice.integer(0, 3)):
        stars = dice.one((1, 2, 3, 4, 5), (1, 1, 2, 4, 3))
        review = {"restaurant_id": restaurant, "author": dice.one(plot.people).first, "stars": stars}
        at = plot.at(-dice.integer(3, 200), dice.integer(18, 23))
        plot.add("food_reviews", review | {"text": _WORDS[stars], "written_at": at})
    if dice.chance(0.7):
        plot.add("food_full", {"restaurant_id": restaurant, "at": plot.at(dice.integer(1, 7), dice.integer(18, 20))})


def _order_row(plot: Plot, dice: Dice, place: Row, placed: int, comes: int) -> None:
    """An order with its payment and its mail."""
    dishes = some(
        dice, [row for row in plot.rows("food_dishes") if row["restaurant_id"] == place["id"]], dice.integer(2, 4)
    )
    lines = [(row, dice.one((1, 1, 2, 3))) for row in dishes]
    total = place["fee_cents"] + sum(row["price_cents"] * quantity for row, quantity in lines)
    if weekday(plot.day(comes)) == place["closed_on"]:
        comes, placed = comes + 1, min(placed + 1, -1)
    at, due = plot.at(placed, 8, dice.integer(0, 59)), plot.at(comes, 18, dice.integer(0, 3) * 15)
    values = {
        "restaurant_id": place["id"],
        "placed_at": at,
        "deliver_at": due,
        "status": "ordered",
        "total_cents": total,
    }
    order_id = plot.add("food_orders", values | {"street": plot.me.street, "city": plot.me.city})
    for row, quantity in lines:
        line = {"order_id": order_id, "dish_id": row["id"], "quantity": quantity, "price_cents": row["price_cents"]}
        plot.add("food_lines", line)
    paid = record_payment(plot, SERVICE, total, at, f"{SERVICE} order {order_id}", "dining")
    plot.rows("food_orders")[-1]["transaction_id"] = paid
    mail = _order_mail(order_id, place["name"], total, due)
    record_mail(plot, (SERVICE, SERVICE_ADDRESS), [plot.me.email], *mail, at)


def _reservation_row(plot: Plot, dice: Dice, place: Row, days: int) -> None:
    """A table with its event and its mail; some are cancelled."""
    if weekday(plot.day(days)) == place["closed_on"]:
        days += 1
    at, people = plot.at(days, dice.integer(18, 19), dice.integer(0, 1) * 30), dice.integer(2, 4)
    status = "cancelled" if dice.chance(0.2) else "booked"
    values = {"restaurant_id": place["id"], "at": at, "people": people, "status": status}
    reservation = plot.add("food_reservations", values)
    guests = [one.email for one in some(dice, plot.who("friend", "family"), people - 1)]
    record_event(
        plot,
        f"Table at {place['name']}",
        at,
        plus_minutes(at, STAY),
        location=place["street"],
        notes=_event_notes(reservation),
        guests=guests,
        status="cancelled" if status == "cancelled" else "confirmed",
    )
    mail = _table_mail(reservation, place["name"], at, people)
    record_mail(plot, (place["name"], SERVICE_ADDRESS), [plot.me.email], *mail, plot.at(min(days, 0) - 2, 12))


APP = App(
    name="food",
    about="Restaurants and their menus, orders that are delivered, reservations of tables, reviews, favourites.",
    tables=TABLES,
    generate=generate,
    reads=(
        *(
            search_restaurants,
            show_restaurant,
            show_menu,
            search_dishes,
            list_reviews,
            free_tables,
            show_cart,
            list_orders,
        ),
        *(show_order, list_reservations),
    ),
    writes=(
        *(
            add_to_cart,
            remove_from_cart,
            clear_cart,
            order,
            cancel_order,
            reserve,
            change_reservation,
            cancel_reservation,
        ),
        *(write_review, delete_review, set_favourite),
    ),
    needs=("contacts", "mail", "bank", "calendar", "shop"),
)
