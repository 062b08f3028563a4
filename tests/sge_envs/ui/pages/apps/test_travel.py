from __future__ import annotations

from sge_envs.ui.pages.apps.travel import PAGES
from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools, words

_COMING = (
    "SELECT b.id, r.kind, r.origin, r.destination, r.id AS ride FROM travel_bookings b JOIN travel_rides r ON r.id = b.ride_id "
    "WHERE b.status = 'booked' AND b.fare != 'light' AND b.starts > (SELECT now FROM world_clock) ORDER BY b.id"
)


def test_a_booking_is_changed_by_finding_a_ride_and_asking_the_price_first() -> None:
    visitor = Visitor()
    booking = visitor.world.db.rows(_COMING)[0]
    account = visitor.world.call("bank.list_accounts").value["accounts"][0]["id"]
    rides = visitor.button(f"/travel/show_booking?booking_id={booking['id']}", "Find another ride")
    asked = {name: booking[name] for name in ("kind", "origin", "destination")}
    found = visitor.world.call("travel.search_rides", asked).value["rides"]
    ride = next(one for one in found if one["id"] != booking["ride"])
    assert visitor.buttons(rides, ride["number"]) == [f"/travel/show_ride?ride_id={ride['id']}"]
    price = visitor.button(f"/travel/show_ride?ride_id={ride['id']}", "Change a booking to this")
    form = visitor.button(f"{price}&booking_id={booking['id']}", "Change the booking")
    visitor.send(form, form="1", account_id=account)
    changed = {"booking_id": booking["id"], "ride_id": ride["id"], "account_id": account}
    assert same_as_tools(visitor, ("travel.change_ride", changed))


def test_a_cancelled_booking_cannot_be_changed_any_more() -> None:
    visitor = Visitor()
    page = f"/travel/show_booking?booking_id={visitor.world.db.rows(_COMING)[0]['id']}"
    for label in ("Add bag", "Choose seat", "Price of cancelling", "Find another ride"):
        assert visitor.buttons(page, label), label
    visitor.send(visitor.button(page, "Cancel booking"))
    for label in ("Add bag", "Choose seat", "Price of cancelling", "Find another ride", "Cancel booking"):
        assert not visitor.buttons(page, label), label


def test_a_booking_goes_into_a_trip_and_out_of_it() -> None:
    visitor = Visitor()
    booking = visitor.value("SELECT id FROM travel_bookings WHERE trip_id IS NULL")
    trip = visitor.value("SELECT id FROM travel_trips")
    page = f"/travel/show_booking?booking_id={booking}"
    visitor.send(visitor.button(page, "Put into trip"), form="1", trip_id=trip)
    assert same_as_tools(visitor, ("travel.put_into_trip", {"booking_id": booking, "trip_id": trip}))
    out = [one for one in visitor.buttons(f"/travel/show_trip?trip_id={trip}", "Take out") if f"={booking}&" in one]
    visitor.send(out[0])
    assert same_as_tools(visitor)


def test_free_seats_stand_in_their_rows() -> None:
    visitor = Visitor()
    shape = PAGES.page("travel.seat_map").shape
    assert shape is not None
    for ride in visitor.world.db.column("SELECT id FROM travel_rides ORDER BY id LIMIT 20"):
        seats = visitor.world.call("travel.seat_map", {"ride_id": ride}).value
        lines = shape(seats, visitor.world.call)["rows"]
        assert [seat for line in lines for seat in line["seats"]] == seats["free"]
        assert all(seat.startswith(line["row"]) for line in lines for seat in line["seats"])
        assert len({line["row"] for line in lines}) == len(lines)


def test_the_fares_of_a_ride_say_what_they_allow() -> None:
    visitor = Visitor()
    said = words(visitor.read(f"/travel/show_ride?ride_id={visitor.value('SELECT id FROM travel_rides')}"))
    for rule in visitor.world.call("travel.fare_rules").value["fares"]:
        fee = "-" if rule["change_fee"] is None else f"{rule['change_fee']:.2f}"
        assert f"Change fee {fee} Refund percent {rule['refund_percent']}" in said


def test_a_room_is_booked_for_the_nights_that_were_searched() -> None:
    visitor = Visitor()
    hotel = visitor.world.db.rows("SELECT id, city FROM travel_hotels WHERE full_nights = ''")[0]
    account = visitor.world.call("bank.list_accounts").value["accounts"][0]["id"]
    nights = {"check_in": "2030-03-01", "check_out": "2030-03-03"}
    query = f"city={hotel['city']}&check_in={nights['check_in']}&check_out={nights['check_out']}"
    forms = visitor.buttons(f"/travel/search_hotels?{query}", "Book")
    form = next(one for one in forms if f"hotel_id={hotel['id']}&" in one)
    visitor.send(form, form="1", account_id=account, traveller_id="", points="0")
    assert same_as_tools(visitor, ("travel.book_hotel", {"hotel_id": hotel["id"], **nights, "account_id": account}))
