"""Scenarios in chats."""

from __future__ import annotations

from typing import Any

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, everything, need
from sge_envs.world.clock import plus_days, plus_minutes, weekday
from sge_envs.world.database import Database, Row
from sge_envs.world.letters import PLACES


def _group(scene: Scene, more: str = "1") -> Row:
    """A group that I am in."""
    return scene.row(
        "SELECT c.* FROM messages_chats c JOIN messages_members m ON m.chat_id = c.id WHERE c.kind = 'group' AND c.archived "
        f"= 0 AND m.address = (SELECT email FROM world_user) AND {more}"
    )


def _find(do: Do, title: str) -> int:
    found = everything(do, "messages.list_chats", "chats", kind="group", query=title)
    return int(next(one["id"] for one in found if one["title"] == title))


def last_words(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT c.title, m.sender_name, m.sender FROM messages_messages m JOIN messages_chats c ON c.id = m.chat_id WHERE c.kind = "
        "'group' AND m.sender != (SELECT email FROM world_user) GROUP BY c.id, m.sender HAVING COUNT(*) = COUNT(DISTINCT sent_at)"
    )

    def solve(do: Do) -> str:
        found = do("messages.search", chat_id=_find(do, row["title"]), sender=row["sender"])["messages"]
        return str(found[0]["text"])

    return Instance(
        scene.say(
            f"What is the last thing that {row['sender_name']} ({row['sender']}) wrote in the chat '{row['title']}'? Give "
            "the text as it is.",
            f"Quote the newest message of {row['sender_name']} ({row['sender']}) in '{row['title']}', word for word.",
        ),
        solve,
    )


def like_newest(scene: Scene) -> Instance:
    row, reaction = _group(scene), scene.dice.one(("like", "love", "laugh", "thanks"))

    def solve(do: Do) -> None:
        me = do("contacts.my_profile")["email"]
        found = do("messages.list_messages", chat_id=_find(do, row["title"]))["messages"]
        others = [one for one in found if one["sender"] != me]
        need(len(others) >= 2 and others[0]["sent_at"] > others[1]["sent_at"])
        do("messages.react", message_id=others[0]["id"], reaction=reaction)

    return Instance(
        scene.say(
            f"React with '{reaction}' to the newest message in the chat '{row['title']}' that is not my own.",
            f"The last thing somebody else wrote in '{row['title']}' deserves a '{reaction}': react to it.",
        ),
        solve,
    )


def mute_noisy(scene: Scene) -> Instance:
    limit, until = scene.dice.integer(1, 2), f"{plus_days(scene.db.today, scene.dice.integer(1, 5))}T08:00"

    def solve(do: Do) -> None:
        chats = everything(do, "messages.list_chats", "chats", kind="group")
        noisy = [one for one in chats if one["unread"] > limit]
        need(len(noisy) < len(chats) and any(one["muted_until"] != until for one in noisy))
        for one in noisy:
            do("messages.mute", chat_id=one["id"], until=until)

    return Instance(
        scene.say(
            f"Mute every group chat in which I have more than {limit} unread messages until {until[:10]}, {until[11:]}; if "
            "one is muted already, set it to this time too. Do not mark anything as read.",
            f"I need silence until {until[11:]} on {until[:10]}: mute all groups with more than {limit} unread messages "
            "until then, also those that are muted for another time. They stay unread.",
        ),
        solve,
    )


