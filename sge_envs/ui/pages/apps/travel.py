"""The pages of the travel agency: flights, trains and hotels, bookings and their changes, trips, travellers, alerts."""

from __future__ import annotations

from itertools import groupby

from sge_envs.ui.pages.shared import ACCOUNT
from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing

RIDE = {"ride_id": "id"}
ITS_RIDE = {"ride_id": "ride_id"}
HOTEL = {"hotel_id": "id"}
BOOKING = {"booking_id": "id"}
TRIP = {"trip_id": "id"}
TRAVELLER = {"traveller_id": "id"}
BOOKED = Go("show_booking", {"booking_id": "booking_id"})
WAY = {"kind": "kind", "origin": "origin", "destination": "destination"}


# What the pages show beside their own operations ---------------------------------------------------------------------


def _with_rules(ride: Record, look: Look) -> Record:
    """A ride whose fares say what they allow."""
    rules = {rule["fare"]: rule for rule in look("travel.fare_rules", {}).value["fares"]}
    return {**ride, "fares": [{**fare, **rules[fare["fare"]]} for fare in ride["fares"]]}


def _by_row(seats: Record, look: Look) -> Record:
    """The free seats, with one line for each row."""
    lines = [{"row": row, "seats": list(free)} for row, free in groupby(seats["free"], key=lambda seat: seat[:-1])]
    return {**seats, "rows": lines}


def _with_way(booking: Record, look: Look) -> Record:
    """A booking with the way that it goes, the name of its trip, and what would be paid back if it can be cancelled."""
    ride = look("travel.show_ride", {"ride_id": booking["ride_id"]}).value if booking["ride_id"] is not None else {}
    trip = look("travel.show_trip", {"trip_id": booking["trip_id"]}).value if booking["trip_id"] is not None else {}
    back = look("travel.quote_cancellation", {"booking_id": booking["id"]})
    return {
        **booking,
        **{key: ride[key] for key in WAY if key in ride},
        "trip": trip.get("name"),
        "refund": back.value["refund"] if back.ok else None,
        "open": back.ok,
    }


def _is_open(booking: Record) -> bool:
    return bool(booking["open"])


def _open_ride(booking: Record) -> bool:
    return bool(booking["open"] and booking["ride_id"] is not None)


def _open_stay(booking: Record) -> bool:
    return bool(booking["open"] and booking["hotel_id"] is not None)


def _coming_bookings(look: Look) -> list[tuple[str, str]]:
    """The bookings that can still be changed."""
    found = look("travel.list_bookings", {"status": "booked", "upcoming": True, "page_size": 50}).value["bookings"]
    return [(str(one["id"]), f"{one['title']}, {one['starts'][:10]}") for one in found]


