"""Shop: products, reviews, cart, orders paid from the bank, returns, wishlist, addresses, coupons."""

from __future__ import annotations

from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.apps.bank import charge, record_payment, refund
from sge_envs.world.apps.files import record_file
from sge_envs.world.apps.mail import deliver, record_mail
from sge_envs.world.clock import plus_days
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Amount, Date, Length, Name, Page, PageSize, Range, Text
from sge_envs.world.money import cents, dollars, money
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE shop_products (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, brand TEXT NOT NULL, category TEXT NOT NULL,
    price_cents INTEGER NOT NULL, stock INTEGER NOT NULL, delivery_days INTEGER NOT NULL, description TEXT NOT NULL
);
CREATE INDEX shop_products_category ON shop_products (category);
CREATE TABLE shop_reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT, product_id INTEGER NOT NULL REFERENCES shop_products (id), author TEXT NOT NULL,
    stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5), text TEXT NOT NULL, written_at TEXT NOT NULL,
    mine INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX shop_reviews_product ON shop_reviews (product_id);
CREATE TABLE shop_cart (
    id INTEGER PRIMARY KEY AUTOINCREMENT, product_id INTEGER NOT NULL UNIQUE REFERENCES shop_products (id),
    quantity INTEGER NOT NULL
);
CREATE TABLE shop_addresses (
    id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL, street TEXT NOT NULL,
    city TEXT NOT NULL, is_default INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE shop_orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, placed_at TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('processing', 'shipped', 'delivered', 'cancelled')),
    total_cents INTEGER NOT NULL, discount_cents INTEGER NOT NULL DEFAULT 0, recipient TEXT NOT NULL, street TEXT NOT NULL,
    city TEXT NOT NULL, delivery_date TEXT NOT NULL, transaction_id INTEGER REFERENCES bank_transactions (id),
    gift_note TEXT NOT NULL DEFAULT ''
);
CREATE TABLE shop_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL REFERENCES shop_orders (id),
    product_id INTEGER NOT NULL REFERENCES shop_products (id), quantity INTEGER NOT NULL, price_cents INTEGER NOT NULL
);
CREATE INDEX shop_lines_order ON shop_lines (order_id);
CREATE TABLE shop_returns (
    id INTEGER PRIMARY KEY AUTOINCREMENT, line_id INTEGER NOT NULL REFERENCES shop_lines (id), quantity INTEGER NOT NULL,
    reason TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('requested', 'refunded', 'withdrawn')),
    requested_at TEXT NOT NULL
);
CREATE INDEX shop_returns_line ON shop_returns (line_id);
CREATE TABLE shop_wishes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, product_id INTEGER NOT NULL UNIQUE REFERENCES shop_products (id),
    added_at TEXT NOT NULL
);
CREATE TABLE shop_coupons (
    id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL UNIQUE, percent INTEGER NOT NULL,
    minimum_cents INTEGER NOT NULL, expires TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0
);
"""

Category = Literal["audio", "books", "garden", "kitchen", "office", "sports", "toys"]
Status = Literal["processing", "shipped", "delivered", "cancelled"]
Reason = Literal["damaged", "wrong_item", "too_late", "not_needed"]
SortBy = Literal["relevance", "price", "price_descending", "rating"]
Quantity = Annotated[int, Range(1, 20)]
_ORDER = {
    "relevance": "p.name, p.id",
    "price": "p.price_cents, p.id",
    "price_descending": "p.price_cents DESC, p.id",
    "rating": "rating DESC, p.id",
}
_RATING = "(SELECT ROUND(AVG(stars), 1) FROM shop_reviews r WHERE r.product_id = p.id)"
SHOP = "Everyday Shop"
SHOP_ADDRESS = "orders@everydayshop.example"
RETURN_DAYS = 30
FREE_SHIPPING, SHIPPING = 5000, 495


# Reading ------------------------------------------------------------------------------------------------------------


def search(
    db: Database,
    query: str | None = None,
    category: Category | None = None,
    brand: str | None = None,
    min_price: Amount | None = None,
    max_price: Amount | None = None,
    min_rating: Annotated[float, Range(1, 5)] | None = None,
    in_stock: bool | None = None,
    sort_by: SortBy = "relevance",
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find products; every filter that is given must hold.

    Args:
        query: Words that must stand in name, brand or description.
        category: Only this category.
        brand: Only this brand, in full.
        min_price: At least this price.
        max_price: At most this price.
        min_rating: At least this average of stars.
        in_stock: Only what is in stock (true) or sold out (false).
        sort_by: The order of the results.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and products with id, name, brand, category, price, rating (null without reviews), stock and
        delivery_days.
    """
    where = Where()
    where.words(("p.name", "p.brand", "p.description"), query)
    where.given("p.category = ?", category)
    where.given("p.brand = ? COLLATE NOCASE", brand)
    where.given("p.price_cents >= ?", None if min_price is None else cents(min_price))
    where.given("p.price_cents <= ?", None if max_price is None else cents(max_price))
    where.given(f"{_RATING} >= ?", min_rating)
    where.given("(p.stock > 0) = ?", in_stock)
    sql = (
        f"SELECT p.id, p.name, p.brand, p.category, p.price_cents, {_RATING} AS rating, p.stock, p.delivery_days "
        f"FROM shop_products p {{where}} ORDER BY {_ORDER[sort_by]}"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"products": [_priced(row) for row in found]}


