from __future__ import annotations

from typing import Any

from sge_envs.world.clock import plus_days
from sge_envs.world.world import World
from tests.sge_envs.world.acting import changed, do, everything, new_world, only_change, refused


def _songs(world: World, number: int, **filters: Any) -> list[int]:
    return [one["id"] for one in everything(world, "music.search_songs", "songs", **filters)][:number]


def _playlist(world: World, access: str) -> dict[str, Any]:
    row = world.db.one("SELECT * FROM music_playlists WHERE access = ? ORDER BY id", access)
    assert row
    return row


def _main(world: World) -> int:
    return int(do(world, "bank.list_accounts")["accounts"][0]["id"])


def test_songs_are_found_by_every_filter_and_sorted() -> None:
    world = new_world()
    found = everything(world, "music.search_songs", "songs")
    assert len(found) == world.db.value("SELECT COUNT(*) FROM music_songs")
    one = do(world, "music.show_song", song_id=found[3]["id"])
    hits = everything(
        world,
        "music.search_songs",
        "songs",
        query=f"{one['title']} {one['artist'].upper()}",
        artist_id=one["artist_id"],
        album_id=one["album_id"],
        genre=one["genre"],
        liked=one["liked"],
        in_library=one["in_library"],
    )
    assert one["id"] in [hit["id"] for hit in hits]
    lengths = [song["seconds"] for song in everything(world, "music.search_songs", "songs", sort_by="longest")]
    assert lengths == sorted(lengths, reverse=True)
    good = everything(world, "music.search_songs", "songs", min_stars=4)
    assert len(good) == world.db.value("SELECT COUNT(*) FROM music_ratings WHERE stars >= 4")
    liked = everything(world, "music.search_songs", "songs", liked=True)
    assert {song["id"] for song in liked} == set(world.db.column("SELECT song_id FROM music_likes"))


def test_artists_and_albums_agree_with_the_songs() -> None:
    world = new_world()
    albums = do(world, "music.search_albums")["albums"]
    assert sum(one["songs"] for one in albums) == world.db.value("SELECT COUNT(*) FROM music_songs")
    assert [one["year"] for one in albums] == sorted((one["year"] for one in albums), reverse=True)
    year = albums[1]["year"]
    same = do(world, "music.search_albums", since_year=year, until_year=year)["albums"]
    assert {one["year"] for one in same} == {year}
    shown = do(world, "music.show_album", album_id=albums[0]["id"])
    assert [song["track"] for song in shown["songs"]] == list(range(1, albums[0]["songs"] + 1))
    assert sum(song["seconds"] for song in shown["songs"]) == albums[0]["seconds"]
    artist = do(world, "music.search_artists", query=shown["artist"], genre=shown["genre"])["artists"][0]
    mine = do(world, "music.search_albums", artist_id=artist["id"], genre=shown["genre"])["albums"]
    assert shown["id"] in [one["id"] for one in mine]
    assert "not_found" in refused(world, "music.show_album", album_id=1)


def test_the_library_holds_each_song_once() -> None:
    world = new_world()
    new = _songs(world, 2, in_library=False)
    assert do(world, "music.add_to_library", song_ids=[*new, new[0]]) == {"added": 2}
    assert do(world, "music.add_to_library", song_ids=new) == {"added": 0}
    assert do(world, "music.show_song", song_id=new[0])["in_library"] is True
    assert do(world, "music.remove_from_library", song_ids=new) == {"removed": 2}
    assert world.changes() == ()
    assert "not_found" in refused(
        world, "music.remove_from_library", song_ids=[*_songs(world, 1, in_library=True), new[0]]
    )