def wrong_chat(scene: Scene) -> Instance:
    first, second = _group(scene), _group(scene)
    need(first["id"] != second["id"])
    text = scene.dice.one(
        (
            "I bring the salad and two chairs.",
            "The key is under the flower pot.",
            "Please vote until tonight, all of you.",
            "I will be ten minutes late today.",
        )
    )
    user, at = scene.db.user, plus_minutes(scene.db.now, -scene.dice.integer(3, 50))

    def plant(db: Database) -> None:
        values = {"chat_id": first["id"], "sender_name": user["name"], "sender": user["email"], "text": text}
        db.insert("messages_messages", values | {"sent_at": at})

    scene.plant(plant)

    def solve(do: Do) -> None:
        found = do("messages.search", query=text, chat_id=_find(do, first["title"]))["messages"]
        do("messages.delete", message_id=found[0]["id"])
        do("messages.send", chat_id=_find(do, second["title"]), text=text)

    return Instance(
        scene.say(
            f"I have just written '{text}' into the chat '{first['title']}', but it was meant for '{second['title']}'. "
            "Delete it there, and send the same text into the right chat.",
            f"My message '{text}' landed in '{first['title']}' by mistake. Take it away for everybody, and write the same "
            f"words into '{second['title']}'.",
        ),
        solve,
    )


def new_group(scene: Scene) -> Instance:
    title = scene.dice.one(("Board games", "Garden day", "Concert", "Moving house"))
    names = sorted({a_person(scene)["name"] for _ in range(3)})
    need(len(names) == 3)
    word = scene.dice.one(("Saturday", "Sunday", "Friday evening"))

    def solve(do: Do) -> None:
        ids = []
        for name in names:
            found = do("contacts.search", query=name)["contacts"]
            ids.append(next(one["id"] for one in found if one["name"] == name and one["email"]))
        chat = do("messages.create_group", title=title, contact_ids=ids)["id"]
        do("messages.send", chat_id=chat, text=f"Hello! Shall we meet on {word}?")

    listed = f"{names[0]}, {names[1]} and {names[2]}"
    return Instance(
        scene.say(
            f"Make a group chat '{title}' with {listed}, and ask there whether we meet on {word}.",
            f"{listed} and I need a chat of our own: make the group '{title}', and write a first message that proposes {word}.",
        ),
        solve,
        free={"messages_messages.text": Says((word,))},
    )


def remind_voters(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT p.question, c.title, c.id FROM messages_polls p JOIN messages_chats c ON c.id = p.chat_id WHERE p.closed = 0"
    )

    def solve(do: Do) -> None:
        chat = _find(do, row["title"])
        poll = do("messages.list_polls", chat_id=chat, closed=False)["polls"][0]
        voted = {address for option in poll["options"] for address in option["voters"]}
        me = do("contacts.my_profile")["email"]
        members = do("messages.show_chat", chat_id=chat)["members"]
        missing = [one["address"] for one in members if one["address"] not in voted | {me}]
        need(missing)
        for address in missing:
            person = do("contacts.find_by_email", email=address)["id"]
            direct = do("messages.start_chat", contact_id=person)["id"]
            do("messages.send", chat_id=direct, text="Please vote.")

    return Instance(
        scene.say(
            f"Some members of '{row['title']}' have not voted in the open poll '{row['question']}' there. Send each of them "
            "(not me) a message of their own, not in the group, that asks them to vote.",
            f"Remind whoever in the chat '{row['title']}', apart from me, has no vote yet in the poll '{row['question']}': "
            "one direct message to each that has the word 'vote' in it.",
        ),
        solve,
        free={"messages_messages.text": Says(("vote",))},
    )


