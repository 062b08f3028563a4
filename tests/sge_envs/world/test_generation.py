from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from sge_envs.world.app import in_order
from sge_envs.world.money import dollars
from sge_envs.world.names import POOLS
from sge_envs.world.world import Catalogue, World, full_catalogue, generate, world_image
from tests.sge_envs.world.acting import new_world

SEEDS = range(12)
PRINT = """
import hashlib
from sge_envs.world.world import full_catalogue, generate
print(*(generate(full_catalogue(), pool, 5).digest for pool in ("train", "valid", "test")))
"""


def test_a_seed_means_the_same_world_in_every_process() -> None:
    here = [generate(full_catalogue(), pool, 5).digest for pool in ("train", "valid", "test")]
    for hash_seed in ("0", "1"):
        environment = dict(os.environ, PYTHONHASHSEED=hash_seed)
        out = subprocess.run([sys.executable, "-c", PRINT], capture_output=True, text=True, check=True, env=environment)
        assert out.stdout.split() == here


def test_other_seeds_and_pools_mean_other_worlds() -> None:
    digests = {world_image(pool, number).digest for pool in POOLS for number in range(4)}
    assert len(digests) == 12


def test_an_app_more_changes_nothing_in_the_history_of_the_others() -> None:
    apps = {app.name: app for app in full_catalogue().apps}
    few = Catalogue.of(in_order([apps["contacts"], apps["files"], apps["mail"]]))
    world, more = World(generate(few, "train", 1), few), new_world(1)
    assert world.db.rows("SELECT * FROM contacts_people") == more.db.rows("SELECT * FROM contacts_people")
    own = world.db.rows("SELECT * FROM mail_messages")
    assert own
    assert own == more.db.rows("SELECT * FROM mail_messages")[: len(own)]


def test_the_pools_share_no_name() -> None:
    for kind in ("first", "last"):
        names = [name for pool in POOLS.values() for name in getattr(pool, kind)]
        assert len(names) == len(set(names))


def test_the_people_of_different_splits_are_different() -> None:
    people = [
        {
            name
            for number in range(5)
            for name in World(world_image(pool, number)).db.column("SELECT name FROM contacts_people")
        }
        for pool in POOLS
    ]
    assert not people[0] & people[1]
    assert not people[1] & people[2]
    assert not people[0] & people[2]


@pytest.mark.parametrize("number", SEEDS)
def test_every_reference_points_at_something(number: int) -> None:
    assert new_world(number).db.rows("PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("number", SEEDS)
def test_the_history_is_past_and_orders_payments_and_mails_tell_the_same_story(number: int) -> None:
    db = new_world(number).db
    assert db.value("SELECT MAX(sent_at) FROM mail_messages") <= db.now
    assert db.value("SELECT MAX(at) FROM bank_transactions") <= db.now
    orders = db.rows(
        "SELECT o.*, t.amount_cents, t.reference, t.at FROM shop_orders o JOIN bank_transactions t ON t.id = o.transaction_id"
    )
    assert len(orders) == db.value("SELECT COUNT(*) FROM shop_orders") > 5
    for order in orders:
        lines = db.value("SELECT SUM(quantity * price_cents) FROM shop_lines WHERE order_id = ?", order["id"])
        assert order["total_cents"] == lines + (495 if lines < 5000 else 0) == -order["amount_cents"]
        assert order["reference"] == f"Order {order['id']}"
        assert order["placed_at"] == order["at"]
        mails = db.rows("SELECT * FROM mail_messages WHERE subject = ?", f"Your order {order['id']}")
        assert [mail["sent_at"] for mail in mails] == [order["placed_at"]]
        invoice = db.one("SELECT * FROM mail_attachments WHERE message_id = ?", mails[0]["id"])
        assert invoice is not None
        assert f"Total: {dollars(order['total_cents'])}" in invoice["content"]
        back = db.value("SELECT SUM(amount_cents) FROM bank_transactions WHERE refund_of = ?", order["transaction_id"])
        assert back == (order["total_cents"] if order["status"] == "cancelled" else None)
    for row in db.rows("SELECT name, content FROM files_files WHERE name LIKE 'invoice-%'"):
        assert db.column("SELECT content FROM mail_attachments WHERE name = ?", row["name"]) == [row["content"]]


@pytest.mark.parametrize("number", SEEDS)
def test_people_are_the_same_in_all_apps_and_some_look_alike(number: int) -> None:
    db = new_world(number).db
    known = set(db.column("SELECT email FROM contacts_people"))
    letters = set(db.column("SELECT sender FROM mail_messages WHERE sender_name IN (SELECT name FROM contacts_people)"))
    assert letters
    assert letters <= known
    assert set(db.column("SELECT address FROM calendar_guests")) <= known
    assert set(db.column("SELECT address FROM calendar_busy")) <= known
    names = db.column("SELECT name FROM contacts_people")
    assert len(names) > len(set(names)), "there are outdated second entries"
    firsts = [name.split()[0] for name in set(names)]
    assert len(firsts) > len(set(firsts)), "two people share a first name"
    addresses = db.column("SELECT email FROM contacts_people WHERE email != ''")
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize("number", SEEDS)
def test_a_world_has_the_variety_that_tasks_need(number: int) -> None:
    db = new_world(number).db
    for sql, least in (
        ("SELECT COUNT(*) FROM contacts_people", 26),
        ("SELECT COUNT(*) FROM mail_messages", 90),
        ("SELECT COUNT(*) FROM mail_messages WHERE unread", 3),
        ("SELECT COUNT(*) FROM calendar_events", 50),
        ("SELECT COUNT(*) FROM calendar_events WHERE my_answer = 'none'", 5),
        ("SELECT COUNT(*) FROM shop_products", 30),
        ("SELECT COUNT(*) FROM shop_orders WHERE status = 'delivered'", 3),
        ("SELECT COUNT(*) FROM bank_transactions", 90),
        ("SELECT COUNT(*) FROM files_files", 20),
        ("SELECT COUNT(*) FROM notes_notes", 15),
    ):
        assert db.value(sql) >= least, sql


def test_balances_stay_above_the_overdraft() -> None:
    for number in range(40):
        for row in new_world(number).db.rows("SELECT * FROM bank_accounts"):
            assert row["balance_cents"] > 50_000, (number, row)


def test_images_are_small() -> None:
    assert len(world_image("train", 3).data) < 600_000
    assert hashlib.blake2b(world_image("train", 3).data, digest_size=8).hexdigest() == world_image("train", 3).digest
