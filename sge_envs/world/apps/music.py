"""Music: songs, albums and artists, the user's library and ratings, playlists, the player, and the subscription."""

from __future__ import annotations

from typing import Annotated, Literal

from sge_envs.alfworld.dice import Dice
from sge_envs.world.app import App
from sge_envs.world.apps.bank import charge, record_payment
from sge_envs.world.apps.mail import deliver, record_mail
from sge_envs.world.clock import plus_days
from sge_envs.world.database import Database, Row
from sge_envs.world.errors import conflict, invalid, limit_reached, not_allowed, not_found
from sge_envs.world.kinds import Date, Email, Ids, Name, Page, PageSize, Range
from sge_envs.world.money import dollars, money
from sge_envs.world.operation import Record
from sge_envs.world.plot import Plot, some
from sge_envs.world.queries import Where

TABLES = """
CREATE TABLE music_artists (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, country TEXT NOT NULL);
CREATE TABLE music_albums (
    id INTEGER PRIMARY KEY AUTOINCREMENT, artist_id INTEGER NOT NULL REFERENCES music_artists (id), title TEXT NOT NULL,
    year INTEGER NOT NULL, genre TEXT NOT NULL
);
CREATE TABLE music_songs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, album_id INTEGER NOT NULL REFERENCES music_albums (id), track INTEGER NOT NULL,
    title TEXT NOT NULL, seconds INTEGER NOT NULL, streams INTEGER NOT NULL
);
CREATE INDEX music_songs_album ON music_songs (album_id);
CREATE TABLE music_library (
    id INTEGER PRIMARY KEY AUTOINCREMENT, song_id INTEGER NOT NULL UNIQUE REFERENCES music_songs (id), added_at TEXT NOT NULL
);
CREATE TABLE music_likes (id INTEGER PRIMARY KEY AUTOINCREMENT, song_id INTEGER NOT NULL UNIQUE REFERENCES music_songs (id));
CREATE TABLE music_ratings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, song_id INTEGER NOT NULL UNIQUE REFERENCES music_songs (id),
    stars INTEGER NOT NULL
);
CREATE TABLE music_follows (
    id INTEGER PRIMARY KEY AUTOINCREMENT, artist_id INTEGER NOT NULL UNIQUE REFERENCES music_artists (id)
);
CREATE TABLE music_playlists (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, owner TEXT NOT NULL, description TEXT NOT NULL DEFAULT '',
    access TEXT NOT NULL DEFAULT 'own' CHECK (access IN ('own', 'edit', 'view')), public INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE music_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, playlist_id INTEGER NOT NULL REFERENCES music_playlists (id),
    song_id INTEGER NOT NULL REFERENCES music_songs (id), added_by TEXT NOT NULL, UNIQUE (playlist_id, song_id)
);
CREATE TABLE music_shares (
    id INTEGER PRIMARY KEY AUTOINCREMENT, playlist_id INTEGER NOT NULL REFERENCES music_playlists (id),
    address TEXT NOT NULL, access TEXT NOT NULL CHECK (access IN ('edit', 'view')), UNIQUE (playlist_id, address)
);
CREATE TABLE music_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT, position INTEGER NOT NULL, song_id INTEGER NOT NULL REFERENCES music_songs (id)
);
CREATE TABLE music_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT, song_id INTEGER NOT NULL REFERENCES music_songs (id), played_at TEXT NOT NULL
);
CREATE INDEX music_history_played ON music_history (played_at);
CREATE TABLE music_player (
    id INTEGER PRIMARY KEY AUTOINCREMENT, song_id INTEGER REFERENCES music_songs (id), playing INTEGER NOT NULL DEFAULT 0,
    volume INTEGER NOT NULL, shuffle INTEGER NOT NULL DEFAULT 0, repeat TEXT NOT NULL DEFAULT 'off'
);
CREATE TABLE music_subscription (
    id INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL, account_id INTEGER REFERENCES bank_accounts (id),
    paid_until TEXT, renews INTEGER NOT NULL
);
"""

Genre = Literal["classical", "electronic", "folk", "jazz", "pop", "rock"]
SortBy = Literal["title", "artist", "newest", "most_streamed", "longest", "shortest"]
Sharing = Literal["edit", "view"]
Plan = Literal["solo", "duo", "family"]
_ORDER = {
    "title": "s.title, s.id",
    "artist": "a.name, s.title, s.id",
    "newest": "b.year DESC, s.id",
    "most_streamed": "s.streams DESC, s.id",
    "longest": "s.seconds DESC, s.id",
    "shortest": "s.seconds, s.id",
}
_SONGS = (
    "SELECT s.id, s.title, a.name AS artist, b.title AS album, b.year, b.genre, s.seconds, s.streams, r.stars AS my_stars, "
    "l.id IS NOT NULL AS liked, y.id IS NOT NULL AS in_library FROM music_songs s JOIN music_albums b ON b.id = s.album_id "
    "JOIN music_artists a ON a.id = b.artist_id LEFT JOIN music_ratings r ON r.song_id = s.id "
    "LEFT JOIN music_likes l ON l.song_id = s.id LEFT JOIN music_library y ON y.song_id = s.id"
)
PRICES = {"solo": 999, "duo": 1399, "family": 1699}
SHOP, SHOP_ADDRESS = "Tonefield", "billing@tonefield.example"
PERIOD = 30
MAX_QUEUE = 100


