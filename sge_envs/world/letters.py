"""The words of the everyday mail in a world: who writes what. ``{me}`` is the user's first name, ``{sender}`` the writer's."""

from __future__ import annotations

from collections.abc import Mapping

PROJECTS = ("Atlas", "Beacon", "Comet", "Delta", "Everest", "Fjord", "Granite", "Horizon")
PLACES = ("Blue Door Cafe", "Luigi's", "Green Garden", "The Old Mill", "Harbor Grill", "Noodle House")

LETTERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "colleague": (
        (
            "{project}: draft for review",
            "Hi {me},\n\nthe draft for {project} is ready. Could you comment by {day}?\n\n{sender}",
        ),
        (
            "{project} status",
            "Hello {me},\n\n{project} is about {number} % done. Open: the tests and the handover.\n\n{sender}",
        ),
        ("Budget of {project}", "Hi {me},\n\nwe have {number} thousand left for {project} this quarter.\n\n{sender}"),
        (
            "Lunch on {day}?",
            "Hi {me},\n\nshall we have lunch at {place} on {day}? I book a table for {number}.\n\n{sender}",
        ),
        ("Room for the {project} meeting", "Hi {me},\n\nI moved the {project} meeting to room {number}.\n\n{sender}"),
        ("Holiday cover", "Hi {me},\n\nI am away from {day} on. Could you look after {project}?\n\n{sender}"),
    ),
    "friend": (
        ("Dinner at {place}", "Hey {me},\n\ndinner at {place} on {day}? Table for {number} at seven.\n\n{sender}"),
        ("Your book", "Hey {me},\n\nI still have your book. I can bring it on {day}.\n\n{sender}"),
        ("Running on {day}", "Hey {me},\n\n{number} kilometres along the river on {day}?\n\n{sender}"),
        ("Concert tickets", "Hey {me},\n\nI got two tickets for {day}, {number} dollars each. You are in?\n\n{sender}"),
    ),
    "family": (
        ("Sunday", "Dear {me},\n\nwe would love to see you on {day}. There will be {number} of us.\n\n{sender}"),
        ("Photos", "Dear {me},\n\nI sorted {number} photos of the summer. Tell me which ones you want.\n\n{sender}"),
        ("Present for Grandma", "Dear {me},\n\nI found something for {number} dollars. Shall we share?\n\n{sender}"),
    ),
    "neighbour": (
        ("Parcel for you", "Hello {me},\n\nI have a parcel of yours. Ring at number {number}.\n\n{sender}"),
        ("Street party", "Hello {me},\n\nthe street party is on {day}. Can you bring {number} chairs?\n\n{sender}"),
    ),
    "service": (
        ("Your appointment", "Dear {me},\n\nyour appointment is on {day} at {number}:00.\n\n{sender}"),
        (
            "Estimate",
            "Dear {me},\n\nthe repair would cost about {number}0 dollars. Please confirm by {day}.\n\n{sender}",
        ),
    ),
}
"""Subject and body of letters by the relation of the writer."""

ANSWERS = (
    *("Sounds good, {sender}!\n\n{me}", "Thanks {sender}, I will get back to you by {day}.\n\n{me}"),
    *("Sorry {sender}, that does not work for me.\n\n{me}", "Great, see you on {day}.\n\n{me}"),
)
SPAM = (
    (
        "winner@prizes-now.example",
        "Prize Office",
        "You have won {number}000 dollars",
        "Claim your prize within {number} hours.",
    ),
    (
        "help@bank-secure-login.example",
        "Account Security",
        "Your account is locked",
        "Confirm your PIN at once to unlock it.",
    ),
    ("deals@cheap-watches.example", "Cheap Watches", "{number} % off everything", "Only until {day}."),
)
NEWSLETTERS = (
    ("news@citylibrary.example", "City Library", "New books in {day} week", "{number} new titles are on the shelves."),
    ("weekly@runnersclub.example", "Runners Club", "This week's runs", "We meet on {day}, {number} kilometres."),
    ("hello@gardenmail.example", "Garden Mail", "What to plant now", "{number} ideas for your balcony."),
)