def test_likes_ratings_and_follows_are_set_and_taken_back() -> None:
    world = new_world()
    song = world.db.value(
        "SELECT id FROM music_songs WHERE id NOT IN (SELECT song_id FROM music_likes UNION SELECT song_id FROM music_ratings)"
    )
    do(world, "music.set_liked", song_id=song)
    do(world, "music.set_liked", song_id=song)
    do(world, "music.rate_song", song_id=song, stars=2)
    do(world, "music.rate_song", song_id=song, stars=4)
    shown = do(world, "music.show_song", song_id=song)
    assert (shown["liked"], shown["my_stars"]) == (True, 4)
    do(world, "music.set_liked", song_id=song, liked=False)
    do(world, "music.rate_song", song_id=song, stars=None)
    assert world.changes() == ()
    artist = do(world, "music.search_artists", followed=False)["artists"][0]["id"]
    do(world, "music.follow_artist", artist_id=artist)
    assert artist in [one["id"] for one in do(world, "music.search_artists", followed=True)["artists"]]
    do(world, "music.follow_artist", artist_id=artist, follow=False)
    assert world.changes() == ()
    assert "not_found" in refused(world, "music.follow_artist", artist_id=1)


def test_own_playlists_are_made_changed_shared_and_deleted() -> None:
    world = new_world()
    songs = _songs(world, 3)
    made = do(world, "music.create_playlist", name="Ski trip", song_ids=songs)
    assert made["songs"] == 3
    assert "already" in refused(world, "music.create_playlist", name="SKI TRIP")
    do(world, "music.update_playlist", playlist_id=made["id"], name="Ski", public=True, description="Snow")
    assert "Nothing to change" in refused(world, "music.update_playlist", playlist_id=made["id"])
    do(world, "music.share_playlist", playlist_id=made["id"], address="a@b.example")
    do(world, "music.share_playlist", playlist_id=made["id"], address="a@b.example", access="edit")
    shown = do(world, "music.show_playlist", playlist_id=made["id"])
    assert [song["id"] for song in shown["songs"]] == songs
    assert (shown["name"], shown["public"]) == ("Ski", True)
    assert shown["shared_with"] == [{"address": "a@b.example", "access": "edit"}]
    assert "own address" in refused(
        world, "music.share_playlist", playlist_id=made["id"], address=world.db.user["email"]
    )
    do(world, "music.unshare_playlist", playlist_id=made["id"], address="a@b.example")
    assert "not_found" in refused(world, "music.unshare_playlist", playlist_id=made["id"], address="a@b.example")
    listed = do(world, "music.list_playlists", query="ski")["playlists"]
    assert [(one["id"], one["songs"]) for one in listed] == [(made["id"], 3)]
    do(world, "music.delete_playlist", playlist_id=made["id"])
    assert world.changes() == ()


def test_playlists_of_others_are_changed_only_as_far_as_they_allow() -> None:
    world = new_world()
    theirs, read_only = _playlist(world, "edit"), _playlist(world, "view")
    new = world.db.value("SELECT id FROM music_songs WHERE id NOT IN (SELECT song_id FROM music_entries)")
    assert do(world, "music.add_to_playlist", playlist_id=theirs["id"], song_ids=[new, new])["added"] == 1
    do(world, "music.remove_from_playlist", playlist_id=theirs["id"], song_ids=[new])
    assert world.changes() == ()
    other = world.db.value(
        "SELECT song_id FROM music_entries WHERE playlist_id = ? AND added_by = ?", theirs["id"], theirs["owner"]
    )
    if other:
        assert theirs["owner"] in refused(
            world, "music.remove_from_playlist", playlist_id=theirs["id"], song_ids=[other]
        )
    assert "listening only" in refused(world, "music.add_to_playlist", playlist_id=read_only["id"], song_ids=[new])
    for name in ("music.delete_playlist", "music.update_playlist"):
        assert "belongs to" in refused(
            world, name, playlist_id=theirs["id"], **({"public": True} if "update" in name else {})
        )
    assert "not_found" in refused(world, "music.remove_from_playlist", playlist_id=theirs["id"], song_ids=[new])