# Reading ------------------------------------------------------------------------------------------------------------


def search_songs(
    db: Database,
    query: str | None = None,
    artist_id: int | None = None,
    album_id: int | None = None,
    genre: Genre | None = None,
    liked: bool | None = None,
    in_library: bool | None = None,
    min_stars: Annotated[int, Range(1, 5)] | None = None,
    sort_by: SortBy = "title",
    page: Page = 1,
    page_size: PageSize = 20,
) -> Record:
    """Find songs of the whole catalogue; every filter that is given must hold.

    Args:
        query: Words that must stand in the title, the album or the artist's name.
        artist_id: Only this artist.
        album_id: Only this album.
        genre: Only this genre.
        liked: Only songs the user likes (true) or only others (false).
        in_library: Only songs of the user's library (true) or only others (false).
        min_stars: Rated by the user with at least this many stars.
        sort_by: The order of the results.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and songs with id, title, artist, album, year, genre, seconds, streams, my_stars (null: not
        rated), liked and in_library.
    """
    where = Where()
    where.words(("s.title", "b.title", "a.name"), query)
    where.given("a.id = ?", artist_id)
    where.given("b.id = ?", album_id)
    where.given("b.genre = ?", genre)
    where.given("(l.id IS NOT NULL) = ?", liked)
    where.given("(y.id IS NOT NULL) = ?", in_library)
    where.given("r.stars >= ?", min_stars)
    found, pages = db.page(f"{_SONGS} {{where}} ORDER BY {_ORDER[sort_by]}", where, page, page_size)
    return pages | {"songs": [_marked(row) for row in found]}


def show_song(db: Database, song_id: int) -> Record:
    """Show a song, and in which of the playlists it is.

    Args:
        song_id: The song's id.

    Returns:
        What music.search_songs gives, album_id, artist_id, track, and playlists with id and name.
    """
    song = _song(db, song_id)
    row = db.one(f"{_SONGS} WHERE s.id = ?", song_id)
    assert row is not None
    playlists = db.rows(
        "SELECT p.id, p.name FROM music_playlists p JOIN music_entries e ON e.playlist_id = p.id WHERE e.song_id = ? "
        "ORDER BY p.name, p.id",
        song_id,
    )
    artist = db.value("SELECT artist_id FROM music_albums WHERE id = ?", song["album_id"])
    ids = {"album_id": song["album_id"], "artist_id": artist, "track": song["track"]}
    return _marked(row) | ids | {"playlists": playlists}


def search_artists(
    db: Database, query: str | None = None, genre: Genre | None = None, followed: bool | None = None
) -> Record:
    """Find artists; every filter that is given must hold.

    Args:
        query: Words that must stand in the name or the country.
        genre: Artists with an album of this genre.
        followed: Only artists the user follows (true) or only others (false).

    Returns:
        artists, each with id, name, country, albums (how many) and followed.
    """
    where = Where()
    where.words(("a.name", "a.country"), query)
    where.given("a.id IN (SELECT artist_id FROM music_albums WHERE genre = ?)", genre)
    where.given("(f.id IS NOT NULL) = ?", followed)
    rows = db.rows(
        "SELECT a.id, a.name, a.country, (SELECT COUNT(*) FROM music_albums b WHERE b.artist_id = a.id) AS albums, "
        f"f.id IS NOT NULL AS followed FROM music_artists a LEFT JOIN music_follows f ON f.artist_id = a.id {where} "
        "ORDER BY a.name, a.id",
        *where.values,
    )
    return {"artists": [row | {"followed": bool(row["followed"])} for row in rows]}


