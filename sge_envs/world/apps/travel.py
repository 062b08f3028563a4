"""Travel: flights, trains and hotels, bookings paid from the bank, seats, changes and cancellations, trips, points."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.apps.bank import charge, record_payment, refund
from sge_envs.world.apps.calendar import add_event, cancel_event, record_event, update_event
from sge_envs.world.apps.files import record_file, store_file
from sge_envs.world.apps.mail import deliver, record_mail
from sge_envs.world.clock import minutes_between, parse_date, plus_days, plus_minutes
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Amount, Date, Format, Name, Page, PageSize, Range, Text
from sge_envs.world.money import cents, dollars, money
from sge_envs.world.names import TOWNS
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE travel_rides (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('flight', 'train')), carrier TEXT NOT NULL,
    number TEXT NOT NULL, origin TEXT NOT NULL, destination TEXT NOT NULL, departs TEXT NOT NULL, arrives TEXT NOT NULL,
    price_cents INTEGER NOT NULL, capacity INTEGER NOT NULL, taken TEXT NOT NULL
);
CREATE INDEX travel_rides_departs ON travel_rides (departs);
CREATE TABLE travel_hotels (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, city TEXT NOT NULL, stars INTEGER NOT NULL,
    rating REAL NOT NULL, price_cents INTEGER NOT NULL, breakfast INTEGER NOT NULL, free_days INTEGER NOT NULL,
    full_nights TEXT NOT NULL
);
CREATE TABLE travel_travellers (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, passport TEXT NOT NULL);
CREATE TABLE travel_trips (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, notes TEXT NOT NULL DEFAULT ''
);
CREATE TABLE travel_bookings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, ride_id INTEGER REFERENCES travel_rides (id),
    hotel_id INTEGER REFERENCES travel_hotels (id), trip_id INTEGER REFERENCES travel_trips (id), title TEXT NOT NULL,
    traveller TEXT NOT NULL, starts TEXT NOT NULL, ends TEXT NOT NULL, fare TEXT NOT NULL, seat TEXT NOT NULL DEFAULT '',
    bags INTEGER NOT NULL DEFAULT 0, paid_cents INTEGER NOT NULL, points_used INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'booked' CHECK (status IN ('booked', 'cancelled')), booked_at TEXT NOT NULL,
    transaction_id INTEGER REFERENCES bank_transactions (id)
);
CREATE INDEX travel_bookings_ride ON travel_bookings (ride_id);
CREATE INDEX travel_bookings_hotel ON travel_bookings (hotel_id);
CREATE INDEX travel_bookings_trip ON travel_bookings (trip_id);
CREATE TABLE travel_loyalty (
    id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, tier TEXT NOT NULL, points INTEGER NOT NULL
);
CREATE TABLE travel_alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT NOT NULL, destination TEXT NOT NULL, below_cents INTEGER NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class FareRule:
    """What a fare costs in per cent of the cheapest, and what it allows. No ``change_cents``: it cannot be changed."""

    percent: int
    change_cents: int | None
    refund_percent: int
    free_bags: int
    seat_cents: int


RULES: Mapping[str, FareRule] = {
    "light": FareRule(100, None, 0, 0, 800),
    "standard": FareRule(125, 3000, 50, 1, 0),
    "flex": FareRule(160, 0, 100, 1, 0),
}
_LETTERS = {"flight": "ABCDEF", "train": "ABCD"}
_SEATS = {kind: [f"{row}{one}" for row in range(1, 9) for one in letters] for kind, letters in _LETTERS.items()}
_SEAT = re.compile(r"[1-9][A-F]")


def _a_seat(text: str) -> str:
    seat = text.strip().upper()
    if not _SEAT.fullmatch(seat):
        raise ValueError(text)
    return seat


Kind = Literal["flight", "train"]
BookingKind = Literal["flight", "train", "hotel"]
Fare = Literal["light", "standard", "flex"]
Status = Literal["booked", "cancelled"]
RideOrder = Literal["departure", "arrival", "price"]
HotelOrder = Literal["name", "price", "rating"]
Seat = Annotated[str, Format("seat", "4C", _a_seat)]
Bags = Annotated[int, Range(0, 3)]
Points = Annotated[int, Range(0, 100_000)]
Stars = Annotated[int, Range(1, 5)]
AGENCY, AGENCY_ADDRESS = "Wayfarer Travel", "bookings@wayfarer.example"
BAG_CENTS = 2500
MAX_NIGHTS = 14
_RIDE_ORDER = {"departure": "departs, id", "arrival": "arrives, id", "price": "price_cents, departs, id"}
_HOTEL_ORDER = {"name": "name, id", "price": "price_cents, id", "rating": "rating DESC, price_cents, id"}
_LEFT = (  # every taken seat stands in the text with two signs and a space
    "capacity - length(taken || ' ') / 3 - (SELECT COUNT(*) FROM travel_bookings b WHERE b.ride_id = r.id "
    "AND b.status = 'booked')"
)
_KIND = (
    "CASE WHEN b.hotel_id IS NOT NULL THEN 'hotel' ELSE (SELECT kind FROM travel_rides r WHERE r.id = b.ride_id) END"
)


# Reading ------------------------------------------------------------------------------------------------------------


def search_rides(
    db: Database,
    kind: Kind,
    origin: str | None = None,
    destination: str | None = None,
    since: Date | None = None,
    until: Date | None = None,
    max_price: Amount | None = None,
    only_free: bool = True,
    sort_by: RideOrder = "departure",
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find coming flights or trains; every filter that is given must hold.

    Args:
        kind: Flights or trains.
        origin: City it leaves from, in full.
        destination: City it goes to, in full.
        since: Leaving on this date or later.
        until: Leaving on this date or earlier.
        max_price: At most this price in the fare light.
        only_free: Leave out what is sold out.
        sort_by: The order of the results.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and rides with id, carrier, number, origin, destination, departs, arrives, price (of the fare
        light) and seats_left.
    """
    where = Where()
    where.add("kind = ?", kind)
    where.add("departs > ?", db.now)
    where.given("origin = ? COLLATE NOCASE", origin)
    where.given("destination = ? COLLATE NOCASE", destination)
    where.given("departs >= ?", since)
    where.given("substr(departs, 1, 10) <= ?", until)
    where.given("price_cents <= ?", None if max_price is None else cents(max_price))
    if only_free:
        where.add(f"{_LEFT} > 0")
    sql = (
        "SELECT id, carrier, number, origin, destination, departs, arrives, price_cents, "
        f"{_LEFT} AS seats_left FROM travel_rides r {{where}} ORDER BY {_RIDE_ORDER[sort_by]}"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"rides": [_priced(row) for row in found]}