def show_product(db: Database, product_id: int) -> Record:
    """Show a product in full.

    Args:
        product_id: The product's id.

    Returns:
        id, name, brand, category, price, stock, delivery_days, description, rating and reviews (how many).
    """
    row = _product(db, product_id)
    found = db.one(
        "SELECT COUNT(*) AS reviews, ROUND(AVG(stars), 1) AS rating FROM shop_reviews WHERE product_id = ?", product_id
    )
    return _priced(row) | (found or {})


def list_reviews(
    db: Database,
    product_id: int,
    stars: Annotated[int, Range(1, 5)] | None = None,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """List the reviews of a product, the newest first.

    Args:
        product_id: The product's id.
        stars: Only reviews with so many stars.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and reviews with id, author, stars, text, written_at and mine.
    """
    _product(db, product_id)
    where = Where()
    where.add("product_id = ?", product_id)
    where.given("stars = ?", stars)
    sql = "SELECT id, author, stars, text, written_at, mine FROM shop_reviews {where} ORDER BY written_at DESC, id DESC"
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"reviews": [row | {"mine": bool(row["mine"])} for row in found]}


def show_cart(db: Database) -> Record:
    """Show what is in the cart and what it would cost.

    Returns:
        items with product_id, name, quantity, price and subtotal; subtotal, shipping (4.95 below 50.00) and total.
    """
    items = _cart(db)
    subtotal = sum(row["price_cents"] * row["quantity"] for row in items)
    shipping = _shipping(subtotal) if items else 0
    return {
        "items": [
            {
                **{name: row[name] for name in ("product_id", "name", "quantity")},
                "price": money(row["price_cents"]),
                "subtotal": money(row["price_cents"] * row["quantity"]),
            }
            for row in items
        ],
        "subtotal": money(subtotal),
        "shipping": money(shipping),
        "total": money(subtotal + shipping),
    }