def search_albums(
    db: Database,
    query: str | None = None,
    artist_id: int | None = None,
    genre: Genre | None = None,
    since_year: Annotated[int, Range(1900, 2100)] | None = None,
    until_year: Annotated[int, Range(1900, 2100)] | None = None,
) -> Record:
    """Find albums, the newest first; every filter that is given must hold.

    Args:
        query: Words that must stand in the title or the artist's name.
        artist_id: Only this artist.
        genre: Only this genre.
        since_year: Of this year or later.
        until_year: Of this year or earlier.

    Returns:
        albums, each with id, title, artist, year, genre, songs (how many) and seconds (of all songs).
    """
    where = Where()
    where.words(("b.title", "a.name"), query)
    where.given("b.artist_id = ?", artist_id)
    where.given("b.genre = ?", genre)
    where.given("b.year >= ?", since_year)
    where.given("b.year <= ?", until_year)
    return {
        "albums": db.rows(
            "SELECT b.id, b.title, a.name AS artist, b.year, b.genre, COUNT(s.id) AS songs, SUM(s.seconds) AS seconds "
            "FROM music_albums b JOIN music_artists a ON a.id = b.artist_id JOIN music_songs s ON s.album_id = b.id "
            f"{where} GROUP BY b.id ORDER BY b.year DESC, b.id",
            *where.values,
        )
    }


def show_album(db: Database, album_id: int) -> Record:
    """Show an album with its songs in their order.

    Args:
        album_id: The album's id.

    Returns:
        id, title, artist, year, genre, and songs with id, track, title, seconds and streams.
    """
    album = _album(db, album_id)
    artist = db.value("SELECT name FROM music_artists WHERE id = ?", album["artist_id"])
    sql = "SELECT id, track, title, seconds, streams FROM music_songs WHERE album_id = ? ORDER BY track"
    return album | {"artist": artist, "songs": db.rows(sql, album_id)}


def list_playlists(db: Database, query: str | None = None) -> Record:
    """List the user's playlists and those shared with the user.

    Args:
        query: Words that must stand in the name or the description.

    Returns:
        playlists, each with id, name, owner, access (own, edit, or view for listening only), public, songs and seconds.
    """
    where = Where()
    where.words(("p.name", "p.description"), query)
    rows = db.rows(
        "SELECT p.id, p.name, p.owner, p.access, p.public, COUNT(e.id) AS songs, COALESCE(SUM(s.seconds), 0) AS seconds "
        "FROM music_playlists p LEFT JOIN music_entries e ON e.playlist_id = p.id LEFT JOIN music_songs s "
        f"ON s.id = e.song_id {where} GROUP BY p.id ORDER BY p.name, p.id",
        *where.values,
    )
    return {"playlists": [row | {"public": bool(row["public"])} for row in rows]}


def show_playlist(db: Database, playlist_id: int, page: Page = 1, page_size: PageSize = 20) -> Record:
    """Show a playlist with its songs in the order in which they were added.

    Args:
        playlist_id: The playlist's id.
        page: Which page of the songs, from 1.
        page_size: Songs per page.

    Returns:
        id, name, owner, description, access, public, shared_with (address and access), total, page, pages, and songs
        with id, title, artist, seconds and added_by.
    """
    row = _playlist(db, playlist_id)
    where = Where()
    where.add("e.playlist_id = ?", playlist_id)
    sql = (
        "SELECT s.id, s.title, a.name AS artist, s.seconds, e.added_by FROM music_entries e JOIN music_songs s "
        "ON s.id = e.song_id JOIN music_albums b ON b.id = s.album_id JOIN music_artists a ON a.id = b.artist_id {where} "
        "ORDER BY e.id"
    )
    found, pages = db.page(sql, where, page, page_size)
    shared = db.rows("SELECT address, access FROM music_shares WHERE playlist_id = ? ORDER BY address", playlist_id)
    return row | {"public": bool(row["public"]), "shared_with": shared} | pages | {"songs": found}


def show_player(db: Database) -> Record:
    """Show what the player does, and the songs that wait.

    Returns:
        song (id, title and artist; null for none), playing, volume, shuffle, repeat, and queue with queue_id, song_id,
        title and artist.
    """
    row = _player(db)
    titles = (
        "SELECT s.id, s.title, a.name AS artist FROM music_songs s JOIN music_albums b ON b.id = s.album_id "
        "JOIN music_artists a ON a.id = b.artist_id"
    )
    queue = db.rows(
        f"SELECT q.id AS queue_id, t.id AS song_id, t.title, t.artist FROM music_queue q JOIN ({titles}) t "
        "ON t.id = q.song_id ORDER BY q.position, q.id"
    )
    return {
        "song": db.one(f"{titles} WHERE s.id = ?", row["song_id"]),
        "playing": bool(row["playing"]),
        "volume": row["volume"],
        "shuffle": bool(row["shuffle"]),
        "repeat": row["repeat"],
        "queue": queue,
    }