def show_ride(db: Database, ride_id: int) -> Record:
    """Show a flight or train with its fares.

    Args:
        ride_id: Id of the flight or train.

    Returns:
        What the search tells, kind, minutes, and fares with fare and price.
    """
    row = _shown_ride(_ride(db, ride_id))
    fares = [{"fare": name, "price": money(_fare_cents(row, name))} for name in RULES]
    minutes = minutes_between(row["departs"], row["arrives"])
    return _priced(row) | {"kind": row["kind"], "minutes": minutes, "fares": fares}


def fare_rules(db: Database) -> Record:
    """Show what the fares of flights and trains allow. Refunds are possible until the departure.

    Returns:
        bag (price of a bag more), and fares with fare, change_fee (null: no changes), refund_percent, free_bags and
        seat (price of choosing one).
    """
    fares = [
        {
            "fare": name,
            "change_fee": None if rule.change_cents is None else money(rule.change_cents),
            "refund_percent": rule.refund_percent,
            "free_bags": rule.free_bags,
            "seat": money(rule.seat_cents),
        }
        for name, rule in RULES.items()
    ]
    return {"bag": money(BAG_CENTS), "fares": fares}


def seat_map(db: Database, ride_id: int) -> Record:
    """List the free seats of a flight or train. Row 1 is in front; A and the last letter are at the windows.

    Args:
        ride_id: Id of the flight or train.

    Returns:
        letters (of a row, from one window to the other; the aisle is in the middle), and free, the free seats.
    """
    row = _ride(db, ride_id)
    return {"letters": _LETTERS[row["kind"]], "free": _free_seats(db, row)}