def list_orders(
    db: Database,
    status: Status | None = None,
    query: str | None = None,
    since: Date | None = None,
    until: Date | None = None,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """List the user's orders, the newest first; every filter that is given must hold.

    Args:
        status: Only this status.
        query: Words that must stand in the names of the order's products.
        since: Placed on this date or later.
        until: Placed on this date or earlier.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and orders with id, placed_at, status, total, delivery_date and items (how many).
    """
    where = Where()
    where.given("o.status = ?", status)
    names = (
        "(SELECT group_concat(p.name, ' ') FROM shop_lines l JOIN shop_products p ON p.id = l.product_id "
        "WHERE l.order_id = o.id)"
    )
    where.words((names,), query)
    where.given("o.placed_at >= ?", since)
    where.given("substr(o.placed_at, 1, 10) <= ?", until)
    sql = (
        "SELECT o.id, o.placed_at, o.status, o.total_cents, o.delivery_date, "
        "(SELECT SUM(quantity) FROM shop_lines l WHERE l.order_id = o.id) AS items FROM shop_orders o {where} "
        "ORDER BY o.placed_at DESC, o.id DESC"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"orders": [_total(row) for row in found]}


def show_order(db: Database, order_id: int) -> Record:
    """Show an order in full.

    Args:
        order_id: The order's id.

    Returns:
        All fields, transaction_id (of the payment at the bank), lines with id, product_id, name, quantity and price, and
        returns with id, line_id, quantity, reason and status.
    """
    row = _order(db, order_id)
    lines = db.rows(
        "SELECT l.id, l.product_id, p.name, l.quantity, l.price_cents FROM shop_lines l JOIN shop_products p "
        "ON p.id = l.product_id WHERE l.order_id = ? ORDER BY l.id",
        order_id,
    )
    returns = db.rows(
        "SELECT r.id, r.line_id, r.quantity, r.reason, r.status FROM shop_returns r JOIN shop_lines l ON l.id = r.line_id "
        "WHERE l.order_id = ? ORDER BY r.id",
        order_id,
    )
    return _total(row) | {"lines": [_priced(line) for line in lines], "returns": returns}


def list_wishes(db: Database) -> Record:
    """List the products on the wishlist.

    Returns:
        wishes, each with product_id, name, price, stock and added_at.
    """
    rows = db.rows(
        "SELECT w.product_id, p.name, p.price_cents, p.stock, w.added_at FROM shop_wishes w JOIN shop_products p "
        "ON p.id = w.product_id ORDER BY w.added_at, w.id"
    )
    return {"wishes": [_priced(row) for row in rows]}


def list_addresses(db: Database) -> Record:
    """List the delivery addresses.

    Returns:
        addresses, each with id, label, recipient, street, city and is_default.
    """
    rows = db.rows("SELECT * FROM shop_addresses ORDER BY label")
    return {"addresses": [row | {"is_default": bool(row["is_default"])} for row in rows]}


def list_coupons(db: Database) -> Record:
    """List the user's coupons, also those used or expired.

    Returns:
        coupons, each with code, percent, minimum (of the subtotal), expires (the last day) and used.
    """
    rows = db.rows("SELECT code, percent, minimum_cents, expires, used FROM shop_coupons ORDER BY code")
    return {
        "coupons": [
            {
                **{name: row[name] for name in ("code", "percent", "expires")},
                "minimum": money(row["minimum_cents"]),
                "used": bool(row["used"]),
            }
            for row in rows
        ]
    }


# Writing ------------------------------------------------------------------------------------------------------------


def add_to_cart(db: Database, product_id: int, quantity: Quantity = 1) -> Record:
    """Put a product into the cart, or more of it.

    Args:
        product_id: The product's id.
        quantity: How many.

    Returns:
        product_id and quantity (how many are in the cart now).
    """
    product = _product(db, product_id)
    row = db.one("SELECT * FROM shop_cart WHERE product_id = ?", product_id)
    wanted = quantity + (row["quantity"] if row else 0)
    _check_stock(product, wanted)
    if row:
        db.update("shop_cart", row["id"], {"quantity": wanted})
    else:
        db.insert("shop_cart", {"product_id": product_id, "quantity": wanted})
    return {"product_id": product_id, "quantity": wanted}


def set_quantity(db: Database, product_id: int, quantity: Quantity) -> Record:
    """Set how many of a product are in the cart.

    Args:
        product_id: A product of the cart.
        quantity: How many.

    Returns:
        product_id and quantity.
    """
    row = _in_cart(db, product_id)
    _check_stock(_product(db, product_id), quantity)
    db.update("shop_cart", row["id"], {"quantity": quantity})
    return {"product_id": product_id, "quantity": quantity}


def remove_from_cart(db: Database, product_id: int) -> Record:
    """Take a product out of the cart.

    Args:
        product_id: A product of the cart.

    Returns:
        product_id.
    """
    db.delete("shop_cart", _in_cart(db, product_id)["id"])
    return {"product_id": product_id}


def clear_cart(db: Database) -> Record:
    """Take everything out of the cart.

    Returns:
        removed, how many products.
    """
    ids = db.column("SELECT id FROM shop_cart ORDER BY id")
    for one in ids:
        db.delete("shop_cart", one)
    return {"removed": len(ids)}


def checkout(
    db: Database,
    account_id: int,
    address_id: int | None = None,
    coupon: Annotated[str, Length(1, 30)] | None = None,
    gift_note: Annotated[str, Length(0, 200)] = "",
) -> Record:
    """Order what is in the cart and pay for it. A confirmation comes by mail.

    Args:
        account_id: The bank account to pay from.
        address_id: The delivery address; by default the default one.
        coupon: Code of a coupon.
        gift_note: Text of a card that goes with it.

    Returns:
        order_id, total, delivery_date and transaction_id.
    """
    items = _cart(db)
    if not items:
        raise conflict("The cart is empty.")
    for row in items:
        _check_stock(_product(db, row["product_id"]), row["quantity"])
    address = delivery_address(db, address_id)
    subtotal = sum(row["price_cents"] * row["quantity"] for row in items)
    discount = _use_coupon(db, coupon, subtotal) if coupon else 0
    order_id = _place(db, address, items, subtotal + _shipping(subtotal) - discount, discount, account_id, gift_note)
    for row in items:
        db.delete("shop_cart", row["id"])
    return _confirm(db, order_id)


def order_again(db: Database, order_id: int, account_id: int) -> Record:
    """Order the same things as in an earlier order, at today's prices, to the same address. The cart stays as it is.

    Args:
        order_id: The earlier order.
        account_id: The bank account to pay from.

    Returns:
        order_id, total, delivery_date and transaction_id of the new order.
    """
    old = _order(db, order_id)
    items = db.rows(
        "SELECT l.product_id, l.quantity, p.name, p.price_cents, p.delivery_days FROM shop_lines l JOIN shop_products p "
        "ON p.id = l.product_id WHERE l.order_id = ? ORDER BY l.id",
        order_id,
    )
    for row in items:
        _check_stock(_product(db, row["product_id"]), row["quantity"])
    subtotal = sum(row["price_cents"] * row["quantity"] for row in items)
    return _confirm(db, _place(db, old, items, subtotal + _shipping(subtotal), 0, account_id, ""))


def cancel_order(db: Database, order_id: int) -> Record:
    """Cancel an order that is still processing; the money goes back to the account it was paid from.

    Args:
        order_id: The order's id.

    Returns:
        order_id and refunded.
    """
    row = _order(db, order_id)
    if row["status"] != "processing":
        raise not_allowed(f"The order {order_id} is {row['status']}: only orders that are processing can be cancelled.")
    db.update("shop_orders", order_id, {"status": "cancelled"})
    for line in db.rows("SELECT product_id, quantity FROM shop_lines WHERE order_id = ? ORDER BY id", order_id):
        _restock(db, line["product_id"], line["quantity"])
    if row["transaction_id"] is not None:
        refund(db, row["transaction_id"], row["total_cents"])
    return {"order_id": order_id, "refunded": money(row["total_cents"])}


def change_delivery(db: Database, order_id: int, address_id: int) -> Record:
    """Send an order that is still processing to another address.

    Args:
        order_id: The order's id.
        address_id: The new delivery address.

    Returns:
        order_id, recipient, street and city.
    """
    row, address = _order(db, order_id), _address(db, address_id)
    if row["status"] != "processing":
        raise not_allowed(f"The order {order_id} is {row['status']}: its address cannot be changed any more.")
    values = {name: address[name] for name in ("recipient", "street", "city")}
    db.update("shop_orders", order_id, values)
    return {"order_id": order_id} | values


def request_return(db: Database, line_id: int, quantity: Quantity, reason: Reason) -> Record:
    """Ask to return products of a delivered order, within 30 days after the delivery.

    Args:
        line_id: The line of the order: see shop.show_order.
        quantity: How many to return.
        reason: Why.

    Returns:
        return_id and refund (what will be paid back).
    """
    line = db.get("shop_lines", line_id)
    if line is None:
        raise not_found("line of an order", line_id)
    order = _order(db, line["order_id"])
    if order["status"] != "delivered":
        raise not_allowed(f"The order {order['id']} is {order['status']}: only delivered products can be returned.")
    if db.today > plus_days(order["delivery_date"], RETURN_DAYS):
        raise not_allowed(f"The {RETURN_DAYS} days to return products of the order {order['id']} are over.")
    sql = "SELECT COALESCE(SUM(quantity), 0) FROM shop_returns WHERE line_id = ? AND status != 'withdrawn'"
    left = line["quantity"] - db.value(sql, line_id)
    if quantity > left:
        raise conflict(f"Of this line {left} can still be returned, not {quantity}.")
    values = {"line_id": line_id, "quantity": quantity, "reason": reason, "status": "requested", "requested_at": db.now}
    return {"return_id": db.insert("shop_returns", values), "refund": money(line["price_cents"] * quantity)}


def withdraw_return(db: Database, return_id: int) -> Record:
    """Withdraw a return that is not refunded yet.

    Args:
        return_id: The return's id.

    Returns:
        return_id.
    """
    row = db.get("shop_returns", return_id)
    if row is None:
        raise not_found("return", return_id)
    if row["status"] != "requested":
        raise conflict(f"The return {return_id} is {row['status']} already.")
    db.update("shop_returns", return_id, {"status": "withdrawn"})
    return {"return_id": return_id}


def add_wish(db: Database, product_id: int) -> Record:
    """Put a product on the wishlist.

    Args:
        product_id: The product's id.

    Returns:
        product_id.
    """
    product = _product(db, product_id)
    if db.value("SELECT id FROM shop_wishes WHERE product_id = ?", product_id) is not None:
        raise conflict(f"{product['name']} is on the wishlist already.")
    db.insert("shop_wishes", {"product_id": product_id, "added_at": db.now})
    return {"product_id": product_id}


def remove_wish(db: Database, product_id: int) -> Record:
    """Take a product off the wishlist.

    Args:
        product_id: A product of the wishlist.

    Returns:
        product_id.
    """
    known = db.value("SELECT id FROM shop_wishes WHERE product_id = ?", product_id)
    if known is None:
        raise not_found("product on the wishlist", product_id)
    db.delete("shop_wishes", known)
    return {"product_id": product_id}


def write_review(db: Database, product_id: int, stars: Annotated[int, Range(1, 5)], text: Text = "") -> Record:
    """Review a product that was delivered to the user; a review of it that the user wrote before is replaced.

    Args:
        product_id: The product's id.
        stars: 1 to 5.
        text: What to say.

    Returns:
        id of the review.
    """
    product = _product(db, product_id)
    bought = db.value(
        "SELECT l.id FROM shop_lines l JOIN shop_orders o ON o.id = l.order_id WHERE l.product_id = ? "
        "AND o.status = 'delivered'",
        product_id,
    )
    if bought is None:
        raise not_allowed(f"{product['name']} was never delivered to you.")
    values = {"stars": stars, "text": text, "written_at": db.now}
    known = db.value("SELECT id FROM shop_reviews WHERE product_id = ? AND mine = 1", product_id)
    if known is not None:
        db.update("shop_reviews", known, values)
        return {"id": known}
    author = db.user["name"]
    return {"id": db.insert("shop_reviews", {"product_id": product_id, "author": author, "mine": 1} | values)}


def delete_review(db: Database, review_id: int) -> Record:
    """Delete a review of the user's own.

    Args:
        review_id: The review's id.

    Returns:
        id of the deleted review.
    """
    row = db.get("shop_reviews", review_id)
    if row is None:
        raise not_found("review", review_id)
    if not row["mine"]:
        raise not_allowed(f"{row['author']} wrote this review: only they can delete it.")
    db.delete("shop_reviews", review_id)
    return {"id": review_id}


def add_address(db: Database, label: Name, recipient: Name, street: Name, city: Name) -> Record:
    """Add a delivery address.

    Args:
        label: A short name for it, not used by another.
        recipient: Who gets the parcels.
        street: Street and number.
        city: City.

    Returns:
        id of the address.
    """
    _check_label(db, label)
    values = {"label": label.strip(), "recipient": recipient.strip(), "street": street.strip(), "city": city.strip()}
    return {"id": db.insert("shop_addresses", values)}


def update_address(
    db: Database,
    address_id: int,
    label: Name | None = None,
    recipient: Name | None = None,
    street: Name | None = None,
    city: Name | None = None,
) -> Record:
    """Change a delivery address; what is not given stays. Orders already placed keep theirs.

    Args:
        address_id: The address's id.
        label: New label.
        recipient: New recipient.
        street: New street and number.
        city: New city.

    Returns:
        id and changed, the names of the fields that were set.
    """
    row = _address(db, address_id)
    given = {"label": label, "recipient": recipient, "street": street, "city": city}
    values = {name: value.strip() for name, value in given.items() if value is not None}
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    if label is not None and label.strip() != row["label"]:
        _check_label(db, label)
    db.update("shop_addresses", address_id, values)
    return {"id": address_id, "changed": list(values)}


def delete_address(db: Database, address_id: int) -> Record:
    """Delete a delivery address that is not the default one.

    Args:
        address_id: The address's id.

    Returns:
        id of the deleted address.
    """
    row = _address(db, address_id)
    if row["is_default"]:
        raise not_allowed(f"{row['label']} is the default address: make another one the default first.")
    db.delete("shop_addresses", address_id)
    return {"id": address_id}


def set_default_address(db: Database, address_id: int) -> Record:
    """Make an address the one that is used when none is named.

    Args:
        address_id: The address's id.

    Returns:
        id.
    """
    _address(db, address_id)
    for one in db.column("SELECT id FROM shop_addresses WHERE is_default = 1 ORDER BY id"):
        db.update("shop_addresses", one, {"is_default": 0})
    db.update("shop_addresses", address_id, {"is_default": 1})
    return {"id": address_id}


# For other apps -----------------------------------------------------------------------------------------------------


def delivery_address(db: Database, address_id: int | None) -> Row:
    """The row of a delivery address; that of the default one where no id is given.

    Raises:
        OperationError: there is no such address.
    """
    return _address(db, address_id) if address_id is not None else _default_address(db)


# The inside ---------------------------------------------------------------------------------------------------------


def _product(db: Database, product_id: int) -> Row:
    row = db.get("shop_products", product_id)
    if row is None:
        raise not_found("product", product_id)
    return row


def _order(db: Database, order_id: int) -> Row:
    row = db.get("shop_orders", order_id)
    if row is None:
        raise not_found("order", order_id)
    return row


def _address(db: Database, address_id: int) -> Row:
    row = db.get("shop_addresses", address_id)
    if row is None:
        raise not_found("address", address_id)
    return row


def _default_address(db: Database) -> Row:
    row = db.one("SELECT * FROM shop_addresses WHERE is_default = 1")
    if row is None:
        raise conflict("There is no default address: give address_id.")
    return row


def _in_cart(db: Database, product_id: int) -> Row:
    row = db.one("SELECT * FROM shop_cart WHERE product_id = ?", product_id)
    if row is None:
        raise not_found("product in the cart", product_id)
    return row


def _cart(db: Database) -> list[Row]:
    return db.rows(
        "SELECT c.id, c.product_id, p.name, c.quantity, p.price_cents, p.delivery_days FROM shop_cart c "
        "JOIN shop_products p ON p.id = c.product_id ORDER BY c.id"
    )


def _priced(row: Row) -> Row:
    shown = {name: value for name, value in row.items() if name != "price_cents"}
    return shown | {"price": money(row["price_cents"])}


def _total(row: Row) -> Row:
    shown = {name: value for name, value in row.items() if not name.endswith("_cents")}
    shown["total"] = money(row["total_cents"])
    if "discount_cents" in row:
        shown["discount"] = money(row["discount_cents"])
    return shown


def _shipping(subtotal: int) -> int:
    return 0 if subtotal >= FREE_SHIPPING else SHIPPING


def _check_stock(product: Row, wanted: int) -> None:
    if wanted > product["stock"]:
        raise limit_reached(f"Of {product['name']} {product['stock']} are in stock, not {wanted}.")


def _check_label(db: Database, label: str) -> None:
    if db.value("SELECT id FROM shop_addresses WHERE label = ? COLLATE NOCASE", label.strip()) is not None:
        raise conflict(f"There is an address {label.strip()!r} already.")


def _restock(db: Database, product_id: int, quantity: int) -> None:
    db.update("shop_products", product_id, {"stock": _product(db, product_id)["stock"] + quantity})


def _use_coupon(db: Database, code: str, subtotal: int) -> int:
    row = db.one("SELECT * FROM shop_coupons WHERE code = ? COLLATE NOCASE", code.strip())
    if row is None:
        raise not_found("coupon", code)
    if row["used"]:
        raise conflict(f"The coupon {row['code']} was used already.")
    if db.today > row["expires"]:
        raise conflict(f"The coupon {row['code']} expired on {row['expires']}.")
    if subtotal < row["minimum_cents"]:
        raise limit_reached(f"The coupon {row['code']} needs a subtotal of {dollars(row['minimum_cents'])}.")
    db.update("shop_coupons", row["id"], {"used": 1})
    return int(subtotal * row["percent"] // 100)


def _place(
    db: Database, address: Row, items: list[Row], total: int, discount: int, account_id: int, gift_note: str
) -> int:
    """Write the order, take the products from the stock, and pay."""
    values = {
        "placed_at": db.now,
        "status": "processing",
        "total_cents": total,
        "discount_cents": discount,
        "recipient": address["recipient"],
        "street": address["street"],
        "city": address["city"],
        "delivery_date": plus_days(db.today, max(row["delivery_days"] for row in items)),
        "gift_note": gift_note,
    }
    order_id = db.insert("shop_orders", values)
    for row in items:
        line = {name: row[name] for name in ("product_id", "quantity", "price_cents")}
        db.insert("shop_lines", {"order_id": order_id} | line)
        _restock(db, row["product_id"], -row["quantity"])
    paid = charge(db, account_id, total, SHOP, f"Order {order_id}", "shopping")
    db.update("shop_orders", order_id, {"transaction_id": paid})
    return order_id


def _confirm(db: Database, order_id: int) -> Record:
    row = _order(db, order_id)
    subject, body = _confirmation(order_id, row["total_cents"], row["delivery_date"])
    deliver(db, SHOP, SHOP_ADDRESS, subject, body)
    return {
        "order_id": order_id,
        "total": money(row["total_cents"]),
        "delivery_date": row["delivery_date"],
        "transaction_id": row["transaction_id"],
    }


def _confirmation(order_id: int, total: int, date: str) -> tuple[str, str]:
    body = f"Thank you for your order {order_id}.\nTotal: {dollars(total)}\nExpected delivery: {date}\n\n{SHOP}"
    return f"Your order {order_id}", body


# The generated history ----------------------------------------------------------------------------------------------

_BRANDS = ("Acorn", "Brightway", "Corvo", "Dune", "Elmwood", "Finch")
_GOODS: dict[str, tuple[tuple[str, int, int], ...]] = {
    "audio": (("Headphones", 39, 180), ("Bluetooth speaker", 25, 120), ("Radio", 20, 90), ("Earbuds", 15, 99)),
    "books": (("City guide", 9, 25), ("Crime novel", 8, 20), ("Cookbook", 15, 40), ("Atlas of birds", 18, 45)),
    "garden": (("Watering can", 9, 30), ("Garden hose", 15, 60), ("Flower pot", 5, 25), ("Bird feeder", 9, 40)),
    "kitchen": (("Kettle", 19, 80), ("Toaster", 19, 90), ("Frying pan", 15, 70), ("Coffee grinder", 25, 110)),
    "office": (("Desk lamp", 15, 80), ("Notebook set", 5, 20), ("Monitor stand", 20, 75), ("Keyboard", 20, 120)),
    "sports": (("Yoga mat", 12, 45), ("Running belt", 9, 30), ("Water bottle", 8, 30), ("Tennis balls", 5, 18)),
    "toys": (("Puzzle", 8, 30), ("Board game", 15, 50), ("Kite", 9, 35), ("Building blocks", 15, 60)),
}
_REVIEWS: dict[int, tuple[str, ...]] = {
    1: ("Broke after a week.", "Not as shown."),
    2: ("Too expensive for what it is.", "It works, barely."),
    3: ("It does its job.", "Neither good nor bad."),
    4: ("Good, with small flaws.", "Happy with it."),
    5: ("Excellent!", "I would buy it again."),
}


def generate(plot: Plot) -> None:
    """Products with reviews, orders of half a year with payments and mails, a cart, wishes, addresses, coupons."""
    dice = plot.dice("shop")
    for category, goods in _GOODS.items():
        for name, low, high in goods:
            for brand in some(dice, _BRANDS, 2 if dice.chance(0.6) else 1):
                _product_row(plot, dice, category, f"{brand} {name}", brand, dice.integer(low, high) * 100 - 1)
    products = plot.rows("shop_products")
    home = {"recipient": plot.me.name, "street": plot.me.street, "city": plot.me.city}
    family = dice.one(plot.who("family"))
    parents = {"recipient": family.name, "street": family.street, "city": family.city}
    plot.add("shop_addresses", {"label": "Home", "is_default": 1} | home)
    plot.add("shop_addresses", {"label": family.first} | parents)
    plot.add(
        "shop_addresses",
        {"label": "Office", "recipient": plot.me.name, "street": "1 Harbor Street", "city": plot.me.city},
    )
    for days in [*sorted((dice.integer(3, 170) for _ in range(9)), reverse=True), 2, 1]:
        _order_row(plot, dice, some(dice, products, dice.integer(1, 3)), home if dice.chance(0.8) else parents, days)
    stocked = [row for row in products if row["stock"] > 3]
    for row in some(dice, stocked, dice.integer(0, 2)):
        plot.add("shop_cart", {"product_id": row["id"], "quantity": 1})
    for row in some(dice, products, 4):
        plot.add("shop_wishes", {"product_id": row["id"], "added_at": plot.at(-dice.integer(2, 90), 20)})
    for code, days, used in (("SPRING", 20, 0), ("WELCOME", 200, 1), ("LASTYEAR", -60, 0), ("FRIENDS", 45, 0)):
        values = {"code": f"{code}{dice.integer(10, 99)}", "percent": dice.integer(1, 4) * 5, "used": used}
        plot.add("shop_coupons", values | {"minimum_cents": dice.integer(0, 8) * 1000, "expires": plot.day(days)})


def _product_row(plot: Plot, dice: Dice, category: str, name: str, brand: str, price: int) -> None:
    values = {
        "name": name,
        "brand": brand,
        "category": category,
        "price_cents": price,
        "delivery_days": dice.integer(1, 9),
    }
    text = f"{name} in {dice.one(('black', 'white', 'green', 'blue', 'red'))}, {dice.integer(1, 3)} years of warranty."
    stock = 0 if dice.chance(0.12) else dice.integer(2, 40)
    product = plot.add("shop_products", values | {"stock": stock, "description": text})
    for _ in range(dice.integer(0, 4)):
        stars = dice.one((1, 2, 3, 4, 5), (1, 1, 2, 4, 4))
        review = {"product_id": product, "author": dice.one(plot.people).first, "stars": stars}
        at = plot.at(-dice.integer(3, 300), dice.integer(8, 22))
        plot.add("shop_reviews", review | {"text": dice.one(_REVIEWS[stars]), "written_at": at})


def _order_row(plot: Plot, dice: Dice, items: list[Row], address: Row, days: int) -> None:
    """An order placed ``days`` ago, with its payment and its mails; the bill goes into the files."""
    lines = [(row, dice.one((1, 1, 1, 2, 3))) for row in items]
    subtotal = sum(row["price_cents"] * quantity for row, quantity in lines)
    total = subtotal + _shipping(subtotal)
    wait = max(row["delivery_days"] for row, _ in lines)
    status = "processing" if days <= 2 else "delivered" if wait < days else "shipped"
    if days > 10 and dice.chance(0.12):
        status = "cancelled"
    at, due = plot.at(-days, dice.integer(8, 21), dice.integer(0, 59)), plot.day(wait - days)
    values = {"placed_at": at, "status": status, "total_cents": total, "delivery_date": due}
    order_id = plot.add("shop_orders", values | address)
    for row, quantity in lines:
        line = {"order_id": order_id, "product_id": row["id"], "quantity": quantity, "price_cents": row["price_cents"]}
        plot.add("shop_lines", line)
    paid = record_payment(plot, SHOP, total, at, f"Order {order_id}", "shopping")
    plot.rows("shop_orders")[-1]["transaction_id"] = paid
    bill = "\n".join(f"{quantity} x {row['name']}: {dollars(row['price_cents'] * quantity)}" for row, quantity in lines)
    content = f"{SHOP}\nInvoice of order {order_id}, {at[:10]}\n{bill}\nTotal: {dollars(total)}"
    invoice = f"invoice-{order_id}.pdf"
    _order_mails(plot, order_id, total, at, due, status, (invoice, content))
    if status == "cancelled":
        again, reference = plot.at(-days + 1, 9), f"Refund: Order {order_id}"
        record_payment(plot, SHOP, -total, again, reference, "shopping", kind="refund", refund_of=paid)
    elif dice.chance(0.6):  # the others wait in the mail to be saved
        record_file(plot, "Invoices", invoice, content, at)


def _order_mails(
    plot: Plot, order_id: int, total: int, at: str, due: str, status: str, invoice: tuple[str, str]
) -> None:
    sender, to = (SHOP, SHOP_ADDRESS), [plot.me.email]
    new = status == "processing"
    record_mail(plot, sender, to, *_confirmation(order_id, total, due), at, unread=new, attached=[invoice])
    if status == "delivered":
        body = f"Your order {order_id} was delivered.\n\n{SHOP}"
        record_mail(plot, sender, to, f"Order {order_id} delivered", body, f"{due}T17:30")
    elif status == "cancelled":
        body = f"Your order {order_id} is cancelled, {dollars(total)} go back to your account.\n\n{SHOP}"
        record_mail(plot, sender, to, f"Order {order_id} cancelled", body, plus_days(at, 1))


APP = App(
    name="shop",
    about="An online shop: products, reviews, cart, orders and returns, wishlist, delivery addresses, coupons.",
    tables=TABLES,
    generate=generate,
    reads=(
        *(search, show_product, list_reviews, show_cart, list_orders, show_order, list_wishes, list_addresses),
        *(list_coupons,),
    ),
    writes=(
        *(
            add_to_cart,
            set_quantity,
            remove_from_cart,
            clear_cart,
            checkout,
            order_again,
            cancel_order,
            change_delivery,
        ),
        *(request_return, withdraw_return, add_wish, remove_wish, write_review, delete_review, add_address),
        *(update_address, delete_address, set_default_address),
    ),
    needs=("contacts", "files", "mail", "bank"),
)
