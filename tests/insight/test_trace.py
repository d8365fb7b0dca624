"""What happened to an appointment can be told without a debugger, and without anybody's data."""

from datetime import timedelta

from notifications.transports import TransportError
from tests.world import World


def test_a_trace_tells_every_step_in_order_and_names_nobody(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.mediator("Berat", "kmr")
    world.ways.sms.fail(TransportError("unknown", "timeout", "no answer"))
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    [first] = sorted(world.asked(appointment))[:1]
    world.write(first, "nein")
    [second] = world.asked(appointment) - {first}
    world.write(second, f"JA {world.messages(kind='offer')[-1].offer_id}")
    world.work(seconds=11)

    told = world.app.test_cli_runner().invoke(args=["trace", str(appointment)])
    assert told.exit_code == 0
    said = [line for line in told.output.splitlines() if "Z  " in line]
    steps = [
        next(number for number, line in enumerate(said) if words in line)
        for words in ("requested by account", "wave_sent by service", "declined by mediator", "accepted by mediator")
    ]
    assert steps == sorted(steps)
    assert any("1 unknown outcomes" in line for line in said)
    assert any("message" in line and "confirmation" in line and "handed over" in line for line in said)
    assert "stands: filled" in said[-1]
    for personal in ("Amira", "Berat", "+49171", "/o/", "mail.example"):
        assert not any(personal in line for line in said)


def test_an_unknown_number_is_said_plainly(sqlite_world: World) -> None:
    told = sqlite_world.app.test_cli_runner().invoke(args=["trace", "4711"])
    assert told.exit_code == 1
    assert "no appointment 4711" in told.output
