"""Scenarios with restaurants, deliveries and tables."""

from __future__ import annotations

from typing import Any

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, address_of, everything, main_account, need
from sge_envs.world.clock import plus_days, weekday
from sge_envs.world.database import Row


def _restaurant(do: Do, name: str) -> int:
    found = everything(do, "food.search_restaurants", "restaurants", query=name)
    return int(next(one["id"] for one in found if one["name"] == name))


def _table_to_come(scene: Scene) -> Row:
    return scene.row(
        "SELECT v.*, r.name, r.largest_table FROM food_reservations v JOIN food_restaurants r ON r.id = v.restaurant_id WHERE "
        "v.status = 'booked' AND v.at > (SELECT now FROM world_clock) AND (SELECT COUNT(*) FROM food_reservations o WHERE "
        "o.restaurant_id = v.restaurant_id AND o.at > (SELECT now FROM world_clock)) = 1"
    )


def cheapest_dish(scene: Scene) -> Instance:
    course = scene.dice.one(("main", "starter", "dessert"))

    def solve(do: Do) -> str:
        found = do("food.search_dishes", course=course, vegetarian=True)["dishes"]
        found = [one for one in found if not one["sold_out"]]
        need(len(found) > 2 and found[0]["price"] < found[1]["price"])
        return str(found[0]["restaurant"])

    what = {"main": "main course", "starter": "starter", "dessert": "dessert"}[course]
    return Instance(
        scene.say(
            f"Which restaurant has the cheapest vegetarian {what} that is not sold out?",
            f"I want to spend little on a vegetarian {what}. At which restaurant is the cheapest one that can still be had?",
        ),
        solve,
    )


def spent_on(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT r.name FROM food_orders o JOIN food_restaurants r ON r.id = o.restaurant_id GROUP BY r.id HAVING COUNT(*) >= 2"
    )

    def solve(do: Do) -> float:
        found = everything(
            do, "food.list_orders", "orders", restaurant_id=_restaurant(do, row["name"]), status="ordered"
        )
        need(len(found) >= 2)
        return float(round(sum(one["total"] for one in found), 2))

    return Instance(
        scene.say(
            f"What do the totals of all my delivery orders from {row['name']} that were not cancelled add up to?",
            f"How much money went into deliveries from {row['name']} altogether, cancelled orders aside?",
        ),
        solve,
    )


def table_for_friends(scene: Scene) -> Instance:
    person, people = a_person(scene, "friend"), scene.dice.integer(3, 5)
    at = f"{plus_days(scene.db.today, scene.dice.integer(6, 18))}T19:00"
    name = _best(scene, at, people)

    def solve(do: Do) -> None:
        best: list[dict[str, Any]] = []
        for one in do("food.search_restaurants", sort_by="rating", page_size=50)["restaurants"]:
            if one["rating"] is None or (best and one["rating"] < best[0]["rating"]):
                break
            if at in do("food.free_tables", restaurant_id=one["id"], date=at[:10], people=people)["times"]:
                best.append(one)
        need(len(best) == 1 and best[0]["name"] == name)
        made = do("food.reserve", restaurant_id=best[0]["id"], at=at, people=people)
        events = do("calendar.list_events", query=f"Reservation {made['reservation_id']}")["events"]
        address = address_of(do, person["name"])
        do("calendar.invite", event_id=events[0]["id"], guests=[address])
        do("mail.send", to=[address], subject="Dinner", body=f"We meet at {name}.")

    return Instance(
        scene.say(
            f"On {weekday(at)} {at[:10]} at 19:00 I want to eat with {person['name']} and others, {people} people in all. "
            "Reserve at the restaurant with the best rating among those that have such a table then, without special wishes. "
            f"Invite {person['name']} to the event that appears in my calendar, and mail them with the subject 'Dinner' where "
            "we meet (the name of the restaurant).",
            f"We are {people} people on {weekday(at)} {at[:10]}, 19:00. Find the best rated restaurant that has a table for us "
            f"at that time, reserve it (no wishes), add {person['name']} as a guest to the event of it in my calendar, and tell "
            f"{person['name']} the restaurant's name in a mail with the subject 'Dinner'.",
        ),
        solve,
        free={"mail_messages.body": Says((name,))},
    )


def _best(scene: Scene, at: str, people: int) -> str:
    """The name of the restaurant with the best rating that is open then and has such a table."""
    found = scene.db.rows(
        "SELECT r.name, AVG(v.stars) AS rating FROM food_restaurants r JOIN food_reviews v ON v.restaurant_id = r.id WHERE "
        "r.largest_table >= ? AND r.closed_on != ? AND r.opens <= '19:00' AND r.closes >= '21:00' AND r.id NOT IN (SELECT "
        "restaurant_id FROM food_full WHERE substr(at, 1, 10) = ?) GROUP BY r.id ORDER BY ROUND(rating, 1) DESC, r.id LIMIT 1",
        people,
        weekday(at),
        at[:10],
    )
    need(found)
    return str(found[0]["name"])


