"""Scenarios over several apps: reconcile, repair, compare, plan."""

from __future__ import annotations

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, address_of, everything, main_account, need
from sge_envs.world.clock import plus_days, plus_minutes, weekday
from sge_envs.world.database import Database


def pay_me_back(scene: Scene) -> Instance:
    person = a_person(scene, "friend")
    row = scene.row("SELECT party FROM bank_transactions WHERE kind = 'card' AND category = 'dining' GROUP BY party")

    def solve(do: Do) -> None:
        found = everything(
            do, "bank.list_transactions", "transactions", query=row["party"], kind="card", category="dining"
        )
        newest = next(one for one in found if one["party"] == row["party"])
        half = -newest["amount"] / 2
        need(round(half * 100) == half * 100)
        do(
            "mail.send",
            to=[address_of(do, person["name"])],
            subject="Dinner",
            body=f"Your half is {half:.2f}. Thank you!",
        )

    scenes = f"My newest card payment to {row['party']} was for {person['name']} and me."
    half = _newest_half(scene, row["party"])
    return Instance(
        scene.say(
            f"{scenes} Mail {person['name']} what half of it is (such as 12.50); the subject is 'Dinner'.",
            f"{scenes} Write to {person['name']} with the subject 'Dinner' and say what their half is, as a number "
            "like 12.50.",
        ),
        solve,
        free={"mail_messages.body": Says((f"{half:.2f}",))},
    )


def _newest_half(scene: Scene, party: str) -> float:
    cents = scene.row(
        "SELECT amount_cents FROM bank_transactions WHERE party = ? AND kind = 'card' AND category = 'dining' ORDER "
        "BY at DESC, "
        "id DESC LIMIT 1",
        party,
    )["amount_cents"]
    need(cents % 2 == 0)
    return float(-cents) / 200


def order_not_paid(scene: Scene) -> Instance:
    order = scene.row(
        "SELECT id, total_cents, transaction_id FROM shop_orders WHERE status = 'delivered' AND transaction_id IS "
        "NOT NULL"
    )
    more = scene.dice.integer(5, 30) * 100
    scene.plant(lambda db: _charge_more(db, order["transaction_id"], more))
    need(scene.db.value("SELECT COUNT(*) FROM bank_disputes WHERE transaction_id = ?", order["transaction_id"]) == 0)

    def solve(do: Do) -> str:
        for one in everything(do, "shop.list_orders", "orders", status="delivered"):
            paid = do("shop.show_order", order_id=one["id"])["transaction_id"]
            charge = do("bank.show_transaction", transaction_id=paid)
            if round(-charge["amount"], 2) != round(one["total"], 2):
                do("bank.open_dispute", transaction_id=paid, reason="The amount is wrong.")
                return str(one["id"])
        raise AssertionError("one order was made wrong")

    return Instance(
        scene.say(
            "For one of my delivered shop orders the bank charged more than the order's total. Find it, open a "
            "dispute for that payment, "
            "and tell me the number of the order.",
            "Compare my delivered orders with what was paid for them at the bank. One payment is too high: dispute "
            "it, and answer with "
            "the order's number.",
        ),
        solve,
        free={"bank_disputes.reason": Says()},
    )


def _charge_more(db: Database, transaction_id: int, cents: int) -> None:
    paid = db.get("bank_transactions", transaction_id)
    assert paid is not None
    account = db.get("bank_accounts", paid["account_id"])
    assert account is not None
    db.update("bank_transactions", transaction_id, {"amount_cents": paid["amount_cents"] - cents})
    db.update("bank_accounts", account["id"], {"balance_cents": account["balance_cents"] - cents})


def tell_the_guests(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT e.* FROM calendar_events e JOIN world_user u WHERE e.start > (SELECT now FROM world_clock) AND "
        "e.status = 'confirmed' "
        "AND e.organizer IN (u.email, u.work_email) AND (SELECT COUNT(*) FROM calendar_guests g WHERE g.event_id = "
        "e.id) BETWEEN 2 AND 5 "
        "AND (SELECT COUNT(*) FROM calendar_events o WHERE o.title = e.title) = 1"
    )

    def solve(do: Do) -> None:
        found = everything(do, "calendar.list_events", "events", query=row["title"])
        event = next(one["id"] for one in found if one["title"] == row["title"])
        guests = [one["address"] for one in do("calendar.show_event", event_id=event)["guests"]]
        do("calendar.cancel_event", event_id=event)
        do(
            "mail.send",
            to=sorted(guests),
            subject=f"{row['title']} cancelled",
            body="It has to be cancelled. I am sorry.",
        )

    return Instance(
        f"Cancel '{row['title']}' in my calendar, and send all its guests one mail together, with the subject "
        f"'{row['title']} "
        "cancelled', that it is cancelled and that I am sorry.",
        solve,
        free={"mail_messages.body": Says(("sorry",))},
    )


