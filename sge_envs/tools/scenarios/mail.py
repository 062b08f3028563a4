"""Scenarios in the mailbox."""

from __future__ import annotations

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, address_of, everything, need


def birthday(scene: Scene) -> Instance:
    name = a_person(scene, "friend", "family")["name"]

    def solve(do: Do) -> None:
        do("mail.send", to=[address_of(do, name)], subject="Happy birthday", body=f"Happy birthday, {name}!")

    return Instance(
        scene.say(
            f"Send {name} a mail with the subject 'Happy birthday' and a few kind words.",
            f"It is {name}'s birthday. Write them a short, warm mail; the subject is 'Happy birthday'.",
        ),
        solve,
        free={"mail_messages.body": Says()},
    )


def newest_subject(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT sender, sender_name FROM mail_messages WHERE folder NOT IN ('trash', 'spam', 'sent', 'drafts') "
        "GROUP BY sender HAVING COUNT(*) = COUNT(DISTINCT sent_at)"
    )

    def solve(do: Do) -> str:
        found = do("mail.search", sender=row["sender"], page_size=5)["messages"]
        return str(do("mail.show", message_id=found[0]["id"])["subject"])

    return Instance(f"What is the subject of the newest message from {row['sender_name']} ({row['sender']})?", solve)


def star_from_sender(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT sender FROM mail_messages WHERE folder = 'inbox' GROUP BY sender HAVING COUNT(*) BETWEEN 1 AND 5 "
        "AND SUM(starred) < COUNT(*)"
    )

    def solve(do: Do) -> None:
        found = do("mail.search", sender=row["sender"], folder="inbox")["messages"]
        do("mail.star", message_ids=[one["id"] for one in found])

    return Instance(
        scene.say(
            f"Star every message in my inbox that came from {row['sender']}.",
            f"Everything that {row['sender']} sent me and that lies in the inbox should get a star.",
        ),
        solve,
    )


def archive_read(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT sender, sender_name FROM mail_messages WHERE folder = 'inbox' GROUP BY sender "
        "HAVING SUM(unread = 0) BETWEEN 2 AND 12 AND SUM(unread) >= 1"
    )

    def solve(do: Do) -> None:
        found = everything(do, "mail.search", "messages", sender=row["sender"], folder="inbox", unread=False)
        do("mail.move", message_ids=[one["id"] for one in found], folder="archive")

    return Instance(
        scene.say(
            f"Move what I have read from {row['sender_name']} ({row['sender']}) out of the inbox into the archive; "
            "unread messages stay.",
            f"Archive the messages of {row['sender']} in my inbox, but only those that are not unread.",
        ),
        solve,
    )


def label_invoices(scene: Scene) -> Instance:
    label = scene.dice.one(("Receipts", "Purchases", "Orders", "Keep"))
    need(scene.db.value("SELECT id FROM mail_labels WHERE name = ?", label) is None)
    row = scene.row(
        "SELECT sender, sender_name FROM mail_messages WHERE folder = 'inbox' GROUP BY sender HAVING COUNT(*) "
        "BETWEEN 2 AND 15"
    )

    def solve(do: Do) -> None:
        made = do("mail.create_label", name=label)["id"]
        found = everything(do, "mail.search", "messages", sender=row["sender"], folder="inbox")
        do("mail.add_label", message_ids=[one["id"] for one in found], label_id=made)

    return Instance(
        f"Make a label '{label}' and put it on all messages in the inbox from {row['sender_name']} ({row['sender']}).",
        solve,
    )


def forward_estimate(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT subject, sender_name, sender FROM mail_messages WHERE folder = 'inbox' GROUP BY subject, sender "
        "HAVING COUNT(*) = 1"
    )
    name = a_person(scene, "family", "friend", "colleague")["name"]

    def solve(do: Do) -> None:
        found = do("mail.search", sender=row["sender"], folder="inbox", page_size=50)["messages"]
        one = next(one for one in found if one["subject"] == row["subject"])
        do("mail.forward", message_id=one["id"], to=[address_of(do, name)])

    return Instance(
        scene.say(
            f"Forward the message '{row['subject']}' from {row['sender_name']} in my inbox to {name}, without a "
            "comment.",
            f"{name} should see the mail '{row['subject']}' that {row['sender_name']} sent me: forward it from the "
            "inbox, "
            "and add nothing.",
        ),
        solve,
    )


def away(scene: Scene) -> Instance:
    first = scene.dice.integer(2, 12)
    last = first + scene.dice.integer(3, 14)
    days = [str(scene.db.value("SELECT date(now, ?) FROM world_clock", f"+{n} days")) for n in (first, last)]

    def solve(do: Do) -> None:
        do("mail.set_auto_reply", text="I am away and read my mail later.", first_day=days[0], last_day=days[1])

    return Instance(
        f"I am away from {days[0]} to {days[1]}. Set an automatic reply for these days; it has to say that I am away.",
        solve,
        free={"mail_settings.auto_reply": Says(("away",))},
    )


def block_spammer(scene: Scene) -> Instance:
    row = scene.row("SELECT sender FROM mail_messages WHERE folder = 'spam' GROUP BY sender")
    part = row["sender"].partition("@")[2]
    need(scene.db.value("SELECT COUNT(*) FROM mail_filters WHERE sender_contains = ?", part) == 0)

    def solve(do: Do) -> None:
        do("mail.create_filter", sender_contains=part, move_to="spam")

    return Instance(
        scene.say(
            f"I get junk from addresses at {part}. Make a filter that sends everything from '{part}' to spam.",
            f"Whatever comes from '{part}' should go to spam by itself from now on.",
        ),
        solve,
        free={"mail_filters.sender_contains": Says((part,))},
    )


def unread_count(scene: Scene) -> Instance:
    row = scene.row("SELECT folder FROM mail_messages WHERE unread = 1 GROUP BY folder HAVING COUNT(*) >= 3")

    def solve(do: Do) -> int:
        found = do("mail.list_folders")["folders"]
        return int(next(one["unread"] for one in found if one["folder"] == row["folder"]))

    return Instance(f"How many unread messages are in the folder {row['folder']}?", solve)


def delete_junk(scene: Scene) -> Instance:
    need(scene.db.value("SELECT COUNT(*) FROM mail_messages WHERE folder = 'spam'") >= 2)

    def solve(do: Do) -> None:
        found = everything(do, "mail.search", "messages", folder="spam")
        do("mail.move", message_ids=[one["id"] for one in found], folder="trash")
        do("mail.empty_trash")

    return Instance(
        "Throw everything in my spam folder away for good, together with what is in the trash already.", solve
    )


SCENARIOS = (
    Scenario("mail.birthday", "easy", "train", birthday),
    Scenario("mail.newest_subject", "easy", "train", newest_subject),
    Scenario("mail.star_from_sender", "easy", "train", star_from_sender),
    Scenario("mail.archive_read", "medium", "train", archive_read),
    Scenario("mail.label_sender", "medium", "train", label_invoices),
    Scenario("mail.forward", "medium", "test", forward_estimate),
    Scenario("mail.away", "easy", "test", away),
    Scenario("mail.filter_spam", "easy", "valid", block_spammer),
    Scenario("mail.unread_count", "easy", "valid", unread_count),
    Scenario("mail.delete_junk", "medium", "train", delete_junk),
)
