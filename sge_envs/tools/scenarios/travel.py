"""Scenarios on journeys."""

from __future__ import annotations

from typing import Any

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, address_of, everything, main_account, need
from sge_envs.world.apps.travel import search_rides
from sge_envs.world.clock import plus_days, plus_minutes, weekday
from sge_envs.world.database import Database, Row

_COMING = "r.departs > (SELECT now FROM world_clock)"


def _way(scene: Scene, kind: str) -> Row:
    """A way that is travelled on several of the coming days: origin, destination, first and last day."""
    return scene.row(
        "SELECT origin, destination, MIN(substr(departs, 1, 10)) AS first, MAX(substr(departs, 1, 10)) AS last FROM travel_rides r "
        f"WHERE {_COMING} AND kind = ? GROUP BY origin, destination",
        kind,
    )


def _booked(scene: Scene, more: str) -> Row:
    """A coming booking of my own, the only one with its title that is not cancelled."""
    return scene.row(
        "SELECT b.*, r.kind, r.origin, r.destination FROM travel_bookings b LEFT JOIN travel_rides r ON r.id = b.ride_id "
        f"WHERE b.status = 'booked' AND b.starts > (SELECT now FROM world_clock) AND {more} AND (SELECT COUNT(*) FROM "
        "travel_bookings o WHERE o.title = b.title AND o.status = 'booked') = 1"
    )