def meeting_with(scene: Scene) -> Instance:
    person = a_person(scene, "colleague")
    day = plus_days(scene.db.today, scene.dice.integer(2, 10))
    minutes = scene.dice.one((30, 60))

    def solve(do: Do) -> None:
        address = address_of(do, person["name"])
        busy = do("calendar.busy_times", address=address, date=day)["busy"]
        slots = do("calendar.free_slots", date=day, minutes=minutes)["slots"]
        start = next((at for slot in slots if (at := _fits(slot["start"], slot["end"], busy, minutes))), None)
        need(start)
        assert start is not None
        work = next(one["id"] for one in do("calendar.list_calendars")["calendars"] if one["name"] == "Work")
        do(
            "calendar.create_event",
            title="Review",
            start=start,
            end=plus_minutes(start, minutes),
            calendar_id=work,
            guests=[address],
        )

    return Instance(
        f"Find the earliest {minutes} minutes within my working hours on {weekday(day)} {day} at which "
        f"{person['name']} and I are both "
        "free, and put a meeting 'Review' there, in my calendar Work, with them as guest.",
        solve,
    )


def _fits(start: str, end: str, busy: list[dict[str, str]], minutes: int) -> str | None:
    """The earliest start within a slot that meets none of ``busy``."""
    for one in sorted(busy, key=lambda one: one["start"]):
        if one["end"] <= start:
            continue
        if plus_minutes(start, minutes) <= one["start"]:
            break
        start = max(start, one["end"])
    return start if plus_minutes(start, minutes) <= end else None


def invoice_to_notes(scene: Scene) -> Instance:
    note = scene.row(
        "SELECT n.title, n.body FROM notes_notes n JOIN notes_notebooks b ON b.id = n.notebook_id WHERE b.read_only "
        "= 0 AND n.locked = 0 "
        "AND n.archived = 0 AND (SELECT COUNT(*) FROM notes_notes o WHERE o.title = n.title) = 1"
    )
    order = scene.row(
        "SELECT id, total_cents, delivery_date FROM shop_orders WHERE status IN ('processing', 'shipped')"
    )

    def solve(do: Do) -> None:
        found = do("shop.show_order", order_id=order["id"])
        target = next(one for one in do("notes.search", query=note["title"])["notes"] if one["title"] == note["title"])
        do("notes.append", note_id=target["id"], text=f"Order {order['id']} comes on {found['delivery_date']}.")

    return Instance(
        f"Add a line to my note '{note['title']}' that says when order {order['id']} comes: the order's number and "
        "the date, as in "
        "2025-03-14. What is in the note stays.",
        solve,
        free={"notes_notes.body": Says((note["body"].strip(), str(order["id"]), order["delivery_date"]))},
    )


