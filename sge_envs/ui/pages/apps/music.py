"""The pages of the music: songs, albums and artists, playlists, the player with its queue, the subscription."""

from __future__ import annotations

from sge_envs.ui.pages.shared import ACCOUNT
from sge_envs.ui.pages.spec import AppPages, Form, Go, Look, Page, Record, Rows, Tab, Thing

SONG = {"song_id": "id"}
THIS_SONG = {"song_ids": "id"}
ALBUM = {"album_id": "id"}
ARTIST = {"artist_id": "id"}
PLAYLIST = {"playlist_id": "id"}
LISTED_SONG = {"song_id": "song_id"}
OPEN_SONG = Go("show_song", SONG)


# What the pages show beside their own operations ---------------------------------------------------------------------


def _may_share(playlist: Record) -> bool:
    return bool(playlist["access"] == "own")


def _may_edit(playlist: Record) -> bool:
    return bool(playlist["access"] in ("own", "edit"))


def _editable(look: Look) -> list[tuple[str, str]]:
    """The playlists that songs can be put into."""
    found = look("music.list_playlists", {}).value["playlists"]
    return [(str(one["id"]), one["name"]) for one in found if _may_edit(one)]


def _with_account(subscription: Record, look: Look) -> Record:
    """The subscription with the name of the account that pays for it."""
    if subscription["account_id"] is None:
        return subscription
    return {
        **subscription,
        "account": look("bank.show_account", {"account_id": subscription["account_id"]}).value["name"],
    }


def _is_waiting(player: Record) -> bool:
    return bool(player["queue"])


