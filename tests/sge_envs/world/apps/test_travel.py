from __future__ import annotations

from typing import Any

import pytest

from sge_envs.world.apps.travel import RULES
from sge_envs.world.clock import plus_days
from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, refused


def _main(world: World) -> int:
    return int(do(world, "bank.list_accounts")["accounts"][0]["id"])


def _balance(world: World) -> float:
    return float(do(world, "bank.list_accounts")["accounts"][0]["balance"])


def _rides(world: World, kind: str = "flight", **filters: Any) -> list[dict[str, Any]]:
    return everything(world, "travel.search_rides", "rides", kind=kind, **filters)


def _set_tier(world: World, tier: str) -> None:
    world.prepare(lambda db: db.update("travel_loyalty", db.value("SELECT id FROM travel_loyalty"), {"tier": tier}))


def _booked(world: World, fare: str) -> tuple[int, dict[str, Any]]:
    """A new booking in this fare, with the ride, of a silver member."""
    _set_tier(world, "silver")
    ride = _rides(world)[0]
    made = do(world, "travel.book_ride", ride_id=ride["id"], account_id=_main(world), fare=fare)
    return int(made["booking_id"]), ride


def test_rides_are_filtered_and_sorted() -> None:
    world = new_world()
    rides = _rides(world, only_free=False)
    assert [one["departs"] for one in rides] == sorted(one["departs"] for one in rides)
    assert len(rides) + len(_rides(world, "train", only_free=False)) == world.db.value(
        "SELECT COUNT(*) FROM travel_rides WHERE departs > (SELECT now FROM world_clock)"
    )
    assert _rides(world) == [one for one in rides if one["seats_left"] > 0]
    one = rides[0]
    same = _rides(world, origin=one["origin"].upper(), destination=one["destination"], only_free=False)
    assert same == [r for r in rides if (r["origin"], r["destination"]) == (one["origin"], one["destination"])]
    day = one["departs"][:10]
    assert {r["departs"][:10] for r in _rides(world, since=day, until=day, only_free=False)} == {day}
    prices = [r["price"] for r in _rides(world, sort_by="price", max_price=150)]
    assert prices == sorted(prices)
    assert max(prices) <= 150
    shown = do(world, "travel.show_ride", ride_id=one["id"])
    assert {f["fare"]: f["price"] for f in shown["fares"]} == {
        name: int(one["price"] * 100) * rule.percent // 100 / 100 for name, rule in RULES.items()
    }
    assert shown["minutes"] > 0
    assert "not_found" in refused(world, "travel.show_ride", ride_id=1)


def test_a_booking_pays_and_tells_mail_calendar_and_files() -> None:
    world = new_world()
    ride, before = _rides(world)[0], _balance(world)
    free = do(world, "travel.seat_map", ride_id=ride["id"])["free"]
    points = do(world, "travel.show_loyalty")["points"]
    order = {"ride_id": ride["id"], "account_id": _main(world), "fare": "flex", "bags": 2, "seat": free[0].lower()}
    made = do(world, "travel.book_ride", **order, points=100)
    price = int(ride["price"] * 100) * 160 // 100 + 2500 - 100
    assert made["paid"] == price / 100
    assert _balance(world) == pytest.approx(before - price / 100)
    assert do(world, "travel.show_loyalty")["points"] == points - 100 + price // 20
    booking = do(world, "travel.show_booking", booking_id=made["booking_id"])
    assert (booking["seat"], booking["starts"], booking["traveller"]) == (
        free[0],
        ride["departs"],
        world.db.user["name"],
    )
    assert free[0] not in do(world, "travel.seat_map", ride_id=ride["id"])["free"]
    assert do(world, "travel.show_ride", ride_id=ride["id"])["seats_left"] == ride["seats_left"] - 1
    by_table = {table: len(rows) for table, rows in changed(world).items()}
    assert by_table == {
        "bank_accounts": 1,
        "bank_transactions": 1,
        "calendar_events": 1,
        "files_files": 1,
        "mail_messages": 1,
        "mail_recipients": 1,
        "travel_bookings": 1,
        "travel_loyalty": 1,
    }
    event = changed(world)["calendar_events"][0].after
    assert event is not None
    assert (event["start"], event["title"]) == (ride["departs"], booking["title"])
    file = changed(world)["files_files"][0]
    assert booking["title"] in do(world, "files.read", file_id=file.id)["content"]
    assert "is not free" in refused(world, "travel.book_ride", **order)
    assert "points can be used" in refused(world, "travel.book_ride", **(order | {"seat": free[1], "points": 99_999}))


