"""Whom e-mails come from, whatever a pool is called."""

import pytest

from tests.world import World


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["Sprachmittlerpool, Kreis Gütersloh <Nord>", 'Pool "Mühle" \\', "ß" * 120])
def test_a_pool_of_any_name_and_a_long_address_is_named_as_it_is(world: World, name: str) -> None:
    address = f"{'p' * 60}@{'d' * 60}.{'e' * 60}.{'f' * 60}.example"
    world.set_pool(name=name, email=address)
    world.cancel(world.appointment("kmr"))
    world.work()
    sent = world.ways.mail.sent[-1]
    assert (sent.sender, sent.sender_name, sent.reply_to) == (address, name, address)


def test_times_are_told_by_the_pools_own_clock(sqlite_world: World) -> None:
    sqlite_world.set_pool(timezone="Europe/Lisbon")
    sqlite_world.mediator("Amira", "kmr")
    sqlite_world.appointment("kmr")
    sqlite_world.work()
    assert "09:00" in sqlite_world.texts_to("Amira")[0]