def list_history(
    db: Database, since: Date | None = None, until: Date | None = None, page: Page = 1, page_size: PageSize = 20
) -> Record:
    """List the songs that were played, the latest first.

    Args:
        since: Played on this date or later.
        until: Played on this date or earlier.
        page: Which page of the results, from 1.
        page_size: Results per page.

    Returns:
        total, page, pages, and plays with song_id, title, artist, seconds and played_at.
    """
    where = Where()
    where.given("h.played_at >= ?", since)
    where.given("substr(h.played_at, 1, 10) <= ?", until)
    sql = (
        "SELECT h.song_id, s.title, a.name AS artist, s.seconds, h.played_at FROM music_history h JOIN music_songs s "
        "ON s.id = h.song_id JOIN music_albums b ON b.id = s.album_id JOIN music_artists a ON a.id = b.artist_id {where} "
        "ORDER BY h.played_at DESC, h.id DESC"
    )
    found, pages = db.page(sql, where, page, page_size)
    return pages | {"plays": found}


def show_subscription(db: Database) -> Record:
    """Show the subscription, and what each plan costs for 30 days.

    Returns:
        plan, price, account_id (the bank account it is paid from), paid_until, renews, and plans with plan and price.
    """
    row = _subscription(db)
    plans = [{"plan": plan, "price": money(price)} for plan, price in PRICES.items()]
    return {
        "plan": row["plan"],
        "price": money(PRICES[row["plan"]]),
        "account_id": row["account_id"],
        "paid_until": row["paid_until"],
        "renews": bool(row["renews"]),
        "plans": plans,
    }


# Writing ------------------------------------------------------------------------------------------------------------


def add_to_library(db: Database, song_ids: Ids) -> Record:
    """Put songs into the library; those that are there already stay.

    Args:
        song_ids: The songs' ids.

    Returns:
        added, how many songs are new.
    """
    new = [one for one in _songs(db, song_ids) if not _held(db, "music_library", one)]
    for one in new:
        db.insert("music_library", {"song_id": one, "added_at": db.now})
    return {"added": len(new)}


def remove_from_library(db: Database, song_ids: Ids) -> Record:
    """Take songs out of the library; playlists, likes and ratings stay.

    Args:
        song_ids: Ids of songs of the library.

    Returns:
        removed, how many songs.
    """
    for one in _songs(db, song_ids):
        if not db.delete_all("music_library", "song_id", one):
            raise not_found("song of the library", one)
    return {"removed": len(set(song_ids))}


def set_liked(db: Database, song_id: int, liked: bool = True) -> Record:
    """Like a song, or take the like back.

    Args:
        song_id: The song's id.
        liked: True to like it.

    Returns:
        song_id and liked.
    """
    _song(db, song_id)
    if not liked:
        db.delete_all("music_likes", "song_id", song_id)
    elif not _held(db, "music_likes", song_id):
        db.insert("music_likes", {"song_id": song_id})
    return {"song_id": song_id, "liked": liked}


def rate_song(db: Database, song_id: int, stars: Annotated[int, Range(1, 5)] | None) -> Record:
    """Rate a song, in place of the user's earlier rating.

    Args:
        song_id: The song's id.
        stars: From 1 to 5, or null to take the rating back.

    Returns:
        song_id and stars.
    """
    _song(db, song_id)
    known = _held(db, "music_ratings", song_id)
    if stars is None:
        db.delete_all("music_ratings", "song_id", song_id)
    elif known:
        db.update("music_ratings", known, {"stars": stars})
    else:
        db.insert("music_ratings", {"song_id": song_id, "stars": stars})
    return {"song_id": song_id, "stars": stars}


def follow_artist(db: Database, artist_id: int, follow: bool = True) -> Record:
    """Follow an artist, or stop following one.

    Args:
        artist_id: The artist's id.
        follow: True to follow.

    Returns:
        artist_id and follow.
    """
    if db.get("music_artists", artist_id) is None:
        raise not_found("artist", artist_id)
    if not follow:
        db.delete_all("music_follows", "artist_id", artist_id)
    elif not db.value("SELECT id FROM music_follows WHERE artist_id = ?", artist_id):
        db.insert("music_follows", {"artist_id": artist_id})
    return {"artist_id": artist_id, "follow": follow}


def create_playlist(
    db: Database, name: Name, description: str = "", song_ids: Ids | None = None, public: bool = False
) -> Record:
    """Make a playlist.

    Args:
        name: Its name, not that of another playlist of the user.
        description: What it is for.
        song_ids: The first songs.
        public: Whether everybody can find it.

    Returns:
        id of the playlist and songs (how many).
    """
    _check_name(db, name)
    values = {"name": name.strip(), "owner": db.user["email"], "description": description, "public": int(public)}
    playlist_id = db.insert("music_playlists", values)
    return {"id": playlist_id, "songs": _put(db, playlist_id, song_ids or [])}