def dinner(scene: Scene) -> Instance:
    group = _group(scene, "(SELECT COUNT(*) FROM messages_members o WHERE o.chat_id = c.id) >= 4 AND m.admin = 1")
    days = [plus_days(scene.db.today, number) for number in scene.some(range(3, 12), 3)]
    place, question = scene.dice.one(PLACES), "Which evening for our dinner?"
    me = scene.db.user["email"]
    others = scene.db.column(
        "SELECT address FROM messages_members WHERE chat_id = ? AND address != ? ORDER BY id", group["id"], me
    )

    def plant(db: Database) -> None:
        poll = {"chat_id": group["id"], "author": me, "question": question, "asked_at": plus_days(db.now, -1)}
        options = _plant_options(db, db.insert("messages_polls", poll), days)
        for number, address in enumerate(others):  # two of three are for the first day
            db.insert("messages_votes", {"option_id": options[number % 3 == 2], "address": address})

    scene.plant(plant)

    def solve(do: Do) -> None:
        chat = _find(do, group["title"])
        poll = next(one for one in do("messages.list_polls", chat_id=chat)["polls"] if one["question"] == question)
        day = max(poll["options"], key=lambda one: len(one["voters"]))["text"]
        do("messages.close_poll", poll_id=poll["id"])
        guests = [one["address"] for one in do("messages.show_chat", chat_id=chat)["members"] if one["address"] != me]
        own = next(one["id"] for one in do("calendar.list_calendars")["calendars"] if one["name"] == "Personal")
        times = {"start": f"{day}T19:00", "end": f"{day}T21:30", "calendar_id": own}
        do("calendar.create_event", title="Dinner", **times, location=place, guests=guests)
        text = f"Dinner is on {day} at {place}."
        message = do("messages.send", chat_id=chat, text=text)["id"]
        do("messages.pin_message", message_id=message)
        do("mail.send", to=guests, subject="Dinner", body=text)
        do("messages.mark_read", chat_id=chat)

    return Instance(
        scene.say(
            f"Everybody in '{group['title']}' has voted on '{question}' by now. Close the poll. On the day with the most "
            f"votes put an event 'Dinner' from 19:00 to 21:30 at '{place}' into my calendar Personal and invite all the "
            "others of the chat. Write the day (as 2025-03-14) and the place into the chat, pin that message, and send one "
            "mail to all of them, subject 'Dinner', that says the same. Mark the chat as read at last.",
            f"Our dinner: the poll '{question}' in the chat '{group['title']}' can be closed. The day that won goes into "
            f"the chat, in a pinned message with the date (like 2025-03-14) and '{place}', and into one mail with the "
            "subject 'Dinner' to all other members. Make an event 'Dinner' in Personal on that day, 19:00 to 21:30, place "
            f"'{place}', and invite them all. In the end all messages of the chat should be read.",
        ),
        solve,
        free={
            "messages_messages.text": Says((days[0], place)),
            "mail_messages.body": Says((days[0], place)),
        },
    )


def _plant_options(db: Database, poll: int, days: list[str]) -> list[int]:
    """Options in the order of the days; the ids of ``days`` as they are."""
    ids = {day: db.insert("messages_options", {"poll_id": poll, "text": day}) for day in sorted(days)}
    return [ids[day] for day in days]


def later_start(scene: Scene) -> Instance:
    group = _group(scene)
    row = scene.row(
        "SELECT e.* FROM calendar_events e JOIN calendar_calendars c ON c.id = e.calendar_id JOIN world_user u WHERE c.name "
        "= 'Personal' AND e.organizer = u.email AND e.status = 'confirmed' AND e.start > (SELECT now FROM world_clock) AND "
        "e.notes = '' AND substr(e.start, 12) BETWEEN '12:00' AND '20:00' AND (SELECT COUNT(*) FROM calendar_events o WHERE "
        "o.title = e.title) = 1"
    )
    start = plus_minutes(row["start"], scene.dice.one((20, 45, 75, 90)))

    def solve(do: Do) -> None:
        found = everything(do, "calendar.list_events", "events", query=row["title"])
        event = next(one for one in found if one["title"] == row["title"])
        do("calendar.move_event", event_id=event["id"], start=start)
        do("messages.send", chat_id=_find(do, group["title"]), text=f"{row['title']} starts at {start[11:]}.")

    return Instance(
        scene.say(
            f"'{row['title']}' begins later, on the same day. Move it in my calendar, and tell '{group['title']}' in the "
            "chat when it starts now. I know the new time.",
            f"Tell the chat '{group['title']}' the new time at which '{row['title']}' starts (the day stays), and move the "
            "event in my calendar. Ask me for the time.",
        ),
        solve,
        free={"messages_messages.text": Says((start[11:],))},
        facts={
            "time when start begin new late later hour clock": f"It starts at {start[11:]}, and lasts as long as planned."
        },
    )