def birthday(scene: Scene) -> Instance:
    day = plus_days(scene.db.today, scene.dice.integer(4, 50))
    need(day[5:] != "02-29")
    place = scene.row(
        "SELECT name FROM food_restaurants WHERE largest_table >= 6 AND opens <= '19:00' AND closes >= '22:00' AND closed_on != ?",
        weekday(day),
    )
    person, first, second = (a_person(scene, relation) for relation in ("friend", "family", "colleague"))
    people, born = scene.dice.integer(4, 6), f"{int(day[:4]) - scene.dice.integer(25, 60)}{day[4:]}"
    scene.plant(lambda db: db.update("contacts_people", person["id"], {"birthday": born}))

    def solve(do: Do) -> None:
        coming = do("contacts.upcoming_birthdays", days=60)["birthdays"]
        day = next(one["date"] for one in coming if one["name"] == person["name"])
        target = _restaurant(do, place["name"])
        times = do("food.free_tables", restaurant_id=target, date=day, people=people)["times"]
        at = next((f"{day}T{hour}:00" for hour in (19, 20) if f"{day}T{hour}:00" in times), None)
        need(at)
        made = do("food.reserve", restaurant_id=target, at=at, people=people, wishes="Birthday")["reservation_id"]
        event = do("calendar.list_events", query=f"Reservation {made}")["events"][0]["id"]
        guests = [address_of(do, one["name"]) for one in (person, first, second)]
        do("calendar.invite", event_id=event, guests=guests)
        do("calendar.set_reminder", event_id=event, minutes_before=60)
        lists = do("todo.list_lists")["lists"]
        own = next(one["id"] for one in lists if one["name"] == "People")
        do("todo.add_task", list_id=own, title=f"Present for {person['name']}", due=plus_days(day, -1), priority="high")
        do("mail.send", to=guests[1:], subject="Birthday", body=f"{person['name']} has a birthday: {place['name']}.")

    with_us = f"{first['name']} and {second['name']}"
    return Instance(
        scene.say(
            f"{person['name']} has a birthday soon (see my contacts). Reserve a table for {people} at {place['name']} on "
            "that day at 19:00, or at 20:00 if there is none at 19:00, with the wish 'Birthday'. Invite "
            f"{person['name']}, {with_us} to the event of it in my calendar, and set its reminder to 60 minutes before. On my "
            f"to-do list 'People' I need 'Present for {person['name']}' with high priority, due the day before. Then send "
            f"{with_us} one mail together, with the subject 'Birthday', that names the restaurant.",
            f"We celebrate {person['name']}'s next birthday (see my contacts) on the day itself at {place['name']}: a table for "
            f"{people} at 19:00, and only if that is not to be had at 20:00; the wishes are 'Birthday'. The event in the calendar "
            f"gets {person['name']}, {with_us} as guests and a reminder 60 minutes before. Add the task 'Present for "
            f"{person['name']}' to the list 'People' (high priority, due one day before the birthday), and write {with_us} a mail, "
            "one for both, with the subject 'Birthday' and the name of the restaurant in it.",
        ),
        solve,
        free={"mail_messages.body": Says((place["name"],))},
    )


def other_day(scene: Scene) -> Instance:
    row = _table_to_come(scene)
    at = f"{plus_days(row['at'], scene.dice.integer(1, 6))[:10]}T{row['at'][11:]}"

    def solve(do: Do) -> None:
        found = do("food.list_reservations")["reservations"]
        one = next(one for one in found if one["restaurant"] == row["name"] and one["status"] == "booked")
        do("food.cancel_reservation", reservation_id=one["id"])
        do("food.reserve", restaurant_id=one["restaurant_id"], at=at, people=one["people"])

    return Instance(
        scene.say(
            f"My table at {row['name']} has to be on {weekday(at)} {at[:10]} instead, at the same time and for as many people. "
            "Cancel the reservation and make the new one, without wishes.",
            f"I cannot come to {row['name']} on the day that is reserved. Cancel that table, and reserve one there for the same "
            f"number of people at the same time on {weekday(at)} {at[:10]} (no wishes).",
        ),
        solve,
    )


def dinner_at_home(scene: Scene) -> Instance:
    place = scene.row("SELECT * FROM food_restaurants WHERE delivers = 1 AND opens <= '18:00'")
    dishes = scene.some(
        scene.db.rows(
            "SELECT name, price_cents FROM food_dishes WHERE restaurant_id = ? AND sold_out = 0 ORDER BY id",
            place["id"],
        ),
        2,
    )
    each, hour = scene.dice.integer(2, 4), scene.dice.integer(18, 20)
    day = plus_days(scene.db.today, scene.dice.integer(1, 5))
    need(weekday(day) != place["closed_on"])
    need(each * sum(one["price_cents"] for one in dishes) >= place["minimum_cents"])
    listed = " and ".join(f"'{one['name']}'" for one in dishes)

    def solve(do: Do) -> None:
        if do("food.show_cart")["items"]:
            do("food.clear_cart")
        menu = do("food.show_menu", restaurant_id=_restaurant(do, place["name"]))["dishes"]
        for dish in dishes:
            chosen = next(one["id"] for one in menu if one["name"] == dish["name"])
            do("food.add_to_cart", dish_id=chosen, quantity=each)
        do("food.order", account_id=main_account(do), deliver_at=f"{day}T{hour}:00")

    return Instance(
        scene.say(
            f"Order {listed} from {place['name']} for {weekday(day)} {day}, to my default address, paid from the main account, no "
            "note. Ask me how many portions of each I need, and at what time they should come.",
            f"We eat at home on {weekday(day)} {day}: let {place['name']} deliver {listed} to my default address, without a note; "
            "the main account pays. Ask me for the time, and for the number of portions (the same of both dishes).",
        ),
        solve,
        facts={
            "many portions number quantity people each": f"{each} portions of each dish.",
            "time hour clock deliver come": f"It should come at {hour}:00.",
        },
    )


SCENARIOS = (
    Scenario("food.cheapest_dish", "easy", "train", cheapest_dish),
    Scenario("food.spent_on", "medium", "valid", spent_on),
    Scenario("food.table_for_friends", "hard", "train", table_for_friends),
    Scenario("food.birthday", "hard", "train", birthday),
    Scenario("food.other_day", "medium", "test", other_day),
    Scenario("food.dinner_at_home", "hard", "test", dinner_at_home),
)
