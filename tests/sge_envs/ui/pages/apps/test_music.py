from __future__ import annotations

from tests.sge_envs.ui.pages.apps.visitor import Visitor, same_as_tools


def test_songs_are_chosen_in_the_list_and_put_into_a_playlist() -> None:
    visitor = Visitor()
    songs = [one["id"] for one in visitor.world.call("music.search_songs").value["songs"][:3]]
    playlist = visitor.value("SELECT id FROM music_playlists WHERE access = 'own'")
    form = visitor.button("/music/search_songs", "Add to playlist")
    query = "&".join(f"song_ids={one}" for one in songs)
    visitor.send(f"{form}?{query}", form="1", playlist_id=playlist)
    assert same_as_tools(visitor, ("music.add_to_playlist", {"playlist_id": playlist, "song_ids": songs}))


def test_songs_are_taken_out_of_a_playlist_where_they_are_listed() -> None:
    visitor = Visitor()
    playlist = visitor.value("SELECT id FROM music_playlists WHERE access = 'own'")
    songs = visitor.world.db.column("SELECT song_id FROM music_entries WHERE playlist_id = ? ORDER BY id", playlist)[:2]
    page = f"/music/show_playlist?playlist_id={playlist}"
    visitor.send(visitor.button(page, "Take out"), song_ids=songs)
    assert same_as_tools(visitor, ("music.remove_from_playlist", {"playlist_id": playlist, "song_ids": songs}))


def test_what_is_shared_for_listening_offers_no_change() -> None:
    visitor = Visitor()
    page = (
        f"/music/show_playlist?playlist_id={visitor.value('''SELECT id FROM music_playlists WHERE access = 'view' ''')}"
    )
    assert visitor.buttons(page, "Play")
    for label in ("Edit", "Share", "Delete", "Take out"):
        assert not visitor.buttons(page, label), label


def test_the_player_changes_only_what_was_moved() -> None:
    visitor = Visitor()
    now = visitor.world.call("music.show_player").value
    kept = {name: str(now[name]).lower() for name in ("playing", "shuffle", "repeat")}
    visitor.send("/music/set_player", form="1", **kept, volume="35")
    assert same_as_tools(visitor, ("music.set_player", {"volume": 35}))


def test_a_rating_is_given_and_taken_back_at_the_song() -> None:
    visitor = Visitor()
    song = visitor.value("SELECT id FROM music_songs WHERE id NOT IN (SELECT song_id FROM music_ratings)")
    form, before = f"/music/rate_song?song_id={song}", visitor.world.key()
    assert f'action="{form}"' in visitor.read(f"/music/show_song?song_id={song}")
    visitor.send(form, form="1", stars="4")
    assert same_as_tools(visitor, ("music.rate_song", {"song_id": song, "stars": 4}))
    visitor.send(form, form="1", stars="")
    assert visitor.world.key() == before


def test_songs_are_liked_and_unliked_by_one_press_each() -> None:
    visitor = Visitor()
    before = visitor.world.key()
    like = visitor.button("/music/search_songs?liked=false", "Like")
    visitor.send(like)
    assert visitor.world.key() != before
    visitor.send(like.replace("liked=true", "liked=false"))
    assert visitor.world.key() == before