def test_points_can_pay_for_all() -> None:
    world = new_world()
    world.prepare(lambda db: db.update("travel_loyalty", db.value("SELECT id FROM travel_loyalty"), {"points": 90_000}))
    ride = _rides(world, sort_by="price")[0]
    order = {"ride_id": ride["id"], "account_id": _main(world), "fare": "light", "points": int(ride["price"] * 100)}
    made = do(world, "travel.book_ride", **order)
    assert (made["paid"], made["transaction_id"]) == (0, None)
    assert do(world, "travel.cancel_booking", booking_id=made["booking_id"]) == {
        "booking_id": made["booking_id"],
        "refunded": 0,
        "points": 0,
    }


def test_a_ride_that_is_full_or_gone_cannot_be_booked() -> None:
    world = new_world()
    first, second = _rides(world)[:2]
    full = " ".join(f"{row}{letter}" for row in range(1, 9) for letter in "ABCDEF")
    world.prepare(lambda db: db.update("travel_rides", first["id"], {"taken": full}))
    world.prepare(lambda db: db.update("travel_rides", second["id"], {"departs": db.now}))
    assert "sold out" in refused(world, "travel.book_ride", ride_id=first["id"], account_id=_main(world))
    assert "has left" in refused(world, "travel.book_ride", ride_id=second["id"], account_id=_main(world))
    assert first["id"] not in [one["id"] for one in _rides(world)]
    assert "invalid_argument" in refused(
        world, "travel.book_ride", ride_id=first["id"], account_id=_main(world), seat="Z9"
    )


@pytest.mark.parametrize("fare", RULES)
def test_a_fare_gives_back_what_its_rules_say(fare: str) -> None:
    world = new_world()
    rules = {one["fare"]: one for one in do(world, "travel.fare_rules")["fares"]}
    before = _balance(world)
    booking, ride = _booked(world, fare)
    paid = do(world, "travel.show_booking", booking_id=booking)["paid"]
    refund = int(paid * 100 + 0.5) * rules[fare]["refund_percent"] // 100 / 100
    assert do(world, "travel.quote_cancellation", booking_id=booking) == {"paid": paid, "refund": refund, "points": 0}
    assert do(world, "travel.cancel_booking", booking_id=booking)["refunded"] == refund
    assert _balance(world) == pytest.approx(before - paid + refund)
    assert world.db.value("SELECT status FROM calendar_events WHERE notes = ?", f"Booking {booking}") == "cancelled"
    assert do(world, "travel.show_ride", ride_id=ride["id"])["seats_left"] == ride["seats_left"]
    assert "is cancelled" in refused(world, "travel.cancel_booking", booking_id=booking)


def test_a_change_costs_the_fee_and_the_difference_and_moves_the_event() -> None:
    world = new_world()
    booking, ride = _booked(world, "standard")
    ways = _rides(world, origin=ride["origin"], destination=ride["destination"])
    other = next(one for one in ways if one["id"] != ride["id"])
    quote = do(world, "travel.quote_change", booking_id=booking, ride_id=other["id"])
    fares = [
        next(f["price"] for f in do(world, "travel.show_ride", ride_id=one["id"])["fares"] if f["fare"] == "standard")
        for one in (ride, other)
    ]
    assert quote["fee"] == 30
    assert quote["difference"] == pytest.approx(max(0, fares[1] - fares[0]))
    before = _balance(world)
    done = do(world, "travel.change_ride", booking_id=booking, ride_id=other["id"], account_id=_main(world))
    assert (done["paid_extra"], done["starts"]) == (quote["total"], other["departs"])
    assert _balance(world) == pytest.approx(before - quote["total"])
    assert world.db.value("SELECT start FROM calendar_events WHERE notes = ?", f"Booking {booking}") == other["departs"]
    back = _rides(world, origin=ride["destination"], destination=ride["origin"])[0]
    assert "is no other flight" in refused(world, "travel.quote_change", booking_id=booking, ride_id=back["id"])
    _set_tier(world, "gold")
    assert do(world, "travel.quote_change", booking_id=booking, ride_id=ride["id"])["fee"] == 0