def search_hotels(
    db: Database,
    city: str,
    check_in: Date,
    check_out: Date,
    max_price: Amount | None = None,
    min_stars: Stars | None = None,
    min_rating: Annotated[float, Range(1, 10)] | None = None,
    breakfast: bool | None = None,
    sort_by: HotelOrder = "name",
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find hotels with a free room for all nights; every filter that is given must hold.

    Args:
        city: The city, in full.
        check_in: Date of arrival.
        check_out: Date of departure.
        max_price: At most this price a night.
        min_stars: At least so many stars.
        min_rating: At least this rating by guests.
        breakfast: Only with (true) or without (false) breakfast in the price.
        sort_by: The order of the results.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and hotels with id, name, city, stars, rating, price (of a night), breakfast and free_days (so
        many days before the arrival a cancellation is still free).
    """
    where = Where()
    where.add("city = ? COLLATE NOCASE", city.strip())
    for night in _nights(check_in, check_out):
        where.add("instr(full_nights, ?) = 0", night)
    where.given("price_cents <= ?", None if max_price is None else cents(max_price))
    where.given("stars >= ?", min_stars)
    where.given("rating >= ?", min_rating)
    where.given("breakfast = ?", breakfast)
    sql = f"SELECT * FROM travel_hotels {{where}} ORDER BY {_HOTEL_ORDER[sort_by]}"
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"hotels": [_shown_hotel(row) for row in found]}


def show_hotel(db: Database, hotel_id: int) -> Record:
    """Show a hotel.

    Args:
        hotel_id: The hotel's id.

    Returns:
        What the search tells, and full_nights, the dates of nights without a free room.
    """
    row = _hotel(db, hotel_id)
    return _shown_hotel(row) | {"full_nights": row["full_nights"].split()}


def list_bookings(
    db: Database,
    kind: BookingKind | None = None,
    status: Status | None = None,
    upcoming: bool | None = None,
    query: str | None = None,
    traveller: str | None = None,
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """List bookings by the time they begin; every filter that is given must hold.

    Args:
        kind: Only this kind.
        status: Only booked or only cancelled ones.
        upcoming: Only what has not begun (true) or what has (false).
        query: Words that must stand in the title, such as a city or the name of a hotel.
        traveller: Full name of the traveller.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and bookings with id, kind, title, traveller, starts, ends, fare, paid, status and trip_id.
    """
    where = Where()
    where.given(f"{_KIND} = ?", kind)
    where.given("b.status = ?", status)
    if upcoming is not None:
        where.add(f"b.starts {'>' if upcoming else '<='} ?", db.now)
    where.words(("b.title",), query)
    where.given("b.traveller = ? COLLATE NOCASE", traveller)
    sql = (
        f"SELECT b.id, {_KIND} AS kind, b.title, b.traveller, b.starts, b.ends, b.fare, b.paid_cents, b.status, b.trip_id "
        "FROM travel_bookings b {where} ORDER BY b.starts, b.id"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"bookings": [_paid(row) for row in found]}


def show_booking(db: Database, booking_id: int) -> Record:
    """Show a booking in full.

    Args:
        booking_id: The booking's id.

    Returns:
        All fields of the booking.
    """
    return _paid(_booking(db, booking_id))


def quote_change(db: Database, booking_id: int, ride_id: int) -> Record:
    """Say what it would cost to change a booking to another flight or train on the same way; nothing is changed.

    Args:
        booking_id: A booking of a flight or train.
        ride_id: The flight or train to change to.

    Returns:
        fee, difference (of the fares, 0 where the new one is cheaper) and total.
    """
    fee, difference = _change_cost(db, _active(db, booking_id), ride_id)
    return {"fee": money(fee), "difference": money(difference), "total": money(fee + difference)}


def quote_cancellation(db: Database, booking_id: int) -> Record:
    """Say what would be paid back if a booking were cancelled now; nothing is changed.

    Args:
        booking_id: The booking's id.

    Returns:
        paid, refund and points (used for it, that would come back).
    """
    row = _active(db, booking_id)
    back, points = _refund_of(db, row)
    return {"paid": money(row["paid_cents"]), "refund": money(back), "points": points}


def show_loyalty(db: Database) -> Record:
    """Show the user's points. A point is worth a cent; gold members change without a fee and choose seats for free.

    Returns:
        number, tier, points and value.
    """
    row = _loyalty(db)
    return {name: row[name] for name in ("number", "tier", "points")} | {"value": money(row["points"])}


def list_travellers(db: Database) -> Record:
    """List the people for whom the user books, the user aside.

    Returns:
        travellers, each with id, name and passport.
    """
    return {"travellers": db.rows("SELECT * FROM travel_travellers ORDER BY name, id")}


def list_trips(db: Database) -> Record:
    """List the trips that bookings are sorted into.

    Returns:
        trips, each with id, name, notes, bookings (how many are not cancelled), starts and ends (null without).
    """
    return {
        "trips": db.rows(
            "SELECT t.id, t.name, t.notes, COUNT(b.id) AS bookings, MIN(b.starts) AS starts, MAX(b.ends) AS ends "
            "FROM travel_trips t LEFT JOIN travel_bookings b ON b.trip_id = t.id AND b.status = 'booked' "
            "GROUP BY t.id ORDER BY t.id"
        )
    }


def show_trip(db: Database, trip_id: int) -> Record:
    """Show a trip with all its bookings.

    Args:
        trip_id: The trip's id.

    Returns:
        id, name, notes, total (paid for what is not cancelled), and bookings with id, title, starts, ends, paid and status.
    """
    trip = _trip(db, trip_id)
    sql = (
        "SELECT id, title, starts, ends, paid_cents, status FROM travel_bookings WHERE trip_id = ? ORDER BY starts, id"
    )
    rows = db.rows(sql, trip_id)
    total = sum(row["paid_cents"] for row in rows if row["status"] == "booked")
    return trip | {"total": money(total), "bookings": [_paid(row) for row in rows]}


def list_alerts(db: Database) -> Record:
    """List the price alerts for flights, with the cheapest price there is now.

    Returns:
        alerts, each with id, origin, destination, below and cheapest (null where no seat is free).
    """
    alerts = []
    for row in db.rows("SELECT * FROM travel_alerts ORDER BY id"):
        found = search_rides(db, "flight", row["origin"], row["destination"], sort_by="price", page_size=1)["rides"]
        shown = {name: row[name] for name in ("id", "origin", "destination")}
        cheapest = found[0]["price"] if found else None
        alerts.append(shown | {"below": money(row["below_cents"]), "cheapest": cheapest})
    return {"alerts": alerts}


# Writing ------------------------------------------------------------------------------------------------------------


def book_ride(
    db: Database,
    ride_id: int,
    account_id: int,
    fare: Fare = "standard",
    bags: Bags = 0,
    seat: Seat | None = None,
    traveller_id: int | None = None,
    points: Points = 0,
) -> Record:
    """Book a flight or train. A confirmation comes by mail, an event is put into the calendar, the ticket is saved among
    the files in the folder Travel.

    Args:
        ride_id: Id of the flight or train.
        account_id: The bank account to pay from.
        fare: The fare: see travel.fare_rules.
        bags: How many bags.
        seat: A free seat: see travel.seat_map; by default none is chosen.
        traveller_id: Who travels: see travel.list_travellers; by default the user.
        points: Points to pay with, a cent each.

    Returns:
        booking_id, paid, points_earned and transaction_id (null where points pay for all).
    """
    ride = _ride(db, ride_id)
    if ride["departs"] <= db.now:
        raise conflict(f"{_ride_title(ride)} has left already.")
    if ride["seats_left"] < 1:
        raise limit_reached(f"{_ride_title(ride)} is sold out.")
    price = _fare_cents(ride, fare) + _bag_cents(fare, bags)
    if seat is not None:
        _check_seat(db, ride, seat)
        price += _seat_cents(db, fare)
    values = {"ride_id": ride_id, "starts": ride["departs"], "ends": ride["arrives"], "title": _ride_title(ride)}
    values |= {"fare": fare, "bags": bags, "seat": seat or "", "traveller": _traveller_name(db, traveller_id)}
    return _book(db, values, price, points, account_id, ride["origin"])


def book_hotel(
    db: Database,
    hotel_id: int,
    check_in: Date,
    check_out: Date,
    account_id: int,
    traveller_id: int | None = None,
    points: Points = 0,
) -> Record:
    """Book a room. A confirmation comes by mail, an event is put into the calendar, the voucher is saved among the files
    in the folder Travel.

    Args:
        hotel_id: The hotel's id.
        check_in: Date of arrival, not in the past.
        check_out: Date of departure.
        account_id: The bank account to pay from.
        traveller_id: Who stays there: see travel.list_travellers; by default the user.
        points: Points to pay with, a cent each.

    Returns:
        booking_id, paid, points_earned and transaction_id (null where points pay for all).
    """
    hotel = _hotel(db, hotel_id)
    price = _stay_cents(db, hotel, check_in, check_out)
    values = {"hotel_id": hotel_id, "title": _hotel_title(hotel), "traveller": _traveller_name(db, traveller_id)}
    values |= {"starts": f"{check_in}T15:00", "ends": f"{check_out}T11:00", "fare": "room"}
    return _book(db, values, price, points, account_id, hotel["city"])


def change_ride(db: Database, booking_id: int, ride_id: int, account_id: int) -> Record:
    """Change a booking to another flight or train on the same way; the fare stays, the seat must be chosen anew.

    Args:
        booking_id: A booking of a flight or train.
        ride_id: The flight or train to change to.
        account_id: The bank account to pay fee and difference from.

    Returns:
        booking_id, paid_extra, starts and ends.
    """
    row = _active(db, booking_id)
    extra = sum(_change_cost(db, row, ride_id))
    ride = _ride(db, ride_id)
    values = {"ride_id": ride_id, "starts": ride["departs"], "ends": ride["arrives"], "title": _ride_title(ride)}
    _change(db, row, values | {"seat": ""}, extra, account_id)
    return {"booking_id": booking_id, "paid_extra": money(extra), "starts": ride["departs"], "ends": ride["arrives"]}


def change_stay(db: Database, booking_id: int, check_in: Date, check_out: Date, account_id: int) -> Record:
    """Change the dates of a hotel booking while it could still be cancelled for free; what is more is paid, what is less
    is paid back.

    Args:
        booking_id: A booking of a hotel.
        check_in: New date of arrival.
        check_out: New date of departure.
        account_id: The bank account to pay a difference from.

    Returns:
        booking_id, paid_extra (negative where money came back), starts and ends.
    """
    row = _active(db, booking_id)
    if row["hotel_id"] is None:
        raise invalid(f"The booking {booking_id} is no hotel: use travel.change_ride.")
    hotel = _hotel(db, row["hotel_id"])
    if db.today > _free_until(row, hotel):
        raise not_allowed(f"The booking {booking_id} could be changed until {_free_until(row, hotel)} only.")
    extra = _stay_cents(db, hotel, check_in, check_out) - row["paid_cents"] - row["points_used"]
    values = {"starts": f"{check_in}T15:00", "ends": f"{check_out}T11:00"}
    _change(db, row, values, max(extra, -row["paid_cents"]), account_id)
    return {"booking_id": booking_id, "paid_extra": money(max(extra, -row["paid_cents"]))} | values


def cancel_booking(db: Database, booking_id: int) -> Record:
    """Cancel a booking that has not begun. What its rules give back goes to the account it was paid from, and the event in
    the calendar is cancelled: see travel.quote_cancellation.

    Args:
        booking_id: The booking's id.

    Returns:
        booking_id, refunded and points (that came back).
    """
    row = _active(db, booking_id)
    back, points = _refund_of(db, row)
    db.update("travel_bookings", booking_id, {"status": "cancelled"})
    if back and row["transaction_id"] is not None:
        refund(db, row["transaction_id"], back)
    _give_points(db, points - _earned(back))
    event = _event_of(db, booking_id)
    if event is not None:
        cancel_event(db, event)
    deliver(db, AGENCY, AGENCY_ADDRESS, *_cancellation(booking_id, row["title"], back))
    return {"booking_id": booking_id, "refunded": money(back), "points": points}


def choose_seat(db: Database, booking_id: int, seat: Seat, account_id: int) -> Record:
    """Choose a seat, or another one; the fare light pays for it each time.

    Args:
        booking_id: A booking of a flight or train.
        seat: A free seat: see travel.seat_map.
        account_id: The bank account to pay from.

    Returns:
        booking_id, seat and paid_extra.
    """
    row = _active(db, booking_id)
    ride = _ride_of(db, row)
    if row["seat"] == seat:
        raise conflict(f"The booking {booking_id} has the seat {seat} already.")
    _check_seat(db, ride, seat)
    extra = _pay_extra(db, row, _seat_cents(db, row["fare"]), account_id)
    db.update("travel_bookings", booking_id, {"seat": seat, "paid_cents": row["paid_cents"] + extra})
    return {"booking_id": booking_id, "seat": seat, "paid_extra": money(extra)}


def add_bag(db: Database, booking_id: int, account_id: int) -> Record:
    """Add a bag to a flight or train; those that the fare includes are free.

    Args:
        booking_id: A booking of a flight or train.
        account_id: The bank account to pay from.

    Returns:
        booking_id, bags and paid_extra.
    """
    row = _active(db, booking_id)
    _ride_of(db, row)
    bags = row["bags"] + 1
    if bags > 3:
        raise limit_reached("A traveller can take 3 bags.")
    extra = _pay_extra(db, row, _bag_cents(row["fare"], bags) - _bag_cents(row["fare"], row["bags"]), account_id)
    db.update("travel_bookings", booking_id, {"bags": bags, "paid_cents": row["paid_cents"] + extra})
    return {"booking_id": booking_id, "bags": bags, "paid_extra": money(extra)}


def add_traveller(db: Database, name: Name, passport: Name) -> Record:
    """Save a person to book for.

    Args:
        name: Full name, not saved yet.
        passport: Number of the passport.

    Returns:
        id of the traveller.
    """
    if db.value("SELECT id FROM travel_travellers WHERE name = ? COLLATE NOCASE", name.strip()) is not None:
        raise conflict(f"{name.strip()} is saved already.")
    return {"id": db.insert("travel_travellers", {"name": name.strip(), "passport": passport.strip()})}


def update_traveller(db: Database, traveller_id: int, passport: Name) -> Record:
    """Change the passport of a saved traveller.

    Args:
        traveller_id: The traveller's id.
        passport: The new number.

    Returns:
        id and passport.
    """
    _traveller(db, traveller_id)
    db.update("travel_travellers", traveller_id, {"passport": passport.strip()})
    return {"id": traveller_id, "passport": passport.strip()}


def remove_traveller(db: Database, traveller_id: int) -> Record:
    """Forget a saved traveller; bookings made for them stay.

    Args:
        traveller_id: The traveller's id.

    Returns:
        id of the removed traveller.
    """
    _traveller(db, traveller_id)
    db.delete("travel_travellers", traveller_id)
    return {"id": traveller_id}


def create_trip(db: Database, name: Name, notes: Text = "") -> Record:
    """Make a trip to sort bookings into.

    Args:
        name: Its name, not used by another.
        notes: Anything else.

    Returns:
        id of the trip.
    """
    if db.value("SELECT id FROM travel_trips WHERE name = ? COLLATE NOCASE", name.strip()) is not None:
        raise conflict(f"There is a trip {name.strip()!r} already.")
    return {"id": db.insert("travel_trips", {"name": name.strip(), "notes": notes})}


def put_into_trip(db: Database, booking_id: int, trip_id: int | None) -> Record:
    """Put a booking into a trip, or out of it.

    Args:
        booking_id: The booking's id.
        trip_id: The trip; null for none.

    Returns:
        booking_id and trip_id.
    """
    _booking(db, booking_id)
    if trip_id is not None:
        _trip(db, trip_id)
    db.update("travel_bookings", booking_id, {"trip_id": trip_id})
    return {"booking_id": booking_id, "trip_id": trip_id}


def delete_trip(db: Database, trip_id: int) -> Record:
    """Delete a trip; its bookings stay as they are.

    Args:
        trip_id: The trip's id.

    Returns:
        id of the deleted trip.
    """
    _trip(db, trip_id)
    for one in db.column("SELECT id FROM travel_bookings WHERE trip_id = ? ORDER BY id", trip_id):
        db.update("travel_bookings", one, {"trip_id": None})
    db.delete("travel_trips", trip_id)
    return {"id": trip_id}


def create_alert(db: Database, origin: Name, destination: Name, below: Amount) -> Record:
    """Ask to be told when flights from one city to another cost less than a price. There is one alert for each way.

    Args:
        origin: City it leaves from.
        destination: City it goes to.
        below: The price.

    Returns:
        id of the alert.
    """
    known = "SELECT id FROM travel_alerts WHERE origin = ? COLLATE NOCASE AND destination = ? COLLATE NOCASE"
    if db.value(known, origin.strip(), destination.strip()) is not None:
        raise conflict(f"There is an alert for {origin.strip()} to {destination.strip()} already.")
    values = {"origin": origin.strip(), "destination": destination.strip(), "below_cents": cents(below)}
    return {"id": db.insert("travel_alerts", values)}


def delete_alert(db: Database, alert_id: int) -> Record:
    """Delete a price alert.

    Args:
        alert_id: The alert's id.

    Returns:
        id of the deleted alert.
    """
    if db.get("travel_alerts", alert_id) is None:
        raise not_found("alert", alert_id)
    db.delete("travel_alerts", alert_id)
    return {"id": alert_id}


# The inside ---------------------------------------------------------------------------------------------------------


def _ride(db: Database, ride_id: int) -> Row:
    row = db.one(f"SELECT r.*, {_LEFT} AS seats_left FROM travel_rides r WHERE id = ?", ride_id)
    if row is None:
        raise not_found("flight or train", ride_id)
    return row


def _ride_of(db: Database, booking: Row) -> Row:
    if booking["ride_id"] is None:
        raise invalid(f"The booking {booking['id']} is a hotel, and no flight or train.")
    return _ride(db, booking["ride_id"])


def _hotel(db: Database, hotel_id: int) -> Row:
    row = db.get("travel_hotels", hotel_id)
    if row is None:
        raise not_found("hotel", hotel_id)
    return row


def _booking(db: Database, booking_id: int) -> Row:
    row = db.get("travel_bookings", booking_id)
    if row is None:
        raise not_found("booking", booking_id)
    return row


def _active(db: Database, booking_id: int) -> Row:
    row = _booking(db, booking_id)
    if row["status"] == "cancelled":
        raise conflict(f"The booking {booking_id} is cancelled.")
    if row["starts"] <= db.now:
        raise not_allowed(f"The booking {booking_id} has begun on {row['starts']}: nothing can be changed any more.")
    return row


def _trip(db: Database, trip_id: int) -> Row:
    row = db.get("travel_trips", trip_id)
    if row is None:
        raise not_found("trip", trip_id)
    return row


def _traveller(db: Database, traveller_id: int) -> Row:
    row = db.get("travel_travellers", traveller_id)
    if row is None:
        raise not_found("traveller", traveller_id)
    return row


def _traveller_name(db: Database, traveller_id: int | None) -> str:
    return str(db.user["name"] if traveller_id is None else _traveller(db, traveller_id)["name"])


def _loyalty(db: Database) -> Row:
    found = db.one("SELECT * FROM travel_loyalty")
    assert found is not None
    return found


def _shown_ride(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("capacity", "taken")}


def _priced(row: Row) -> Row:
    shown = {name: value for name, value in row.items() if name != "price_cents"}
    return shown | {"price": money(row["price_cents"])}


def _paid(row: Row) -> Row:
    shown = {name: value for name, value in row.items() if name != "paid_cents"}
    return shown | {"paid": money(row["paid_cents"])}


def _shown_hotel(row: Row) -> Row:
    shown = {name: value for name, value in row.items() if name != "full_nights"}
    return _priced(shown) | {"breakfast": bool(row["breakfast"])}


def _ride_title(ride: Mapping[str, object]) -> str:
    word = "Flight" if ride["kind"] == "flight" else "Train"
    return f"{word} {ride['number']} {ride['origin']} - {ride['destination']}"


def _hotel_title(hotel: Mapping[str, object]) -> str:
    return f"Hotel {hotel['name']}, {hotel['city']}"


def _free_seats(db: Database, ride: Row) -> list[str]:
    own = db.column("SELECT seat FROM travel_bookings WHERE ride_id = ? AND status = 'booked'", ride["id"])
    gone = {*ride["taken"].split(), *own}
    return [seat for seat in _SEATS[ride["kind"]] if seat not in gone]


def _check_seat(db: Database, ride: Row, seat: str) -> None:
    if seat not in _free_seats(db, ride):
        raise conflict(f"The seat {seat} of {_ride_title(ride)} is not free.")


def _fare_cents(ride: Mapping[str, int], fare: str) -> int:
    return ride["price_cents"] * RULES[fare].percent // 100


def _bag_cents(fare: str, bags: int) -> int:
    return max(0, bags - RULES[fare].free_bags) * BAG_CENTS


def _seat_cents(db: Database, fare: str) -> int:
    return 0 if _loyalty(db)["tier"] == "gold" else RULES[fare].seat_cents


def _nights(check_in: str, check_out: str) -> list[str]:
    number = (parse_date(check_out) - parse_date(check_in)).days
    if not 1 <= number <= MAX_NIGHTS:
        raise invalid(f"check_out must be 1 to {MAX_NIGHTS} days after check_in.")
    return [plus_days(check_in, night) for night in range(number)]


def _stay_cents(db: Database, hotel: Row, check_in: str, check_out: str) -> int:
    nights = _nights(check_in, check_out)
    if check_in < db.today:
        raise invalid(f"The stay would begin in the past: it is {db.today} today.")
    full = [night for night in nights if night in hotel["full_nights"]]
    if full:
        raise limit_reached(f"{hotel['name']} has no room left for the night of {full[0]}.")
    return int(hotel["price_cents"] * len(nights))


def _free_until(booking: Row, hotel: Row) -> str:
    return plus_days(booking["starts"][:10], -hotel["free_days"])


def _change_cost(db: Database, row: Row, ride_id: int) -> tuple[int, int]:
    """Fee and difference of a change."""
    old, new = _ride_of(db, row), _ride(db, ride_id)
    fee = RULES[row["fare"]].change_cents
    if fee is None:
        raise not_allowed(f"The fare {row['fare']} of the booking {row['id']} allows no changes.")
    if old["id"] == new["id"] or any(old[name] != new[name] for name in ("kind", "origin", "destination")):
        raise invalid(f"{_ride_title(new)} is no other {old['kind']} from {old['origin']} to {old['destination']}.")
    if new["departs"] <= db.now:
        raise conflict(f"{_ride_title(new)} has left already.")
    if new["seats_left"] < 1:
        raise limit_reached(f"{_ride_title(new)} is sold out.")
    if _loyalty(db)["tier"] == "gold":
        fee = 0
    return fee, max(0, _fare_cents(new, row["fare"]) - _fare_cents(old, row["fare"]))


def _refund_of(db: Database, row: Row) -> tuple[int, int]:
    """Cents and points that a cancellation gives back."""
    if row["hotel_id"] is None:
        percent = RULES[row["fare"]].refund_percent
        return row["paid_cents"] * percent // 100, row["points_used"] * percent // 100
    hotel = _hotel(db, row["hotel_id"])
    if db.today <= _free_until(row, hotel):
        return row["paid_cents"], row["points_used"]
    return max(0, row["paid_cents"] - hotel["price_cents"]), 0  # the first night is kept


def _earned(paid: int) -> int:
    return paid // 20


def _give_points(db: Database, points: int) -> None:
    row = _loyalty(db)
    db.update("travel_loyalty", row["id"], {"points": max(0, row["points"] + points)})


def _pay_extra(db: Database, row: Row, extra: int, account_id: int) -> int:
    if extra > 0:
        charge(db, account_id, extra, AGENCY, f"Booking {row['id']}", "travel")
    return extra


def _event_of(db: Database, booking_id: int) -> int | None:
    sql = "SELECT id FROM calendar_events WHERE notes = ? AND status != 'cancelled' ORDER BY id"
    found: int | None = db.value(sql, f"Booking {booking_id}")
    return found


def _book(db: Database, values: Row, price: int, points: int, account_id: int, place: str) -> Record:
    """Pay, write the booking, and tell mail, calendar and files."""
    if points > min(price, _loyalty(db)["points"]):
        raise limit_reached(f"{min(price, _loyalty(db)['points'])} points can be used here, not {points}.")
    paid = price - points
    values |= {"paid_cents": paid, "points_used": points, "booked_at": db.now}
    booking_id = db.insert("travel_bookings", values)
    transaction = charge(db, account_id, paid, AGENCY, f"Booking {booking_id}", "travel") if paid else None
    db.update("travel_bookings", booking_id, {"transaction_id": transaction})
    _give_points(db, _earned(paid) - points)
    subject, body = _confirmation(booking_id, values)
    deliver(db, AGENCY, AGENCY_ADDRESS, subject, body)
    add_event(db, values["title"], values["starts"], values["ends"], place, f"Booking {booking_id}")
    folder = db.value("SELECT id FROM files_folders WHERE name = 'Travel' AND access = 'own' ORDER BY id")
    if folder is not None:
        store_file(db, folder, f"booking-{booking_id}.pdf", body)
    earned = {"points_earned": _earned(paid), "transaction_id": transaction}
    return {"booking_id": booking_id, "paid": money(paid)} | earned


def _change(db: Database, row: Row, values: Row, extra: int, account_id: int) -> None:
    _pay_extra(db, row, extra, account_id)
    if extra < 0 and row["transaction_id"] is not None:
        refund(db, row["transaction_id"], -extra)
    db.update("travel_bookings", row["id"], values | {"paid_cents": row["paid_cents"] + extra})
    event = _event_of(db, row["id"])
    if event is not None:
        title = values.get("title", row["title"])
        update_event(db, event, title=title, start=values["starts"], end=values["ends"])
    deliver(db, AGENCY, AGENCY_ADDRESS, f"Your booking {row['id']} is changed", _lines(row["id"], row | values))


def _lines(booking_id: int, values: Mapping[str, object]) -> str:
    return f"Booking {booking_id}: {values['title']}\nTraveller: {values['traveller']}\nFrom {values['starts']} to {values['ends']}"


def _confirmation(booking_id: int, values: Row) -> tuple[str, str]:
    body = f"{_lines(booking_id, values)}\nFare: {values['fare']}\nPaid: {dollars(values['paid_cents'])}\n\n{AGENCY}"
    return f"Your booking {booking_id}", body


def _cancellation(booking_id: int, title: str, back: int) -> tuple[str, str]:
    body = f"Booking {booking_id}: {title} is cancelled, {dollars(back)} go back to your account.\n\n{AGENCY}"
    return f"Your booking {booking_id} is cancelled", body


# The generated history ----------------------------------------------------------------------------------------------

CITIES = ("Amsterdam", "Chicago", "Lisbon", "Oslo", "Porto", "Toronto", "Vienna")
_CARRIERS = {"flight": (("Skyline Air", "SK"), ("Northern Wings", "NW")), "train": (("Interlink", "IL"),)}
_HOTELS = ("Astoria", "Bellevue", "Central", "Dolphin", "Garden Court", "Grand Plaza", "Harbour View", "Old Town Inn")


def generate(plot: Plot) -> None:
    """Flights and trains of the coming weeks, hotels, past and coming bookings with all that follows from them."""
    dice = plot.dice("travel")
    home, points = plot.me.city, dice.integer(5, 90) * 100
    number = f"WT{dice.integer(100_000, 999_999)}"
    plot.add(
        "travel_loyalty",
        {"number": number, "tier": dice.one(("bronze", "silver", "gold"), (5, 4, 1)), "points": points},
    )
    for person in some(dice, plot.who("family", "friend"), 3):
        plot.add("travel_travellers", {"name": person.name, "passport": f"P{dice.integer(1_000_000, 9_999_999)}"})
    cities = some(dice, CITIES, 3)
    for city in cities:
        for name in some(dice, _HOTELS, 4):
            _hotel_row(plot, dice, city, name)
    towns = some(dice, [town for town in TOWNS if town != home], 2)
    first = dice.integer(4, 8)
    for kind, places, days in (
        ("flight", cities[:2], range(first, first + 5)),
        ("train", towns, range(first + 3, first + 8)),
    ):
        for place in places:
            for day in days:
                for way in ((home, place), (place, home)):
                    for _ in range(2 if dice.chance(0.5) else 1):
                        _ride_row(plot, dice, kind, way, day)
    for place, ago in ((cities[2], 80), (cities[0], 150)):
        _past_trip(plot, dice, home, place, ago)
    _coming_trip(plot, dice, home, cities[0])
    for way in ((home, towns[0]), (towns[0], home)):
        _ride_booking(plot, dice, dice.one(_coming(plot, "train", way)), None)
    stay = next(row for row in plot.rows("travel_hotels") if row["city"] == cities[1])
    start = dice.integer(first, first + 3)
    _stay_booking(plot, dice, stay, start, start + dice.integer(1, 3), None)
    _ride_booking(plot, dice, dice.one(_coming(plot, "flight", (home, cities[1]))), None, cancelled=True)
    for city in some(dice, cities, 2):
        alert = {"origin": home, "destination": city, "below_cents": dice.integer(8, 25) * 1000}
        plot.add("travel_alerts", alert)


def _hotel_row(plot: Plot, dice: Dice, city: str, name: str) -> None:
    stars = dice.integer(2, 5)
    full = " ".join(plot.day(dice.integer(3, 25)) for _ in range(dice.integer(0, 3)))
    values = {"name": name, "city": city, "stars": stars, "rating": dice.integer(60, 95) / 10, "full_nights": full}
    price = stars * dice.integer(1800, 4200)
    rules = {"price_cents": price, "breakfast": int(dice.chance(0.5)), "free_days": dice.one((1, 2, 3, 7))}
    plot.add("travel_hotels", values | rules)


def _ride_row(plot: Plot, dice: Dice, kind: str, way: tuple[str, str], day: int) -> int:
    carrier, code = dice.one(_CARRIERS[kind])
    departs = plot.at(day, dice.integer(6, 20), dice.integer(0, 11) * 5)
    low, high = (80, 260) if kind == "flight" else (15, 60)
    seats = _SEATS[kind]
    left = 0 if dice.chance(0.08) else dice.integer(4, 14)
    start = dice.integer(0, len(seats) - 1)  # the free seats lie at a few places of the plane
    free = {(start + step * 7) % len(seats) for step in range(left)}
    values = {
        "kind": kind,
        "carrier": carrier,
        "number": f"{code} {dice.integer(100, 899)}",
        "origin": way[0],
        "destination": way[1],
        "departs": departs,
        "arrives": plus_minutes(departs, dice.integer(14, 50) * 5),
    }
    rest = {"price_cents": dice.integer(low, high) * 100, "capacity": len(seats)}
    taken = " ".join(seat for place, seat in enumerate(seats) if place not in free)
    return plot.add("travel_rides", values | rest | {"taken": taken})


def _coming(plot: Plot, kind: str, way: tuple[str, str]) -> list[Row]:
    now = plot.at(0, 23)
    return [
        row
        for row in plot.rows("travel_rides")
        if (row["kind"], row["origin"], row["destination"]) == (kind, *way) and row["departs"] > now
    ]


def _past_trip(plot: Plot, dice: Dice, home: str, city: str, days: int) -> None:
    trip = plot.add("travel_trips", {"name": f"{city} in {parse_date(plot.day(-days)):%B}"})
    for way, day in (((home, city), -days), ((city, home), -days + 3)):
        _ride_row(plot, dice, "flight", way, day)
        _ride_booking(plot, dice, plot.rows("travel_rides")[-1], trip, before=-day + 20)
    hotel = dice.one([row for row in plot.rows("travel_hotels") if row["city"] == city])
    _stay_booking(plot, dice, hotel, -days, -days + 3, trip, before=days + 20)


def _coming_trip(plot: Plot, dice: Dice, home: str, city: str) -> None:
    trip = plot.add("travel_trips", {"name": f"Trip to {city}"})
    there = _coming(plot, "flight", (home, city))[0]
    back = _coming(plot, "flight", (city, home))[-1]
    for ride in (there, back):
        _ride_booking(plot, dice, ride, trip)
    today = parse_date(plot.day(0))
    nights = [(parse_date(ride["departs"]) - today).days for ride in (there, back)]
    hotel = dice.one([row for row in plot.rows("travel_hotels") if row["city"] == city])
    _stay_booking(plot, dice, hotel, nights[0], nights[1], trip)


def _ride_booking(
    plot: Plot, dice: Dice, ride: Row, trip: int | None, *, before: int | None = None, cancelled: bool = False
) -> None:
    fare = "flex" if cancelled else dice.one(tuple(RULES), (2, 4, 2))
    values = {"ride_id": ride["id"], "starts": ride["departs"], "ends": ride["arrives"], "title": _ride_title(ride)}
    values |= {"fare": fare, "bags": RULES[fare].free_bags, "traveller": plot.me.name}
    _record(plot, dice, values, _fare_cents(ride, fare), ride["origin"], trip, before, cancelled)


def _stay_booking(
    plot: Plot, dice: Dice, hotel: Row, first: int, last: int, trip: int | None, *, before: int | None = None
) -> None:
    values = {"hotel_id": hotel["id"], "title": _hotel_title(hotel), "traveller": plot.me.name, "fare": "room"}
    values |= {"starts": plot.at(first, 15), "ends": plot.at(last, 11)}
    _record(plot, dice, values, hotel["price_cents"] * (last - first), hotel["city"], trip, before, False)


def _record(
    plot: Plot, dice: Dice, values: Row, price: int, place: str, trip: int | None, before: int | None, cancelled: bool
) -> None:
    """A booking made days ago, with payment, mails, event and file."""
    days = before if before is not None else dice.integer(3, 25)
    at = plot.at(-days, dice.integer(8, 21), dice.integer(0, 59))
    values |= {"paid_cents": price, "booked_at": at, "status": "cancelled" if cancelled else "booked", "trip_id": trip}
    booking_id = plot.add("travel_bookings", values)
    paid = record_payment(plot, AGENCY, price, at, f"Booking {booking_id}", "travel")
    plot.rows("travel_bookings")[-1]["transaction_id"] = paid
    subject, body = _confirmation(booking_id, values)
    record_mail(plot, (AGENCY, AGENCY_ADDRESS), [plot.me.email], subject, body, at)
    if cancelled:
        again = plus_days(at, 1)
        record_payment(
            plot, AGENCY, -price, again, f"Refund: Booking {booking_id}", "travel", kind="refund", refund_of=paid
        )
        told = _cancellation(booking_id, values["title"], price)
        record_mail(plot, (AGENCY, AGENCY_ADDRESS), [plot.me.email], *told, again)
    else:
        record_event(
            plot, values["title"], values["starts"], values["ends"], location=place, notes=f"Booking {booking_id}"
        )
        record_file(plot, "Travel", f"booking-{booking_id}.pdf", body, at)


APP = App(
    name="travel",
    about="Flights, trains and hotels: search, book, change, cancel; seats, bags, travellers, trips, points, price alerts.",
    tables=TABLES,
    generate=generate,
    reads=(
        *(search_rides, show_ride, fare_rules, seat_map, search_hotels, show_hotel, list_bookings),
        *(show_booking, quote_change, quote_cancellation, show_loyalty, list_travellers, list_trips, show_trip),
        *(list_alerts,),
    ),
    writes=(
        *(book_ride, book_hotel, change_ride, change_stay, cancel_booking, choose_seat, add_bag, add_traveller),
        *(update_traveller, remove_traveller, create_trip, put_into_trip, delete_trip, create_alert, delete_alert),
    ),
    needs=("contacts", "files", "mail", "bank", "calendar"),
)