def update_playlist(
    db: Database, playlist_id: int, name: Name | None = None, description: str | None = None, public: bool | None = None
) -> Record:
    """Change a playlist of the user; what is not given stays.

    Args:
        playlist_id: The playlist's id.
        name: New name.
        description: New description.
        public: Whether everybody can find it.

    Returns:
        id and changed, the names of the fields that were set.
    """
    row = _own(db, playlist_id)
    given = {
        "name": name and name.strip(),
        "description": description,
        "public": None if public is None else int(public),
    }
    values = {field: value for field, value in given.items() if value is not None}
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    if name is not None and name.strip() != row["name"]:
        _check_name(db, name)
    db.update("music_playlists", playlist_id, values)
    return {"id": playlist_id, "changed": list(values)}


def delete_playlist(db: Database, playlist_id: int) -> Record:
    """Delete a playlist of the user.

    Args:
        playlist_id: The playlist's id.

    Returns:
        id of the deleted playlist.
    """
    _own(db, playlist_id)
    db.delete_all("music_entries", "playlist_id", playlist_id)
    db.delete_all("music_shares", "playlist_id", playlist_id)
    db.delete("music_playlists", playlist_id)
    return {"id": playlist_id}


def add_to_playlist(db: Database, playlist_id: int, song_ids: Ids) -> Record:
    """Add songs to a playlist that the user may edit; those that are in it already stay.

    Args:
        playlist_id: The playlist's id.
        song_ids: The songs' ids.

    Returns:
        id of the playlist and added, how many songs are new.
    """
    if _playlist(db, playlist_id)["access"] == "view":
        raise not_allowed("This playlist is shared with you for listening only.")
    return {"id": playlist_id, "added": _put(db, playlist_id, song_ids)}


def remove_from_playlist(db: Database, playlist_id: int, song_ids: Ids) -> Record:
    """Take songs out of a playlist. In playlists of others the user can remove only the songs the user added.

    Args:
        playlist_id: The playlist's id.
        song_ids: Ids of songs of the playlist.

    Returns:
        id of the playlist and removed, how many songs.
    """
    row, me = _playlist(db, playlist_id), db.user["email"]
    wanted = list(dict.fromkeys(song_ids))
    for song_id in wanted:
        entry = db.one("SELECT * FROM music_entries WHERE playlist_id = ? AND song_id = ?", playlist_id, song_id)
        if entry is None:
            raise not_found(f"song of the playlist {row['name']!r}", song_id)
        if row["access"] == "view" or (row["access"] == "edit" and entry["added_by"] != me):
            raise not_allowed(f"{entry['added_by']} added the song {song_id} to a playlist of {row['owner']}.")
        db.delete("music_entries", entry["id"])
    return {"id": playlist_id, "removed": len(wanted)}


def share_playlist(db: Database, playlist_id: int, address: Email, access: Sharing = "view") -> Record:
    """Share a playlist of the user with somebody, or change what they may do. The family plan and the duo plan allow it.

    Args:
        playlist_id: The playlist's id.
        address: Their e-mail address.
        access: Whether they may edit it or only listen.

    Returns:
        id of the playlist, address and access.
    """
    _own(db, playlist_id)
    if _subscription(db)["plan"] == "solo":
        raise not_allowed("The solo plan has no shared playlists: change to duo or family first.")
    if address in (db.user["email"], db.user["work_email"]):
        raise conflict("This is your own address.")
    known = db.value("SELECT id FROM music_shares WHERE playlist_id = ? AND address = ?", playlist_id, address)
    if known:
        db.update("music_shares", known, {"access": access})
    else:
        db.insert("music_shares", {"playlist_id": playlist_id, "address": address, "access": access})
    return {"id": playlist_id, "address": address, "access": access}


def unshare_playlist(db: Database, playlist_id: int, address: Email) -> Record:
    """Stop sharing a playlist with somebody.

    Args:
        playlist_id: The playlist's id.
        address: Their e-mail address.

    Returns:
        id of the playlist and address.
    """
    _own(db, playlist_id)
    known = db.value("SELECT id FROM music_shares WHERE playlist_id = ? AND address = ?", playlist_id, address)
    if known is None:
        raise not_found("share with", address)
    db.delete("music_shares", known)
    return {"id": playlist_id, "address": address}