def test_what_plays_goes_into_the_history_and_the_rest_waits() -> None:
    world = new_world()
    album = do(world, "music.search_albums")["albums"][0]
    songs = [one["id"] for one in do(world, "music.show_album", album_id=album["id"])["songs"]]
    assert do(world, "music.play", album_id=album["id"]) == {"song_id": songs[0], "queued": len(songs) - 1}
    assert do(world, "music.next_song") == {"song_id": songs[1], "queued": len(songs) - 2}
    player = do(world, "music.show_player")
    assert player["song"]["id"] == songs[1]
    assert player["playing"] is True
    assert [one["song_id"] for one in player["queue"]] == songs[2:]
    played = everything(world, "music.list_history", "plays", since=world.db.today, until=world.db.today)
    assert [one["song_id"] for one in played] == [songs[1], songs[0]]
    do(world, "music.enqueue", song_ids=[songs[0], songs[0]])
    queue = do(world, "music.show_player")["queue"]
    assert [one["song_id"] for one in queue] == [*songs[2:], songs[0], songs[0]]
    do(world, "music.remove_from_queue", queue_id=queue[0]["queue_id"])
    assert "not_found" in refused(world, "music.remove_from_queue", queue_id=queue[0]["queue_id"])
    assert do(world, "music.clear_queue") == {"removed": len(queue) - 1}
    assert "empty" in refused(world, "music.next_song")
    assert "Give one of" in refused(world, "music.play", song_id=songs[0], album_id=album["id"])
    empty = do(world, "music.create_playlist", name="Empty")["id"]
    assert "empty" in refused(world, "music.play", playlist_id=empty)
    assert do(world, "music.play", playlist_id=_playlist(world, "view")["id"])["queued"] >= 2


def test_the_queue_has_a_limit() -> None:
    world = new_world()
    songs = _songs(world, 1) * 50
    do(world, "music.clear_queue")
    do(world, "music.enqueue", song_ids=songs)
    do(world, "music.enqueue", song_ids=songs)
    assert "limit_reached" in refused(world, "music.enqueue", song_ids=songs[:1])


def test_the_player_is_set() -> None:
    world = new_world()
    do(world, "music.set_player", playing=False, volume=0, shuffle=True, repeat="queue")
    player = do(world, "music.show_player")
    assert (player["playing"], player["volume"], player["shuffle"], player["repeat"]) == (False, 0, True, "queue")
    assert only_change(world).table == "music_player"
    assert "Nothing to change" in refused(world, "music.set_player")


def test_another_plan_is_paid_and_confirmed() -> None:
    world = new_world()
    before = do(world, "music.show_subscription")
    plan = "family" if before["plan"] == "duo" else "duo"
    done = do(world, "music.change_plan", plan=plan, account_id=_main(world))
    assert done["paid"] == {"duo": 13.99, "family": 16.99}[plan]
    assert done["paid_until"] == plus_days(world.db.today, 30)
    paid = do(world, "bank.show_transaction", transaction_id=done["transaction_id"])
    assert (paid["amount"], paid["party"]) == (-done["paid"], "Tonefield")
    assert changed(world)["mail_messages"][0].by == "music.change_plan"
    assert "already" in refused(world, "music.change_plan", plan=plan, account_id=_main(world))
    assert "stop sharing" in refused(world, "music.change_plan", plan="solo", account_id=_main(world))
    do(world, "music.set_renewal", renews=False)
    assert do(world, "music.show_subscription")["renews"] is False


def test_the_solo_plan_shares_nothing() -> None:
    world = new_world()
    for row in world.db.rows("SELECT * FROM music_shares"):
        do(world, "music.unshare_playlist", playlist_id=row["playlist_id"], address=row["address"])
    do(world, "music.change_plan", plan="solo", account_id=_main(world))
    own = _playlist(world, "own")["id"]
    assert "solo plan" in refused(world, "music.share_playlist", playlist_id=own, address="a@b.example")


def test_receipts_payments_and_the_subscription_tell_the_same_story() -> None:
    for number in range(6):
        world = new_world(number)
        now = do(world, "music.show_subscription")
        paid = world.db.rows("SELECT * FROM bank_transactions WHERE party = 'Tonefield' ORDER BY at")
        mails = world.db.rows("SELECT * FROM mail_messages WHERE sender_name = 'Tonefield' ORDER BY sent_at")
        assert [one["at"] for one in paid] == [one["sent_at"] for one in mails]
        assert {-one["amount_cents"] for one in paid} == {round(now["price"] * 100)}
        assert f"Paid until: {now['paid_until']}" in mails[-1]["body"]
        assert plus_days(paid[-1]["at"][:10], 30) == now["paid_until"]
