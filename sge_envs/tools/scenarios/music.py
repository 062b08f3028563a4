"""Scenarios with songs, playlists and the subscription."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sge_envs.tools.scenario import Do, Instance, Says, Scenario, Scene
from sge_envs.tools.scenarios.common import a_person, address_of, everything, need
from sge_envs.world.clock import plus_days
from sge_envs.world.database import Database, Row


def _playlist(do: Do, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = do("music.list_playlists", query=name)["playlists"]
    return next(one for one in found if one["name"] == name)


def _song(scene: Scene) -> Row:
    """A song whose title no other one begins with."""
    return scene.row(
        "SELECT s.id, s.title, a.name AS artist FROM music_songs s JOIN music_albums b ON b.id = s.album_id JOIN music_artists a "
        "ON a.id = b.artist_id WHERE (SELECT COUNT(*) FROM music_songs o WHERE o.title LIKE s.title || '%') = 1"
    )


def album_length(scene: Scene) -> Instance:
    row = scene.row(
        "SELECT b.title, a.name AS artist FROM music_albums b JOIN music_artists a ON a.id = b.artist_id "
        "WHERE (SELECT COUNT(*) FROM music_albums o WHERE o.title = b.title) = 1"
    )

    def solve(do: Do) -> int:
        found = do("music.search_albums", query=row["title"])["albums"]
        return int(next(one["seconds"] for one in found if one["title"] == row["title"]))

    return Instance(
        scene.say(
            f"How long is the album '{row['title']}' by {row['artist']}, all songs together? Answer in seconds.",
            f"How many seconds of music are on '{row['title']}' ({row['artist']})?",
        ),
        solve,
    )


def like_the_best(scene: Scene) -> Instance:
    stars = scene.dice.integer(3, 5)

    def solve(do: Do) -> None:
        found = everything(do, "music.search_songs", "songs", min_stars=stars, liked=False)
        need(found)
        for one in found:
            do("music.set_liked", song_id=one["id"])

    rated = "5 stars" if stars == 5 else f"{stars} stars or more"
    return Instance(
        scene.say(
            f"Every song that I rated with {rated} deserves a like. Like those that have none yet.",
            f"Go through the songs to which I gave {rated}, and like each of them.",
        ),
        solve,
    )


def top_three(scene: Scene) -> Instance:
    genres = scene.db.column(
        "SELECT b.genre FROM music_albums b JOIN music_songs s ON s.album_id = b.id GROUP BY b.genre HAVING COUNT(*) >= 5"
    )
    genre = scene.one(genres)
    person, name = a_person(scene, "friend"), scene.dice.one(("Top three", "Best of now", "For a friend"))

    def solve(do: Do) -> None:
        best = do("music.search_songs", genre=genre, sort_by="most_streamed", page_size=4)["songs"]
        need(best[2]["streams"] > best[3]["streams"])
        made = do("music.create_playlist", name=name, song_ids=[one["id"] for one in best[:3]])["id"]
        do("music.share_playlist", playlist_id=made, address=address_of(do, person["name"]), access="edit")

    return Instance(
        scene.say(
            f"Make a playlist '{name}' (not public, no description) of the three {genre} songs with the most streams, and share "
            f"it with {person['name']}, who may edit it.",
            f"{person['name']} and I want a playlist that both of us can edit: call it '{name}', put the three most streamed "
            f"{genre} songs into it, and share it. It is not public and has no description.",
        ),
        solve,
    )


def wrong_songs(scene: Scene) -> Instance:
    playlist = scene.row("SELECT id, name FROM music_playlists WHERE access = 'own'")
    person, number = a_person(scene, "friend", "family"), scene.dice.integer(2, 4)
    there = "SELECT song_id FROM music_entries WHERE playlist_id = ?"
    free = scene.db.column(f"SELECT id FROM music_songs WHERE id NOT IN ({there})", playlist["id"])
    scene.plant(lambda db: _add(db, playlist["id"], scene.some(free, number), person["email"]))

    def solve(do: Do) -> None:
        address = address_of(do, person["name"])
        target = _playlist(do, playlist["name"])["id"]
        songs = everything(do, "music.show_playlist", "songs", playlist_id=target)
        wrong = [one["id"] for one in songs if one["added_by"] == address]
        do("music.remove_from_playlist", playlist_id=target, song_ids=wrong)
        do("mail.send", to=[address], subject="Playlist", body=f"I took out {len(wrong)} songs.")

    return Instance(
        scene.say(
            f"{person['name']} put songs into my playlist '{playlist['name']}' by mistake. Take out whatever they added, and "
            "mail them with the subject 'Playlist' how many songs that were (as a figure, such as 7).",
            f"By accident {person['name']} filled my playlist '{playlist['name']}' with songs. Remove all of theirs and leave "
            "the others; then write them a mail 'Playlist' with the number of songs that you removed, as a figure.",
        ),
        solve,
        free={"mail_messages.body": Says((str(number),))},
    )


def _add(db: Database, playlist_id: int, songs: list[int], address: str) -> None:
    for one in songs:
        db.insert("music_entries", {"playlist_id": playlist_id, "song_id": one, "added_by": address})


def right_plan(scene: Scene) -> Instance:
    shares = scene.db.column("SELECT id FROM music_shares")
    need(len(shares) == 2)
    if scene.dice.chance(0.5):
        scene.plant(lambda db: db.delete("music_shares", shares[0]))

    def solve(do: Do) -> str:
        people = set()
        for one in do("music.list_playlists")["playlists"]:
            if one["access"] == "own":
                shared = do("music.show_playlist", playlist_id=one["id"])["shared_with"]
                people |= {other["address"] for other in shared}
        wanted = "family" if len(people) > 1 else "duo"
        if do("music.show_subscription")["plan"] != wanted:
            account = next(one["id"] for one in do("bank.list_accounts")["accounts"] if one["name"] == "Household")
            do("music.change_plan", plan=wanted, account_id=account)
        return str(do("music.show_subscription")["paid_until"])

    return Instance(
        scene.say(
            "If I share playlists of mine with more than one person, I need the family plan of the music app, otherwise the duo "
            "plan. Change to it where I have the other one, paid from the account Household; change nothing where it is right "
            "already. Until when (2025-03-14) is my subscription paid then?",
            "Find out with how many different people I share my own playlists. More than one: I want the family plan for music; "
            "one: the duo plan. Pay a change from the account Household, and make none if I have the right plan. Tell me the date "
            "until which it is paid in the end, such as 2025-03-14.",
        ),
        solve,
    )


def most_heard(scene: Scene) -> Instance:
    since = plus_days(scene.db.today, -scene.dice.integer(6, 12))

    def solve(do: Do) -> str:
        heard: Counter[str] = Counter()
        for one in everything(do, "music.list_history", "plays", since=since):
            heard[one["artist"]] += one["seconds"]
        best = heard.most_common(2)
        need(len(best) == 2 and best[0][1] > best[1][1])
        return best[0][0]

    return Instance(
        scene.say(
            f"Which artist did I listen to the longest since {since} (that day included), counting the full length of every "
            "play?",
            f"Add up the lengths of the songs that I played from {since} until now. Which artist leads?",
        ),
        solve,
    )


def play_and_more(scene: Scene) -> Instance:
    playlist = scene.row("SELECT name FROM music_playlists WHERE access = 'own'")
    song, volume = _song(scene), scene.dice.integer(4, 18) * 5
    need(scene.db.value("SELECT volume FROM music_player") != volume)

    def solve(do: Do) -> None:
        do("music.play", playlist_id=_playlist(do, playlist["name"])["id"])
        found = do("music.search_songs", query=song["title"])["songs"]
        do("music.enqueue", song_ids=[one["id"] for one in found if one["title"] == song["title"]])
        do("music.set_player", volume=volume)

    return Instance(
        scene.say(
            f"Play my playlist '{playlist['name']}' from its beginning, then put one more song at the end of the queue (ask me "
            "which), and set the volume as loud as I tell you when you ask.",
            f"Start '{playlist['name']}', the playlist. There is one song that I want to hear after it: ask me for it and add it "
            "to the end of the queue. Ask me for the volume too, and set it.",
        ),
        solve,
        facts={
            "song title track queue after end hear": f"I want '{song['title']}' by {song['artist']}.",
            "volume loud sound percent": f"Set the volume to {volume}.",
        },
    )


SCENARIOS = (
    Scenario("music.album_length", "easy", "train", album_length),
    Scenario("music.like_best", "medium", "train", like_the_best),
    Scenario("music.top_three", "medium", "train", top_three),
    Scenario("music.wrong_songs", "hard", "train", wrong_songs),
    Scenario("music.right_plan", "hard", "test", right_plan),
    Scenario("music.most_heard", "medium", "valid", most_heard),
    Scenario("music.play_and_more", "medium", "test", play_and_more),
)