def play(
    db: Database, song_id: int | None = None, album_id: int | None = None, playlist_id: int | None = None
) -> Record:
    """Play a song, an album or a playlist from its first song. The rest of it takes the place of the queue.

    Args:
        song_id: The song.
        album_id: The album, instead of a song.
        playlist_id: The playlist, instead of a song.

    Returns:
        song_id (what plays now) and queued (how many songs wait).
    """
    if sum(one is not None for one in (song_id, album_id, playlist_id)) != 1:
        raise invalid("Give one of song_id, album_id and playlist_id.")
    if song_id is not None:
        songs = [_song(db, song_id)["id"]]
    elif album_id is not None:
        songs = [one["id"] for one in show_album(db, album_id)["songs"]]
    else:
        assert playlist_id is not None
        _playlist(db, playlist_id)
        songs = db.column("SELECT song_id FROM music_entries WHERE playlist_id = ? ORDER BY id", playlist_id)
    if not songs:
        raise conflict("This playlist is empty.")
    clear_queue(db)
    _append(db, songs[1:])
    _start(db, songs[0])
    return {"song_id": songs[0], "queued": len(songs) - 1}


def set_player(
    db: Database,
    playing: bool | None = None,
    volume: Annotated[int, Range(0, 100)] | None = None,
    shuffle: bool | None = None,
    repeat: Literal["off", "song", "queue"] | None = None,
) -> Record:
    """Pause or go on, and change volume, shuffle and repeat; what is not given stays.

    Args:
        playing: False to pause, true to go on.
        volume: From 0 to 100.
        shuffle: Whether the queue is played in random order.
        repeat: What is repeated.

    Returns:
        changed, the names of the fields that were set.
    """
    row = _player(db)
    given = {"playing": playing, "volume": volume, "shuffle": shuffle, "repeat": repeat}
    values = {
        field: int(value) if isinstance(value, bool) else value for field, value in given.items() if value is not None
    }
    if not values:
        raise invalid("Nothing to change: give at least one field.")
    if playing and row["song_id"] is None:
        raise conflict("There is no song to go on with: use music.play.")
    db.update("music_player", row["id"], values)
    return {"changed": list(values)}


def next_song(db: Database) -> Record:
    """Play the next song of the queue.

    Returns:
        song_id (what plays now) and queued (how many songs wait).
    """
    row = db.one("SELECT id, song_id FROM music_queue ORDER BY position, id")
    if row is None:
        raise conflict("The queue is empty.")
    db.delete("music_queue", row["id"])
    _start(db, row["song_id"])
    return {"song_id": row["song_id"], "queued": db.value("SELECT COUNT(*) FROM music_queue")}


def enqueue(db: Database, song_ids: Ids) -> Record:
    """Put songs at the end of the queue, in this order.

    Args:
        song_ids: The songs' ids.

    Returns:
        queued, how many songs wait now.
    """
    for one in song_ids:
        _song(db, one)
    _append(db, song_ids)
    return {"queued": db.value("SELECT COUNT(*) FROM music_queue")}


def remove_from_queue(db: Database, queue_id: int) -> Record:
    """Take a song out of the queue.

    Args:
        queue_id: Its place: see music.show_player.

    Returns:
        queue_id.
    """
    if db.get("music_queue", queue_id) is None:
        raise not_found("place in the queue", queue_id)
    db.delete("music_queue", queue_id)
    return {"queue_id": queue_id}


def clear_queue(db: Database) -> Record:
    """Take all songs out of the queue; what plays goes on.

    Returns:
        removed, how many songs.
    """
    ids = db.column("SELECT id FROM music_queue ORDER BY id")
    for one in ids:
        db.delete("music_queue", one)
    return {"removed": len(ids)}


def change_plan(db: Database, plan: Plan, account_id: int) -> Record:
    """Change to another plan: 30 days of it are paid at once, and a receipt comes by mail.

    Args:
        plan: The new plan.
        account_id: The bank account to pay from, now and later.

    Returns:
        plan, paid, paid_until and transaction_id.
    """
    row, price = _subscription(db), PRICES[plan]
    if row["plan"] == plan and row["renews"]:
        raise conflict(f"The plan is {plan} already.")
    if plan == "solo" and db.value("SELECT id FROM music_shares") is not None:
        raise conflict("The solo plan has no shared playlists: stop sharing yours first.")
    paid = charge(db, account_id, price, SHOP, f"{SHOP} {plan}", "entertainment")
    until = plus_days(db.today, PERIOD)
    values = {"plan": plan, "account_id": account_id, "paid_until": until, "renews": 1}
    db.update("music_subscription", row["id"], values)
    deliver(db, SHOP, SHOP_ADDRESS, *_receipt(plan, price, until))
    return {"plan": plan, "paid": money(price), "paid_until": until, "transaction_id": paid}


def set_renewal(db: Database, renews: bool) -> Record:
    """Let the subscription end when it is paid until, or renew itself again.

    Args:
        renews: False to cancel it for the end of the paid time.

    Returns:
        renews and paid_until.
    """
    row = _subscription(db)
    db.update("music_subscription", row["id"], {"renews": int(renews)})
    return {"renews": renews, "paid_until": row["paid_until"]}


# The inside ---------------------------------------------------------------------------------------------------------


