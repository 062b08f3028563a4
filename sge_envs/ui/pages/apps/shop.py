"""The pages of the shop."""

from __future__ import annotations

from sge_envs.ui.pages.shared import ACCOUNT
from sge_envs.ui.pages.spec import AppPages, Form, Go, Page, Record, Rows, Tab, Thing

PRODUCT = {"product_id": "id"}
IN_CART = {"product_id": "product_id"}
ORDER = {"order_id": "id"}
ADDRESS = {"address_id": "id"}
LISTED = Go("show_product", IN_CART)


def _is_processing(order: Record) -> bool:
    return bool(order["status"] == "processing")


PAGES = AppPages(
    app="shop",
    title="Shop",
    tabs=(
        Tab("search", "Products"),
        Tab("show_cart", "Cart"),
        Tab("list_orders", "Orders"),
        Tab("list_wishes", "Wishlist"),
        Tab("list_addresses", "Addresses"),
        Tab("list_coupons", "Coupons"),
    ),
    search="search",
    pages=(
        Page(
            "search",
            rows=(
                Rows(
                    "products",
                    ("name", "category", "price", "rating", "stock", "delivery_days"),
                    link=Go("show_product", PRODUCT),
                    actions=(Go("add_to_cart", PRODUCT, now=True),),
                ),
            ),
        ),
        Page(
            "show_product",
            title="name",
            links={"reviews": Go("list_reviews", PRODUCT)},
            actions=(
                Go("add_wish", PRODUCT, label="Put on wishlist"),
                Go("list_reviews", PRODUCT, label="Reviews"),
                Go("write_review", PRODUCT),
                Go("add_to_cart", PRODUCT, inline=True),
            ),
        ),
        Page(
            "list_reviews",
            rows=(
                Rows(
                    "reviews",
                    ("author", "stars", "text", "written_at"),
                    actions=(Go("delete_review", {"review_id": "id"}, when=lambda review: review["mine"]),),
                    empty="No reviews yet.",
                ),
            ),
            actions=(Go("show_product", IN_CART, label="Back to the product"), Go("write_review", IN_CART)),
        ),
        Page(
            "show_cart",
            rows=(
                Rows(
                    "items",
                    ("name", "quantity", "price", "subtotal"),
                    link=LISTED,
                    actions=(Go("set_quantity", IN_CART), Go("remove_from_cart", IN_CART, label="Remove", sure=False)),
                    empty="The cart is empty.",
                ),
            ),
            actions=(
                Go("checkout", when=lambda cart: bool(cart["items"])),
                Go("clear_cart", when=lambda cart: bool(cart["items"])),
            ),
        ),
        Page(
            "list_orders",
            rows=(
                Rows(
                    "orders",
                    (("id", "Order"), "placed_at", "status", "total", "delivery_date", "items"),
                    link=Go("show_order", ORDER),
                ),
            ),
        ),
        Page(
            "show_order",
            title="Order {id}",
            fields=(
                *("placed_at", "status", "total", "discount", "delivery_date", "recipient", "street", "city"),
                *("gift_note", ("transaction_id", "Payment")),
            ),
            links={"transaction_id": Go("bank.show_transaction", {"transaction_id": "transaction_id"})},
            rows=(
                Rows(
                    "lines",
                    ("name", "quantity", "price"),
                    link=LISTED,
                    actions=(
                        Go(
                            "request_return",
                            {"line_id": "id"},
                            label="Return",
                            when=lambda line: line["status"] == "delivered",
                        ),
                    ),
                    title="Products",
                ),
                Rows(
                    "returns",
                    (("line_id", "Line"), "quantity", "reason", "status"),
                    actions=(
                        Go(
                            "withdraw_return",
                            {"return_id": "id"},
                            label="Withdraw",
                            when=lambda row: row["status"] == "requested",
                        ),
                    ),
                    empty="Nothing was returned.",
                ),
            ),
            actions=(
                Go("order_again", ORDER),
                Go("cancel_order", ORDER, when=_is_processing),
                Go("change_delivery", ORDER, when=_is_processing),
            ),
        ),
        Page(
            "list_wishes",
            rows=(
                Rows(
                    "wishes",
                    ("name", "price", "stock", "added_at"),
                    link=LISTED,
                    actions=(Go("add_to_cart", IN_CART, now=True), Go("remove_wish", IN_CART, label="Remove")),
                ),
            ),
        ),
        Page(
            "list_addresses",
            rows=(
                Rows(
                    "addresses",
                    ("label", "recipient", "street", "city", ("is_default", "Default")),
                    actions=(
                        Go(
                            "set_default_address", ADDRESS, label="Make default", when=lambda row: not row["is_default"]
                        ),
                        Go("update_address", ADDRESS, label="Edit"),
                        Go("delete_address", ADDRESS, label="Delete"),
                    ),
                ),
            ),
            actions=(Go("add_address"),),
        ),
        Page("list_coupons", rows=(Rows("coupons", ("code", "percent", "minimum", "expires", "used")),)),
    ),
    forms=(Form("update_address", load="list_addresses", row=("addresses", "id", "address_id")),),
    things={
        "account_id": ACCOUNT,
        "product_id": Thing(shown=("show_product", "name")),
        "address_id": Thing(choices=("list_addresses", "addresses", "id", "label")),
    },
    money=("price", "subtotal", "shipping", "total", "discount", "minimum", "refund", "refunded"),
    verbs={"add_to_cart": "Add to cart", "checkout": "Check out"},
)