def star_mentions(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT name FROM travel_trips WHERE EXISTS (SELECT 1 FROM messages_messages WHERE instr(text, name))"
    )

    def solve(do: Do) -> None:
        found = everything(do, "messages.search", "messages", query=row["name"], starred=False)
        hits: list[dict[str, Any]] = [one for one in found if row["name"] in one["text"]]
        for one in hits:
            do("messages.star_message", message_id=one["id"])

    return Instance(
        scene.say(
            f"Star all messages in my chats that mention '{row['name']}', whoever wrote them.",
            f"I want to find every chat message about '{row['name']}' again: star those in which it stands by this name, mine too.",
        ),
        solve,
    )


def agreed(scene: Scene) -> Instance:
    day = plus_days(scene.db.today, scene.dice.integer(2, 9))
    person, place = a_person(scene, "friend", "family"), scene.dice.one(PLACES)
    hour, other = scene.some(("12:30", "13:00", "18:30", "19:00", "20:00"), 2)

    def plant(db: Database) -> None:
        chat = db.value(
            "SELECT c.id FROM messages_chats c JOIN messages_members m ON m.chat_id = c.id WHERE c.kind = 'direct' AND "
            "m.address = ?",
            person["email"],
        )
        if chat is None:
            values = {"kind": "direct", "title": person["name"], "created_at": plus_days(db.now, -90)}
            chat = db.insert("messages_chats", values | {"read_until": db.now})
            for one in (db.user, person):
                db.insert("messages_members", {"chat_id": chat, "name": one["name"], "address": one["email"]})
        db.update("messages_chats", chat, {"archived": 0})
        said = (
            (db.user, f"Lunch or dinner on {weekday(day)}, {day}?"),
            (person, f"Yes! {place}, at {other}?"),
            (db.user, "A bit early or late for me."),
            (person, f"Then {hour}, same place. See you there!"),
        )
        for number, (who, text) in enumerate(said):
            values = {"chat_id": chat, "sender_name": who["name"], "sender": who["email"], "text": text}
            db.insert("messages_messages", values | {"sent_at": plus_minutes(db.now, 5 * number - 40)})

    scene.plant(plant)
    title = f"Meeting {person['name']}"

    def solve(do: Do) -> None:
        found = everything(do, "messages.list_chats", "chats", kind="direct", query=person["name"])
        do("messages.list_messages", chat_id=found[0]["id"])
        own = next(one["id"] for one in do("calendar.list_calendars")["calendars"] if one["name"] == "Personal")
        times = {"start": f"{day}T{hour}", "end": plus_minutes(f"{day}T{hour}", 90), "calendar_id": own}
        do("calendar.create_event", title=title, **times, location=place)

    return Instance(
        scene.say(
            f"I have agreed with {person['name']} in our chat where and when we meet. Put it into my calendar Personal as "
            f"'{title}', 90 minutes long, with the name of the place as location and without guests.",
            f"Read today's messages between {person['name']} and me, and enter what we settled on as an event '{title}' in "
            "the calendar Personal: 90 minutes, location = the name of the place, no guests.",
        ),
        solve,
    )


SCENARIOS = (
    Scenario("messages.last_words", "easy", "train", last_words),
    Scenario("messages.like_newest", "easy", "valid", like_newest),
    Scenario("messages.mute_noisy", "medium", "train", mute_noisy),
    Scenario("messages.wrong_chat", "medium", "test", wrong_chat),
    Scenario("messages.new_group", "medium", "train", new_group),
    Scenario("messages.remind_voters", "hard", "train", remind_voters),
    Scenario("messages.dinner", "hard", "test", dinner),
    Scenario("messages.later_start", "medium", "test", later_start),
    Scenario("messages.star_mentions", "easy", "train", star_mentions),
    Scenario("messages.agreed", "medium", "valid", agreed),
)