def _song(db: Database, song_id: int) -> Row:
    row = db.get("music_songs", song_id)
    if row is None:
        raise not_found("song", song_id)
    return row


def _songs(db: Database, song_ids: list[int]) -> list[int]:
    return [_song(db, one)["id"] for one in dict.fromkeys(song_ids)]


def _album(db: Database, album_id: int) -> Row:
    row = db.get("music_albums", album_id)
    if row is None:
        raise not_found("album", album_id)
    return row


def _playlist(db: Database, playlist_id: int) -> Row:
    row = db.get("music_playlists", playlist_id)
    if row is None:
        raise not_found("playlist", playlist_id)
    return row


def _own(db: Database, playlist_id: int) -> Row:
    row = _playlist(db, playlist_id)
    if row["access"] != "own":
        raise not_allowed(f"The playlist {row['name']!r} belongs to {row['owner']}.")
    return row


def _player(db: Database) -> Row:
    row = db.one("SELECT * FROM music_player")
    assert row is not None
    return row


def _subscription(db: Database) -> Row:
    row = db.one("SELECT * FROM music_subscription")
    assert row is not None
    return row


def _held(db: Database, table: str, song_id: int) -> int | None:
    found: int | None = db.value(f"SELECT id FROM {table} WHERE song_id = ?", song_id)
    return found


def _marked(row: Row) -> Row:
    return row | {"liked": bool(row["liked"]), "in_library": bool(row["in_library"])}


def _check_name(db: Database, name: str) -> None:
    sql = "SELECT id FROM music_playlists WHERE access = 'own' AND name = ? COLLATE NOCASE"
    if db.value(sql, name.strip()) is not None:
        raise conflict(f"You have a playlist {name.strip()!r} already.")


def _put(db: Database, playlist_id: int, song_ids: list[int]) -> int:
    there = set(db.column("SELECT song_id FROM music_entries WHERE playlist_id = ?", playlist_id))
    new = [one for one in _songs(db, song_ids) if one not in there]
    for one in new:
        db.insert("music_entries", {"playlist_id": playlist_id, "song_id": one, "added_by": db.user["email"]})
    return len(new)


def _append(db: Database, song_ids: list[int]) -> None:
    last = db.value("SELECT COALESCE(MAX(position), 0) FROM music_queue")
    if db.value("SELECT COUNT(*) FROM music_queue") + len(song_ids) > MAX_QUEUE:
        raise limit_reached(f"The queue holds {MAX_QUEUE} songs at most.")
    for place, one in enumerate(song_ids, last + 1):
        db.insert("music_queue", {"position": place, "song_id": one})


def _start(db: Database, song_id: int) -> None:
    db.update("music_player", _player(db)["id"], {"song_id": song_id, "playing": 1})
    db.insert("music_history", {"song_id": song_id, "played_at": db.now})


def _receipt(plan: str, price: int, until: str) -> tuple[str, str]:
    body = f"Thank you for listening.\nPlan: {plan}\nPaid: {dollars(price)}\nPaid until: {until}\n\n{SHOP}"
    return f"Your {SHOP} receipt", body


# The generated history ----------------------------------------------------------------------------------------------

_BANDS = (
    *(
        "The Lanterns",
        "Blue Harbour",
        "Marisol Vane",
        "Cold Kitchen",
        "Otto Brandvik Trio",
        "Paper Foxes",
        "Salt & Stone",
    ),
    *("Luna Okoro", "The Quiet Miles", "Glass Orchard", "Ferrostate", "Clara Montague", "North Pier", "Velvet Tram"),
)
_COUNTRIES = ("Norway", "Brazil", "Ireland", "Canada", "Japan", "Portugal", "Kenya", "Iceland")
_FIRST = (
    "Silver",
    "Midnight",
    "Broken",
    "Golden",
    "Paper",
    "Electric",
    "Distant",
    "Winter",
    "Burning",
    "Hollow",
    "Lost",
)
_SECOND = (
    "River",
    "Train",
    "Letters",
    "Garden",
    "Mirror",
    "Highway",
    "Summer",
    "Harbour",
    "Machine",
    "Window",
    "Birds",
)
_GENRES = ("classical", "electronic", "folk", "jazz", "pop", "rock")
_LISTS = ("Morning run", "Focus", "Road trip", "Dinner party", "Rainy day", "Workout", "Sunday")