CATALOGUE = (
    Page(
        "search_songs",
        rows=(
            Rows(
                "songs",
                (
                    "title",
                    "artist",
                    "album",
                    "seconds",
                    "streams",
                    ("my_stars", "Stars"),
                    "liked",
                    ("in_library", "Library"),
                ),
                link=OPEN_SONG,
                actions=(
                    Go("play", SONG, label="Play", now=True),
                    Go("set_liked", SONG, {"liked": True}, "Like", lambda song: not song["liked"]),
                    Go("set_liked", SONG, {"liked": False}, "Unlike", lambda song: song["liked"]),
                ),
                pick=("song_ids", "id"),
                bulk=(
                    Go("add_to_library"),
                    Go("remove_from_library", label="Take out of library", sure=False),
                    Go("enqueue", label="Put into queue"),
                    Go("add_to_playlist"),
                    Go("create_playlist", label="New playlist"),
                ),
                empty="No songs.",
            ),
        ),
    ),
    Page(
        "show_song",
        title="title",
        fields=("artist", "album", "track", "year", "genre", "seconds", "streams", "my_stars", "liked", "in_library"),
        links={
            "artist": Go("search_albums", {"artist_id": "artist_id"}),
            "album": Go("show_album", {"album_id": "album_id"}),
        },
        rows=(
            Rows(
                "playlists",
                ("name",),
                link=Go("show_playlist", PLAYLIST),
                actions=(
                    Go("remove_from_playlist", {**PLAYLIST, "song_ids": "song_id"}, label="Take out", sure=False),
                ),
                title="In these playlists",
                empty="In none.",
            ),
        ),
        actions=(
            Go("play", SONG, now=True),
            Go("enqueue", THIS_SONG, label="Put into queue"),
            Go("set_liked", SONG, {"liked": True}, "Like", lambda song: not song["liked"]),
            Go("set_liked", SONG, {"liked": False}, "Unlike", lambda song: song["liked"]),
            Go("add_to_library", THIS_SONG, when=lambda song: not song["in_library"]),
            Go(
                "remove_from_library",
                THIS_SONG,
                label="Take out of library",
                when=lambda song: song["in_library"],
                sure=False,
            ),
            Go("add_to_playlist", THIS_SONG),
            Go("create_playlist", THIS_SONG, label="New playlist with it"),
            Go("rate_song", SONG, label="Rate", inline=True),
        ),
    ),
    Page(
        "search_albums",
        rows=(
            Rows(
                "albums",
                ("title", "artist", "year", "genre", "songs", "seconds"),
                link=Go("show_album", ALBUM),
                actions=(Go("play", ALBUM, now=True),),
                empty="No albums.",
            ),
        ),
    ),
    Page(
        "show_album",
        title="title",
        fields=("artist", "year", "genre"),
        links={"artist": Go("search_albums", {"artist_id": "artist_id"})},
        rows=(
            Rows(
                "songs",
                ("title", "track", "seconds", "streams"),
                link=OPEN_SONG,
                actions=(Go("play", SONG, now=True),),
                pick=("song_ids", "id"),
                bulk=(Go("add_to_library"), Go("enqueue", label="Put into queue"), Go("add_to_playlist")),
            ),
        ),
        actions=(Go("play", ALBUM, label="Play album", now=True),),
    ),
    Page(
        "search_artists",
        rows=(
            Rows(
                "artists",
                ("name", "country", "albums", "followed"),
                link=Go("search_albums", ARTIST),
                actions=(
                    Go("search_songs", ARTIST, label="Songs"),
                    Go("follow_artist", ARTIST, {"follow": True}, "Follow", lambda artist: not artist["followed"]),
                    Go("follow_artist", ARTIST, {"follow": False}, "Unfollow", lambda artist: artist["followed"]),
                ),
                empty="No artists.",
            ),
        ),
    ),
    Page(
        "list_history",
        rows=(
            Rows(
                "plays",
                ("title", "artist", "seconds", "played_at"),
                link=Go("show_song", LISTED_SONG),
                empty="Nothing was played.",
            ),
        ),
    ),
)
OWN = (
    Page(
        "list_playlists",
        rows=(
            Rows(
                "playlists",
                ("name", "owner", "access", "public", "songs", "seconds"),
                link=Go("show_playlist", PLAYLIST),
                actions=(Go("play", PLAYLIST, now=True),),
                empty="No playlists.",
            ),
        ),
        actions=(Go("create_playlist", label="New playlist"),),
    ),
    Page(
        "show_playlist",
        title="name",
        fields=("owner", "access", "public", "description"),
        rows=(
            Rows(
                "songs",
                ("title", "artist", "seconds", "added_by"),
                link=OPEN_SONG,
                actions=(Go("play", SONG, now=True),),
                pick=("song_ids", "id"),
                bulk=(
                    Go("remove_from_playlist", PLAYLIST, label="Take out", when=_may_edit, sure=False),
                    Go("enqueue", label="Put into queue"),
                ),
                empty="No songs.",
            ),
            Rows(
                "shared_with",
                ("address", "access"),
                actions=(
                    Go("share_playlist", {**PLAYLIST, "address": "address"}, label="Change"),
                    Go("unshare_playlist", {**PLAYLIST, "address": "address"}, label="Stop sharing"),
                ),
                empty="Shared with nobody.",
            ),
        ),
        actions=(
            Go("play", PLAYLIST, now=True),
            Go("update_playlist", PLAYLIST, label="Edit", when=_may_share),
            Go("share_playlist", PLAYLIST, label="Share", when=_may_share),
            Go("delete_playlist", PLAYLIST, label="Delete", when=_may_share),
        ),
    ),
    Page(
        "show_player",
        fields=(("song.title", "Song"), ("song.artist", "Artist"), "playing", "volume", "shuffle", "repeat"),
        links={"song.title": Go("show_song", {"song_id": "song.id"})},
        rows=(
            Rows(
                "queue",
                ("title", "artist"),
                link=Go("show_song", LISTED_SONG),
                actions=(Go("remove_from_queue", {"queue_id": "queue_id"}, label="Take out"),),
                title="Queue",
                empty="No song is waiting.",
            ),
        ),
        actions=(
            Go("set_player", fixed={"playing": False}, label="Pause", when=lambda player: player["playing"], now=True),
            Go(
                "set_player",
                fixed={"playing": True},
                label="Go on",
                when=lambda player: not player["playing"],
                now=True,
            ),
            Go("next_song", label="Next", when=_is_waiting),
            Go("clear_queue", when=_is_waiting),
            Go("set_player", label="Set", inline=True),
        ),
    ),
    Page(
        "show_subscription",
        fields=("plan", "price", "account", "paid_until", "renews"),
        shape=_with_account,
        links={"account": Go("bank.show_account", {"account_id": "account_id"})},
        rows=(
            Rows("plans", ("plan", "price"), actions=(Go("change_plan", {"plan": "plan"}, label="Take this plan"),)),
        ),
        actions=(
            Go("set_renewal", fixed={"renews": False}, label="Let it end", when=lambda row: row["renews"]),
            Go("set_renewal", fixed={"renews": True}, label="Renew it", when=lambda row: not row["renews"]),
        ),
    ),
)
PAGES = AppPages(
    app="music",
    title="Music",
    tabs=(
        Tab("search_songs", "Songs"),
        Tab("search_albums", "Albums"),
        Tab("search_artists", "Artists"),
        Tab("list_playlists", "Playlists"),
        Tab("show_player", "Player"),
        Tab("list_history", "History"),
        Tab("show_subscription", "Subscription"),
    ),
    search="search_songs",
    pages=(*CATALOGUE, *OWN),
    forms=(
        Form("create_playlist", then=Go("show_playlist", PLAYLIST)),
        Form("update_playlist", load="show_playlist"),
        Form("set_player", load="show_player"),
        Form("rate_song", load="show_song", keys={"stars": "my_stars"}),
    ),
    things={
        "song_id": Thing(shown=("show_song", "title")),
        "song_ids": Thing(shown=("show_song", "title"), by="song_id"),
        "album_id": Thing(choices=("search_albums", "albums", "id", "title"), shown=("show_album", "title")),
        "artist_id": Thing(choices=("search_artists", "artists", "id", "name")),
        "playlist_id": Thing(choices=_editable, shown=("show_playlist", "name")),
        "account_id": ACCOUNT,
    },
    money=("price", "paid"),
    labels={"access": "Access", "my_stars": "Your stars", "in_library": "In the library", "song_ids": "Songs"},
    verbs={
        "play": "Play",
        "next_song": "Next song",
        "enqueue": "Put into queue",
        "search_songs": "Songs",
        "search_albums": "Albums",
        "search_artists": "Artists",
        "set_player": "Set player",
    },
)