def test_the_cheapest_fare_allows_no_change_and_seats_and_bags_cost() -> None:
    world = new_world()
    booking, ride = _booked(world, "light")
    other = next(one for one in _rides(world) if one["id"] != ride["id"])
    assert "allows no changes" in refused(world, "travel.quote_change", booking_id=booking, ride_id=other["id"])
    seats = do(world, "travel.seat_map", ride_id=ride["id"])["free"]
    chosen = {"booking_id": booking, "seat": seats[0], "account_id": _main(world)}
    assert do(world, "travel.choose_seat", **chosen)["paid_extra"] == 8
    assert "already" in refused(world, "travel.choose_seat", **chosen)
    assert do(world, "travel.add_bag", booking_id=booking, account_id=_main(world))["paid_extra"] == 25
    do(world, "travel.add_bag", booking_id=booking, account_id=_main(world))
    do(world, "travel.add_bag", booking_id=booking, account_id=_main(world))
    assert "3 bags" in refused(world, "travel.add_bag", booking_id=booking, account_id=_main(world))


def _hotel(world: World) -> tuple[dict[str, Any], str]:
    """A hotel and a day from which it has rooms for some nights."""
    rows = world.db.rows("SELECT * FROM travel_hotels WHERE full_nights = '' ORDER BY id")
    row = rows[0] if rows else None
    if row is None:
        row = world.db.rows("SELECT * FROM travel_hotels ORDER BY id")[0]
        world.prepare(lambda db: db.update("travel_hotels", row["id"], {"full_nights": ""}))
    return row, plus_days(world.db.today, 12)


def test_hotels_are_found_by_city_nights_and_wishes() -> None:
    world = new_world()
    hotel, day = _hotel(world)
    dates = {"city": hotel["city"].lower(), "check_in": day, "check_out": plus_days(day, 2)}
    found = everything(world, "travel.search_hotels", "hotels", **dates)
    assert hotel["id"] in [one["id"] for one in found]
    world.prepare(lambda db: db.update("travel_hotels", hotel["id"], {"full_nights": plus_days(day, 1)}))
    assert hotel["id"] not in [one["id"] for one in everything(world, "travel.search_hotels", "hotels", **dates)]
    assert do(world, "travel.show_hotel", hotel_id=hotel["id"])["full_nights"] == [plus_days(day, 1)]
    rated = everything(world, "travel.search_hotels", "hotels", **dates, sort_by="rating", min_rating=6)
    assert [one["rating"] for one in rated] == sorted((one["rating"] for one in rated), reverse=True)
    assert all(one["breakfast"] for one in everything(world, "travel.search_hotels", "hotels", **dates, breakfast=True))
    assert "1 to 14 days" in refused(world, "travel.search_hotels", **(dates | {"check_out": day}))


def test_a_stay_is_booked_changed_and_cancelled_by_the_rules_of_the_hotel() -> None:
    world = new_world()
    hotel, day = _hotel(world)
    night = hotel["price_cents"] / 100
    order = {"hotel_id": hotel["id"], "account_id": _main(world)}
    made = do(world, "travel.book_hotel", **order, check_in=day, check_out=plus_days(day, 2))
    booking = {"booking_id": made["booking_id"]}
    assert made["paid"] == pytest.approx(2 * night)
    longer = {"check_in": day, "check_out": plus_days(day, 3), "account_id": _main(world)}
    assert do(world, "travel.change_stay", **booking, **longer)["paid_extra"] == pytest.approx(night)
    shorter = longer | {"check_out": plus_days(day, 1)}
    before = _balance(world)
    assert do(world, "travel.change_stay", **booking, **shorter)["paid_extra"] == pytest.approx(-2 * night)
    assert _balance(world) == pytest.approx(before + 2 * night)
    assert do(world, "travel.quote_cancellation", **booking)["refund"] == pytest.approx(night)
    world.prepare(lambda db: db.update("travel_hotels", hotel["id"], {"free_days": 13}))
    assert do(world, "travel.quote_cancellation", **booking)["refund"] == 0
    assert "could be changed until" in refused(world, "travel.change_stay", **booking, **longer)
    past = {"check_in": plus_days(world.db.today, -2), "check_out": world.db.today}
    assert "in the past" in refused(world, "travel.book_hotel", **order, **past)
    ride = world.db.value("SELECT id FROM travel_bookings WHERE ride_id IS NOT NULL ORDER BY starts DESC")
    assert "is no hotel" in refused(world, "travel.change_stay", booking_id=ride, **longer)