OFFERS = (
    Page(
        "search_rides",
        rows=(
            Rows(
                "rides",
                (
                    "number",
                    "origin",
                    "destination",
                    "departs",
                    "arrives",
                    ("price", "From"),
                    ("seats_left", "Seats left"),
                ),
                link=Go("show_ride", RIDE),
                actions=(Go("book_ride", RIDE, label="Book"),),
                empty="Nothing goes this way.",
            ),
        ),
    ),
    Page(
        "show_ride",
        title="{number} {origin} - {destination}",
        fields=("kind", "carrier", "departs", "arrives", "minutes", "seats_left"),
        shape=_with_rules,
        rows=(
            Rows(
                "fares",
                ("fare", "price", "change_fee", "refund_percent", "free_bags", ("seat", "Choosing a seat")),
                actions=(Go("book_ride", {**RIDE, "fare": "fare"}, label="Book"),),
            ),
        ),
        actions=(
            Go("seat_map", RIDE, label="Free seats"),
            Go("quote_change", RIDE, label="Change a booking to this"),
            Go("search_rides", WAY, label="Others on this way"),
        ),
    ),
    Page(
        "seat_map",
        title="Free seats of {ride_id}",
        fields=(("letters", "Letters, from window to window"),),
        shape=_by_row,
        rows=(Rows("rows", ("row", ("seats", "Free seats")), grid=True, empty="No seat is free."),),
        actions=(Go("show_ride", ITS_RIDE, label="Back to the ride"),),
    ),
    Page(
        "fare_rules",
        fields=(("bag", "One bag more"),),
        rows=(Rows("fares", ("fare", "change_fee", "refund_percent", "free_bags", ("seat", "Choosing a seat"))),),
    ),
    Page(
        "search_hotels",
        title="Hotels in {city}, {check_in} to {check_out}",
        rows=(
            Rows(
                "hotels",
                (
                    "name",
                    "stars",
                    "rating",
                    ("price", "A night"),
                    "breakfast",
                    ("free_days", "Free to cancel, days before"),
                ),
                link=Go("show_hotel", HOTEL),
                actions=(Go("book_hotel", {**HOTEL, "check_in": "check_in", "check_out": "check_out"}, label="Book"),),
                empty="No hotel has a room.",
            ),
        ),
    ),
    Page(
        "show_hotel",
        title="name",
        fields=(
            *(
                "city",
                "stars",
                "rating",
                ("price", "A night"),
                "breakfast",
                ("free_days", "Free to cancel, days before"),
            ),
            ("full_nights", "No room in the nights of"),
        ),
        actions=(Go("book_hotel", HOTEL, label="Book"),),
    ),
)
BOOKINGS = (
    Page(
        "list_bookings",
        rows=(
            Rows(
                "bookings",
                ("title", "traveller", "starts", "ends", "fare", "paid", "status"),
                link=Go("show_booking", BOOKING),
                empty="No bookings.",
            ),
        ),
    ),
    Page(
        "show_booking",
        title="title",
        fields=(
            *(
                ("id", "Booking"),
                "traveller",
                "starts",
                "ends",
                "fare",
                "seat",
                "bags",
                "status",
                "paid",
                "points_used",
            ),
            *(("refund", "Back if cancelled now"), "booked_at", "trip", ("transaction_id", "Payment")),
        ),
        shape=_with_way,
        links={
            "trip": Go("show_trip", {"trip_id": "trip_id"}),
            "transaction_id": Go("bank.show_transaction", {"transaction_id": "transaction_id"}),
        },
        actions=(
            Go("show_ride", ITS_RIDE, label="The ride"),
            Go("show_hotel", {"hotel_id": "hotel_id"}, label="The hotel"),
            Go("seat_map", ITS_RIDE, label="Free seats", when=_open_ride),
            Go("choose_seat", BOOKING, when=_open_ride),
            Go("add_bag", BOOKING, when=_open_ride),
            Go("search_rides", WAY, label="Find another ride", when=_open_ride),
            Go("quote_change", BOOKING, label="Price of a change", when=_open_ride),
            Go("change_stay", BOOKING, label="Change dates", when=_open_stay),
            Go("put_into_trip", BOOKING, label="Put into trip"),
            Go("quote_cancellation", BOOKING, label="Price of cancelling", when=_is_open),
            Go("cancel_booking", BOOKING, when=_is_open),
        ),
    ),
    Page(
        "quote_change",
        title="{booking_id}: price of a change to {ride_id}",
        fields=("fee", "difference", "total"),
        actions=(Go("change_ride", {"booking_id": "booking_id", **ITS_RIDE}, label="Change the booking"),),
    ),
    Page(
        "quote_cancellation",
        title="{booking_id}: price of cancelling",
        fields=("paid", "refund", "points"),
        actions=(
            Go("cancel_booking", {"booking_id": "booking_id"}),
            Go("show_booking", {"booking_id": "booking_id"}, label="Back to the booking"),
        ),
    ),
    Page(
        "list_trips",
        rows=(
            Rows(
                "trips",
                ("name", "notes", "bookings", "starts", "ends"),
                link=Go("show_trip", TRIP),
                actions=(Go("delete_trip", TRIP, label="Delete"),),
                empty="No trips.",
            ),
        ),
        actions=(Go("create_trip", label="New trip"),),
    ),
    Page(
        "show_trip",
        title="name",
        fields=("notes", ("total", "Paid in all")),
        rows=(
            Rows(
                "bookings",
                ("title", "starts", "ends", "paid", "status"),
                link=Go("show_booking", BOOKING),
                actions=(Go("put_into_trip", BOOKING, {"trip_id": None}, "Take out"),),
                empty="No bookings are in this trip.",
            ),
        ),
        actions=(Go("delete_trip", TRIP),),
    ),
)
PEOPLE = (
    Page(
        "list_travellers",
        rows=(
            Rows(
                "travellers",
                ("name", "passport"),
                link=Go("list_bookings", {"traveller": "name"}),
                actions=(
                    Go("update_traveller", TRAVELLER, label="New passport"),
                    Go("remove_traveller", TRAVELLER, label="Remove", sure=True),
                ),
                empty="Nobody but you.",
            ),
        ),
        actions=(Go("add_traveller"),),
    ),
    Page(
        "list_alerts",
        rows=(
            Rows(
                "alerts",
                ("origin", "destination", ("below", "Tell below"), ("cheapest", "Cheapest now")),
                link=Go(
                    "search_rides",
                    {"origin": "origin", "destination": "destination"},
                    {"kind": "flight", "sort_by": "price"},
                ),
                actions=(Go("delete_alert", {"alert_id": "id"}, label="Delete"),),
                empty="No alerts.",
            ),
        ),
        actions=(Go("create_alert", label="New alert"),),
    ),
    Page("show_loyalty"),
)
PAGES = AppPages(
    app="travel",
    title="Travel",
    tabs=(
        Tab("search_rides", "Flights", {"kind": "flight"}),
        Tab("search_rides", "Trains", {"kind": "train"}),
        Tab("search_hotels", "Hotels"),
        Tab("list_bookings", "Bookings"),
        Tab("list_trips", "Trips"),
        Tab("list_travellers", "Travellers"),
        Tab("list_alerts", "Price alerts"),
        Tab("fare_rules", "Fares"),
        Tab("show_loyalty", "Points"),
    ),
    search="list_bookings",
    pages=(*OFFERS, *BOOKINGS, *PEOPLE),
    forms=(
        *(Form(name, then=BOOKED) for name in ("book_ride", "book_hotel", "change_ride")),
        Form("create_trip", then=Go("show_trip", TRIP)),
        Form("update_traveller", load="list_travellers", row=("travellers", "id", "traveller_id")),
        Form("put_into_trip", load="show_booking"),
        Form("choose_seat", load="show_booking"),
    ),
    things={
        "account_id": ACCOUNT,
        "ride_id": Thing(shown=("show_ride", "number")),
        "hotel_id": Thing(shown=("show_hotel", "name")),
        "booking_id": Thing(choices=_coming_bookings, shown=("show_booking", "title")),
        "traveller_id": Thing(choices=("list_travellers", "travellers", "id", "name")),
        "trip_id": Thing(choices=("list_trips", "trips", "id", "name"), shown=("show_trip", "name")),
    },
    money=(
        *("price", "paid", "total", "refund", "refunded", "fee", "difference", "value", "below", "cheapest"),
        *("change_fee", "seat", "bag", "paid_extra"),
    ),
    verbs={
        "search_rides": "Flights and trains",
        "seat_map": "Free seats",
        "quote_change": "Price of a change",
        "quote_cancellation": "Price of cancelling",
        "book_ride": "Book",
        "book_hotel": "Book",
        "change_ride": "Change",
        "change_stay": "Change dates",
        "put_into_trip": "Put into trip",
    },
)