def generate(plot: Plot) -> None:
    """Artists with albums, the user's library, likes and ratings, own and shared playlists, plays, and receipts."""
    dice = plot.dice("music")
    titles = dice.shuffle([f"{first} {second}" for first in _FIRST for second in _SECOND])
    for name in some(dice, _BANDS, 8):
        artist = plot.add("music_artists", {"name": name, "country": dice.one(_COUNTRIES)})
        if dice.chance(0.3):
            plot.add("music_follows", {"artist_id": artist})
        genre = dice.one(_GENRES)
        for _ in range(dice.integer(1, 2)):
            year = plot.now.year - dice.integer(1, 30)
            album = {"artist_id": artist, "title": titles.pop(), "year": year, "genre": genre}
            _album_songs(plot, dice, plot.add("music_albums", album), titles)
    songs = [row["id"] for row in plot.rows("music_songs")]
    for song in some(dice, songs, 16):
        plot.add("music_library", {"song_id": song, "added_at": plot.at(-dice.integer(3, 400), dice.integer(8, 22))})
    for song in some(dice, songs, 9):
        plot.add("music_likes", {"song_id": song})
    for song in some(dice, songs, 9):
        plot.add("music_ratings", {"song_id": song, "stars": dice.one((1, 2, 3, 4, 5))})
    _playlists(plot, dice, songs)
    for days in sorted((dice.integer(1, 12) for _ in range(12)), reverse=True):
        played = plot.at(-days, dice.integer(7, 22), dice.integer(0, 59))
        plot.add("music_history", {"song_id": dice.one(songs[: len(songs) // 2]), "played_at": played})
    for place, song in enumerate(some(dice, songs, dice.integer(1, 3)), 1):
        plot.add("music_queue", {"position": place, "song_id": song})
    values = {"song_id": dice.one(songs), "playing": int(dice.chance(0.5)), "volume": dice.integer(3, 12) * 5}
    plot.add("music_player", values)
    _payments(plot, dice)


def _album_songs(plot: Plot, dice: Dice, album: int, titles: list[str]) -> None:
    for track in range(1, dice.integer(3, 4) + 1):
        title = titles.pop()
        if dice.chance(0.1):  # the same song a second time, to be told apart
            title = f"{plot.rows('music_songs')[-1]['title'].removesuffix(' (live)')} (live)" if track > 1 else title
        lasts, streams = dice.integer(125, 420), dice.integer(2, 900) * 1000 + dice.integer(0, 999)
        values = {"album_id": album, "track": track, "title": title, "seconds": lasts, "streams": streams}
        plot.add("music_songs", values)


def _playlists(plot: Plot, dice: Dice, songs: list[int]) -> None:
    me = plot.me.email
    friends = [one.email for one in some(dice, plot.who("friend", "family"), 3)]
    owners = [(me, "own")] * 4 + [(friends[0], "edit"), (friends[1], "view")]
    for name, (owner, access) in zip(some(dice, _LISTS, 6), owners):
        playlist = plot.add("music_playlists", {"name": name, "owner": owner, "access": access})
        for song in some(dice, songs, dice.integer(3, 6)):
            mine = access == "own" or (access == "edit" and dice.chance(0.4))
            plot.add("music_entries", {"playlist_id": playlist, "song_id": song, "added_by": me if mine else owner})
    shared = plot.rows("music_playlists")[0]["id"]
    for address, access in zip(friends[1:], ("view", "edit")):
        plot.add("music_shares", {"playlist_id": shared, "address": address, "access": access})


def _payments(plot: Plot, dice: Dice) -> None:
    """Three months of the subscription, paid from the main account and confirmed by mail."""
    plan, last = dice.one(("duo", "family")), dice.integer(2, 20)
    for months in (2, 1, 0):
        days = -last - PERIOD * months
        at, until = plot.at(days, 6, 15), plot.day(days + PERIOD)
        record_payment(plot, SHOP, PRICES[plan], at, f"{SHOP} {plan}", "entertainment")
        record_mail(plot, (SHOP, SHOP_ADDRESS), [plot.me.email], *_receipt(plan, PRICES[plan], until), at)
    account = plot.rows("bank_accounts")[0]["id"]
    values = {"plan": plan, "account_id": account, "paid_until": plot.day(PERIOD - last), "renews": 1}
    plot.add("music_subscription", values)


APP = App(
    name="music",
    about="Songs, albums and artists, a library with likes and ratings, playlists, the player and its queue, the subscription.",
    tables=TABLES,
    generate=generate,
    reads=(
        *(
            search_songs,
            show_song,
            search_artists,
            search_albums,
            show_album,
            list_playlists,
            show_playlist,
            show_player,
        ),
        *(list_history, show_subscription),
    ),
    writes=(
        *(add_to_library, remove_from_library, set_liked, rate_song, follow_artist, create_playlist, update_playlist),
        *(delete_playlist, add_to_playlist, remove_from_playlist, share_playlist, unshare_playlist, play, set_player),
        *(next_song, enqueue, remove_from_queue, clear_queue, change_plan, set_renewal),
    ),
    needs=("contacts", "mail", "bank"),
)