def _find(do: Do, title: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = everything(do, "travel.list_bookings", "bookings", status="booked", upcoming=True)
    return next(one for one in found if one["title"] == title)


def cheapest_flight(scene: Scene) -> Instance:
    way = _way(scene, "flight")
    names = {"kind": "flight", "origin": way["origin"], "destination": way["destination"]}

    def solve(do: Do) -> str:
        found = do("travel.search_rides", **names, sort_by="price")["rides"]
        need(len(found) >= 3 and found[0]["price"] < found[1]["price"])
        return str(found[0]["number"])

    return Instance(
        scene.say(
            f"Which coming flight from {way['origin']} to {way['destination']} that has seats left is the cheapest? Give "
            "its number.",
            f"I want to fly from {way['origin']} to {way['destination']}, the day does not matter. What is the number of the "
            "cheapest flight with a free seat?",
        ),
        solve,
    )


def trip_cost(scene: Scene) -> Instance:
    row = scene.row("SELECT name FROM travel_trips")

    def solve(do: Do) -> float:
        found = do("travel.list_trips")["trips"]
        trip = next(one["id"] for one in found if one["name"] == row["name"])
        return float(do("travel.show_trip", trip_id=trip)["total"])

    return Instance(
        scene.say(
            f"What did all the bookings of my trip '{row['name']}' cost together, leaving out what is cancelled?",
            f"How much have I paid for the trip '{row['name']}' in total? Cancelled bookings do not count.",
        ),
        solve,
    )


def first_train(scene: Scene) -> Instance:
    way, fare = _way(scene, "train"), scene.dice.one(("light", "standard", "flex"))
    day, hour = scene.dice.one((way["first"], way["last"])), scene.dice.integer(6, 11)

    def solve(do: Do) -> None:
        names = {"kind": "train", "origin": way["origin"], "destination": way["destination"]}
        found = do("travel.search_rides", **names, since=day, until=day)["rides"]
        fit = [one for one in found if one["departs"][11:] >= f"{hour:02}:00"]
        need(fit)
        do("travel.book_ride", ride_id=fit[0]["id"], account_id=main_account(do), fare=fare)

    rest = f"in the fare {fare}, without bags and without choosing a seat, and pay from the main account"
    return Instance(
        scene.say(
            f"Book me the first train from {way['origin']} to {way['destination']} on {weekday(day)} {day} that leaves at "
            f"{hour:02}:00 or later and has a seat, {rest}.",
            f"On {day} I go from {way['origin']} to {way['destination']} by train, not before {hour:02}:00. Book the "
            f"earliest train with a free seat, {rest}.",
        ),
        solve,
    )


def day_out(scene: Scene) -> Instance:
    way = _way(scene, "train")
    days = [plus_days(way["first"], number) for number in range(5)]

    def solve(do: Do) -> None:
        names = {"kind": "train", "origin": way["origin"], "destination": way["destination"]}
        for day in days:
            events = [one for one in do("calendar.day_agenda", date=day)["events"] if one["status"] != "cancelled"]
            rides = do("travel.search_rides", **names, since=day, until=day, sort_by="price")["rides"]
            if rides and not events:
                need(len(rides) == 1 or rides[0]["price"] < rides[1]["price"])
                do("travel.book_ride", ride_id=rides[0]["id"], account_id=main_account(do), fare="light")
                return
        need(False)

    return Instance(
        scene.say(
            f"I want to go from {way['origin']} to {way['destination']} by train, some day from {days[0]} to {days[-1]}. "
            "Take the first of these days on which my calendar is empty (what is cancelled does not count) and a train has "
            "a free seat, and book the cheapest train of that day: fare light, no bags, no seat chosen, paid from the main "
            "account.",
            f"Find the first day between {days[0]} and {days[-1]} (both included) that has nothing in my calendar but "
            f"perhaps cancelled events, and on which a train from {way['origin']} to {way['destination']} is not sold out. "
            "Book the cheapest one of that day in the fare light, from my main account, without bags and without a seat of "
            "my choice.",
        ),
        solve,
    )


def change_if_cheap(scene: Scene) -> Instance:
    row = _booked(
        scene,
        "b.fare IN ('standard', 'flex') AND EXISTS (SELECT 1 FROM travel_rides o WHERE o.kind = r.kind AND o.origin = r.origin "
        "AND o.destination = r.destination AND o.departs > date(b.starts, '+1 day'))",
    )
    limit = scene.dice.one((40, 75, 110))
    day = row["starts"][:10]

    def solve(do: Do) -> float:
        names = {"kind": row["kind"], "origin": row["origin"], "destination": row["destination"]}
        booking = _find(do, row["title"])["id"]
        found = do("travel.search_rides", **names, since=plus_days(day, 1))["rides"]
        need(found)
        total = do("travel.quote_change", booking_id=booking, ride_id=found[0]["id"])["total"]
        need(total > 0 and total != limit)
        if total < limit:
            do("travel.change_ride", booking_id=booking, ride_id=found[0]["id"], account_id=main_account(do))
        return float(total)

    return Instance(
        scene.say(
            f"I cannot leave on {day}: look for the first {row['kind']} after that day that I can take instead of "
            f"'{row['title']}', the same way. If the change costs less than {limit}.00 in all, change my booking and pay "
            "from the main account; if not, leave it as it is. In both cases answer with what the change costs.",
            f"What would it cost in all to change my booking '{row['title']}' of {day} to the first {row['kind']} on a "
            f"later day that has a seat? Tell me. And where it is less than {limit}.00, make the change and pay it from the "
            "main account.",
        ),
        solve,
    )


def cancel_if_free(scene: Scene) -> Instance:
    row = _booked(scene, "b.hotel_id IS NOT NULL")

    def solve(do: Do) -> float:
        booking = _find(do, row["title"])
        refund = do("travel.quote_cancellation", booking_id=booking["id"])["refund"]
        need(refund > 0)
        if refund == booking["paid"]:
            do("travel.cancel_booking", booking_id=booking["id"])
        return float(refund)

    return Instance(
        scene.say(
            f"How much would I get back today for my coming stay, '{row['title']}'? Answer with the amount, and if it is "
            "all that I have paid, cancel it.",
            f"I may not need '{row['title']}' any more. Cancel the coming booking if I get all of my money back, else keep "
            "it. How much is it that I (would) get back?",
        ),
        solve,
    )


def booked_twice(scene: Scene) -> Instance:
    row = _booked(scene, "b.ride_id IS NOT NULL")

    def plant(db: Database) -> None:
        at = plus_minutes(row["booked_at"], 25)
        account = db.one("SELECT * FROM bank_accounts WHERE name = 'Main account'")
        assert account is not None
        copy = {name: value for name, value in row.items() if name not in ("id", "kind", "origin", "destination")}
        booking = db.insert("travel_bookings", copy | {"booked_at": at, "transaction_id": None})
        paid = {"account_id": account["id"], "at": at, "amount_cents": -row["paid_cents"], "party": "Wayfarer Travel"}
        paid |= {"reference": f"Booking {booking}", "category": "travel", "kind": "card"}
        db.update("travel_bookings", booking, {"transaction_id": db.insert("bank_transactions", paid)})
        db.update("bank_accounts", account["id"], {"balance_cents": account["balance_cents"] - row["paid_cents"]})

    scene.plant(plant)

    def solve(do: Do) -> None:
        found = everything(do, "travel.list_bookings", "bookings", status="booked", query=row["title"])
        both = [do("travel.show_booking", booking_id=one["id"]) for one in found if one["title"] == row["title"]]
        need(len(both) == 2)
        later = max(both, key=lambda one: one["booked_at"])
        do("travel.cancel_booking", booking_id=later["id"])

    return Instance(
        scene.say(
            f"I have booked '{row['title']}' twice by mistake. Cancel the booking that I made later, whatever it costs, and "
            "keep the first one.",
            f"There are two bookings of '{row['title']}' in my name, the second was a slip. Keep the one that was made "
            "first and cancel the other, even if not all the money comes back.",
        ),
        solve,
    )


def usual_seat(scene: Scene) -> Instance:
    row, letter = _booked(scene, "r.kind = 'flight' AND b.seat = ''"), scene.dice.one(("A", "C", "D", "F"))
    side = {"A": "at the left window", "C": "left of the aisle", "D": "right of the aisle", "F": "at the right window"}

    def solve(do: Do) -> None:
        booking = _find(do, row["title"])["id"]
        ride = do("travel.show_booking", booking_id=booking)["ride_id"]
        seats = [one for one in do("travel.seat_map", ride_id=ride)["free"] if one.endswith(letter)]
        need(seats)
        do("travel.choose_seat", booking_id=booking, seat=seats[0], account_id=main_account(do))

    said = f"I always sit {side[letter]}, so a seat {letter}, and as far in front as there is one free."
    return Instance(
        scene.say(
            f"Choose a seat for my '{row['title']}', where I always like to sit. If it costs something, the main account pays.",
            f"I need a seat in '{row['title']}': the free one that suits me best. Ask me what I like, and pay from the main "
            "account if need be.",
        ),
        solve,
        facts={
            "seat sit place window aisle row side letter front back like prefer preference choose usual always": said
        },
    )


def new_traveller(scene: Scene) -> Instance:
    name = a_person(scene, "family", "friend", "colleague")["name"]
    need(scene.db.value("SELECT id FROM travel_travellers WHERE name = ?", name) is None)
    passport = f"P{scene.dice.integer(1_000_000, 9_999_999)}"

    def solve(do: Do) -> None:
        do("travel.add_traveller", name=name, passport=passport)

    return Instance(
        scene.say(
            f"Add {name} to the travellers I book for. I have the passport at hand if you need anything from it.",
            f"I will travel with {name}: save them among my travellers. If something is missing, ask me.",
        ),
        solve,
        facts={f"passport number document {name}": f"The number of the passport is {passport}."},
    )


def whole_trip(scene: Scene) -> Instance:
    way, colleague = _way(scene, "flight"), a_person(scene, "colleague")["name"]
    home = scene.db.user["city"]
    city = way["destination"] if way["origin"] == home else way["origin"]
    first = plus_days(way["first"], scene.dice.integer(0, 1))
    last = plus_days(first, scene.dice.integer(2, 3))
    trip, stars = f"{scene.dice.one(('Conference', 'Training', 'Trade fair'))} {city}", scene.dice.integer(2, 3)

    flights = [
        search_rides(scene.db, "flight", home, city, first, first)["rides"],
        search_rides(scene.db, "flight", city, home, last, last)["rides"],
    ]
    need(all(flights))
    numbers = (flights[0][0]["number"], flights[1][-1]["number"])

    def fly(do: Do, origin: str, destination: str, day: str, place: int) -> int:
        names = {"kind": "flight", "origin": origin, "destination": destination}
        found = do("travel.search_rides", **names, since=day, until=day)["rides"]
        booked = do("travel.book_ride", ride_id=found[place]["id"], account_id=main_account(do), fare="standard")
        return int(booked["booking_id"])

    def solve(do: Do) -> None:
        there, back = fly(do, home, city, first, 0), fly(do, city, home, last, -1)
        nights = {"city": city, "check_in": first, "check_out": last}
        hotels = do("travel.search_hotels", **nights, min_stars=stars, sort_by="price")["hotels"]
        need(hotels and (len(hotels) == 1 or hotels[0]["price"] < hotels[1]["price"]))
        dates = {"check_in": first, "check_out": last, "account_id": main_account(do)}
        stay = do("travel.book_hotel", hotel_id=hotels[0]["id"], **dates)["booking_id"]
        made = do("travel.create_trip", name=trip)["id"]
        for booking in (there, back, stay):
            do("travel.put_into_trip", booking_id=booking, trip_id=made)
        body = f"I take {numbers[0]} there and {numbers[1]} back."
        do("mail.send", to=[address_of(do, colleague)], subject=trip, body=body)
        do("mail.set_auto_reply", text="I am away.", first_day=first, last_day=last)

    return Instance(
        scene.say(
            f"I go to {city} for '{trip}', from {first} to {last}. Book the first flight from {home} on {first} and the "
            f"last one back on {last} that have seats, both in the fare standard without bags and without choosing seats, "
            f"and for all the nights between the cheapest hotel there with {stars} stars or more. The main account pays. "
            f"Make a trip called '{trip}', without notes, and put the three bookings into it. Write {colleague} a mail with "
            f"the subject '{trip}' that names the numbers of both flights, and set an automatic reply from the first to the "
            "last of these days that says that I am away.",
            f"Plan my journey '{trip}': {home} to {city} on {first} with the earliest flight, back on {last} with the "
            "latest one (only flights with free seats; fare standard, no bags, no seats chosen), and the cheapest hotel in "
            f"{city} with at least {stars} stars from the one day to the other. Pay it all from the main account, and sort "
            f"the three bookings into a new trip '{trip}' with no notes. Then tell {colleague} the two flight numbers by "
            f"mail, subject '{trip}', and let an automatic reply say that I am away from {first} to {last}.",
        ),
        solve,
        free={"mail_messages.body": Says(numbers), "mail_settings.auto_reply": Says(("away",))},
    )


SCENARIOS = (
    Scenario("travel.cheapest_flight", "easy", "train", cheapest_flight),
    Scenario("travel.trip_cost", "easy", "valid", trip_cost),
    Scenario("travel.first_train", "medium", "train", first_train),
    Scenario("travel.day_out", "hard", "train", day_out),
    Scenario("travel.change_if_cheap", "hard", "test", change_if_cheap),
    Scenario("travel.cancel_if_free", "medium", "valid", cancel_if_free),
    Scenario("travel.booked_twice", "medium", "train", booked_twice),
    Scenario("travel.usual_seat", "medium", "test", usual_seat),
    Scenario("travel.new_traveller", "easy", "train", new_traveller),
    Scenario("travel.whole_trip", "hard", "test", whole_trip),
)