def test_bookings_are_listed_with_filters() -> None:
    world = new_world()
    found = everything(world, "travel.list_bookings", "bookings")
    assert [one["starts"] for one in found] == sorted(one["starts"] for one in found)
    for kind in ("flight", "train", "hotel"):
        assert everything(world, "travel.list_bookings", "bookings", kind=kind) == [
            one for one in found if one["kind"] == kind
        ]
    now = world.db.now
    coming = everything(world, "travel.list_bookings", "bookings", upcoming=True, status="booked")
    assert coming == [one for one in found if one["starts"] > now and one["status"] == "booked"]
    past = next(one for one in found if one["starts"] <= now)
    assert "has begun" in refused(world, "travel.cancel_booking", booking_id=past["id"])
    query = past["title"].split()[-1]
    assert past in everything(
        world, "travel.list_bookings", "bookings", query=query, traveller=past["traveller"].upper(), upcoming=False
    )


def test_travellers_are_saved_and_booked_for() -> None:
    world = new_world()
    new = do(world, "travel.add_traveller", name="Zed Zero", passport="P1")["id"]
    assert "saved already" in refused(world, "travel.add_traveller", name="zed zero", passport="P2")
    do(world, "travel.update_traveller", traveller_id=new, passport="P3")
    assert {"id": new, "name": "Zed Zero", "passport": "P3"} in do(world, "travel.list_travellers")["travellers"]
    ride = _rides(world)[0]["id"]
    made = do(world, "travel.book_ride", ride_id=ride, account_id=_main(world), traveller_id=new)
    do(world, "travel.remove_traveller", traveller_id=new)
    assert do(world, "travel.show_booking", booking_id=made["booking_id"])["traveller"] == "Zed Zero"
    assert "not_found" in refused(world, "travel.remove_traveller", traveller_id=new)


def test_trips_hold_bookings_and_add_them_up() -> None:
    world = new_world()
    trip = do(world, "travel.create_trip", name="Sea")["id"]
    assert "already" in refused(world, "travel.create_trip", name="sea")
    booking = everything(world, "travel.list_bookings", "bookings", status="booked")[-1]
    do(world, "travel.put_into_trip", booking_id=booking["id"], trip_id=trip)
    shown = do(world, "travel.show_trip", trip_id=trip)
    assert (shown["total"], [one["id"] for one in shown["bookings"]]) == (booking["paid"], [booking["id"]])
    assert next(one for one in do(world, "travel.list_trips")["trips"] if one["id"] == trip)["bookings"] == 1
    do(world, "travel.delete_trip", trip_id=trip)
    assert do(world, "travel.show_booking", booking_id=booking["id"])["trip_id"] is None
    assert "not_found" in refused(world, "travel.put_into_trip", booking_id=booking["id"], trip_id=trip)


def test_price_alerts_know_the_cheapest_flight() -> None:
    world = new_world()
    ride = _rides(world, sort_by="price")[0]
    way = {"origin": ride["destination"], "destination": ride["origin"]}
    for one in do(world, "travel.list_alerts")["alerts"]:
        do(world, "travel.delete_alert", alert_id=one["id"])
    alert = do(world, "travel.create_alert", **way, below=99.5)["id"]
    assert "already" in refused(world, "travel.create_alert", **way, below=10)
    (only,) = do(world, "travel.list_alerts")["alerts"]
    assert (only["id"], only["below"]) == (alert, 99.5)
    assert only["cheapest"] == min(one["price"] for one in _rides(world, **way))


@pytest.mark.parametrize("number", range(8))
def test_coming_bookings_stand_in_the_calendar_and_every_booking_is_paid(number: int) -> None:
    db = new_world(number).db
    assert db.value("SELECT COUNT(*) FROM travel_bookings") >= 11
    for row in db.rows(
        "SELECT b.*, t.amount_cents, t.reference FROM travel_bookings b JOIN bank_transactions t "
        "ON t.id = b.transaction_id"
    ):
        assert (row["amount_cents"], row["reference"]) == (-row["paid_cents"], f"Booking {row['id']}")
        event = db.one("SELECT * FROM calendar_events WHERE notes = ?", f"Booking {row['id']}")
        if row["status"] == "booked":
            assert event is not None
            assert (event["start"], event["end"]) == (row["starts"], row["ends"])
        assert db.value("SELECT COUNT(*) FROM mail_messages WHERE subject = ?", f"Your booking {row['id']}") == 1