def gift_for_birthday(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT * FROM shop_products p WHERE stock >= 2 AND price_cents BETWEEN 1000 AND 5000 AND (SELECT COUNT(*) "
        "FROM shop_products q "
        "WHERE q.name = p.name) = 1"
    )
    need(scene.db.value("SELECT balance_cents FROM bank_accounts WHERE name = 'Main account'") > 20_000)
    person = a_person(scene, "friend")
    need(person["street"] and person["city"])
    need(scene.db.value("SELECT COUNT(*) FROM shop_addresses WHERE label = ?", person["name"]) == 0)

    def solve(do: Do) -> None:
        found = do("contacts.search", query=person["name"])["contacts"]
        contact = do("contacts.show", contact_id=next(one["id"] for one in found if one["email"] == person["email"]))
        place = do(
            "shop.add_address",
            label=person["name"],
            recipient=person["name"],
            street=contact["street"],
            city=contact["city"],
        )["id"]
        if do("shop.show_cart")["items"]:
            do("shop.clear_cart")
        products = do("shop.search", query=row["name"], page_size=50)["products"]
        do("shop.add_to_cart", product_id=next(one["id"] for one in products if one["name"] == row["name"]))
        done = do("shop.checkout", account_id=main_account(do), address_id=place, gift_note="Happy birthday!")
        own = next(one["id"] for one in do("calendar.list_calendars")["calendars"] if one["name"] == "Personal")
        start = f"{done['delivery_date']}T18:00"
        do(
            "calendar.create_event",
            title=f"Call {person['name']}",
            start=start,
            end=plus_minutes(start, 30),
            calendar_id=own,
        )

    return Instance(
        f"{person['name']} gets one '{row['name']}' from me. Save their address (it is in my contacts) in the shop "
        "under their full name, "
        "for them as recipient, and order the present to it with a gift note, paid from my main account, no coupon, "
        "nothing else in the "
        f"order (empty the cart first). Then put 'Call {person['name']}' into my calendar Personal, on the day of "
        "delivery from 18:00 to 18:30.",
        solve,
        free={"shop_orders.gift_note": Says()},
    )


def double_booked(scene: Scene) -> Instance:
    since, until = scene.db.today, plus_days(scene.db.today, 14)

    def solve(do: Do) -> list[str]:
        found = do("calendar.find_conflicts", since=since, until=until)["conflicts"]
        need(found)
        longest = sorted(found, key=lambda one: -one["overlap_minutes"])
        need(len(longest) == 1 or longest[0]["overlap_minutes"] > longest[1]["overlap_minutes"])
        return [longest[0]["first_title"], longest[0]["second_title"]]

    return Instance(
        f"Between {since} and {until} some of my appointments overlap. Which two overlap the longest? Give both "
        "titles.",
        solve,
    )


def missing_invoice(scene: Scene) -> Instance:
    def solve(do: Do) -> list[str]:
        orders = everything(do, "shop.list_orders", "orders", status="delivered")
        files = everything(do, "files.search", "files", query="invoice")
        names = {one["name"] for one in files}
        lacking = [str(one["id"]) for one in orders if f"invoice-{one['id']}.pdf" not in names]
        need(0 < len(lacking) < len(orders))
        return lacking

    return Instance(
        scene.say(
            "For which of my delivered orders is no invoice in my files (invoice-NUMBER.pdf, not counting the "
            "trash)? Give the numbers.",
            "Every delivered order should have its invoice-NUMBER.pdf in my files. Which orders lack it? Answer "
            "with their numbers.",
        ),
        solve,
    )


def where_to_meet(scene: Scene) -> Instance:
    person = a_person(scene, "friend")
    day = plus_days(scene.db.today, scene.dice.integer(3, 12))
    place, hour = (
        scene.dice.one(("Luigi's", "Green Garden", "Noodle House", "The Old Mill")),
        scene.dice.integer(17, 20),
    )
    need(scene.db.value("SELECT COUNT(*) FROM calendar_events WHERE title = ?", f"Dinner with {person['name']}") == 0)

    def solve(do: Do) -> None:
        start = f"{day}T{hour:02}:00"
        own = next(one["id"] for one in do("calendar.list_calendars")["calendars"] if one["name"] == "Personal")
        do(
            "calendar.create_event",
            title=f"Dinner with {person['name']}",
            start=start,
            end=plus_minutes(start, 120),
            location=place,
            calendar_id=own,
            guests=[address_of(do, person["name"])],
        )

    return Instance(
        f"Put 'Dinner with {person['name']}' into my calendar Personal on {weekday(day)} {day}, two hours, with "
        f"{person['name']} as "
        "guest. Ask me where we eat (that is the location) and at what time we start.",
        solve,
        facts={
            "where place location restaurant eat": f"We eat at {place}.",
            "time when start begin hour clock": f"We start at {hour}:00.",
        },
    )


SCENARIOS = (
    Scenario("across.half_of_dinner", "medium", "train", pay_me_back),
    Scenario("across.wrong_charge", "hard", "train", order_not_paid),
    Scenario("across.tell_the_guests", "hard", "train", tell_the_guests),
    Scenario("across.meeting", "hard", "test", meeting_with),
    Scenario("across.delivery_note", "medium", "train", invoice_to_notes),
    Scenario("across.present", "hard", "test", gift_for_birthday),
    Scenario("across.double_booked", "medium", "valid", double_booked),
    Scenario("across.missing_invoices", "hard", "train", missing_invoice),
    Scenario("across.dinner", "medium", "train", where_to_meet),
)
