"""/plan, /messages, /coverage, /statistics and /languages: what the service did and what it knows."""

from datetime import timedelta

import icalendar
import pytest
from sqlalchemy import select

from app.api.figures_shape import CoverageOut, RecruitingOut, StatisticsOut
from app.api.languages import LanguageOut
from app.api.messages import MessageOut
from app.api.plans import PlanOut
from app.models import AppointmentStatus, ForecastRun
from tests.api.client import Caller, assert_problem
from tests.world import World


def test_a_plan_is_queued_run_and_shown(town: World, coordinator: Caller) -> None:
    assert_problem(coordinator.get("/plan"), 404)
    queued = coordinator.made("/plan", status=202)
    assert queued["status"] == "queued"
    assert coordinator.made("/plan", {}, status=202)["id"] == queued["id"]

    town.work()

    done = coordinator.item("/plan")
    assert (done["id"], done["status"], done["uncovered"]) == (queued["id"], "done", [])
    assert PlanOut().validate(done) == {}


def test_the_plan_says_what_it_covers_and_why_the_rest_stays_open(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr")
    town.mediator("Berat", "tir", availability=())
    town.appointment("kmr")
    open_one = town.appointment("tir")
    town.work()
    coordinator.made("/plan", status=202)
    town.work()

    run = coordinator.item("/plan")

    assert run["covered"] == 1
    assert run["objective"] <= run["bound"]
    [uncovered] = run["uncovered"]
    assert uncovered["appointment"] == open_one
    assert uncovered["reasons"] == {"unavailable": 1}
    assert "Tigrinya" in uncovered["explanation"]
    assert PlanOut().validate(run) == {}


def test_a_plan_takes_no_arguments(coordinator: Caller) -> None:
    assert_problem(coordinator.post("/plan", {"seconds": 5}), 422, "seconds")
    assert_problem(coordinator.get("/plan?page=2"), 422, "page")


def test_messages_show_what_was_said_but_neither_link_nor_whole_recipient(town: World, coordinator: Caller) -> None:
    amira = town.mediator("Amira", "kmr", phone="+4915112345678", email="amira@mail.example")
    appointment = town.appointment("kmr")
    town.work()

    [sms] = coordinator.items("/messages")

    assert sms["channel"] == "sms"
    assert sms["kind"] == "offer"
    assert sms["mediator"] == {"id": amira, "name": "Amira"}
    assert sms["appointment"] == appointment
    assert "Kurmandschi" in sms["body"]
    assert "…" in sms["body"]
    assert "<link" not in sms["body"]
    link = town.link(appointment, amira)
    assert link.removeprefix("/o/") not in sms["body"]
    assert "1234567" not in sms["recipient"]
    assert sms["recipient"].startswith("+49")
    assert MessageOut().validate(sms) == {}


def test_the_invite_can_be_read_from_the_messages(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr", email="amira@mail.example")
    appointment = town.appointment("kmr")
    town.work()
    [offer] = coordinator.items(f"/appointments/{appointment}/offers")
    coordinator.made(f"/offers/{offer['id']}/answer", {"answer": "accept"}, status=200)
    town.work(seconds=11)

    mails = [one for one in coordinator.items("/messages?channel=email&kind=confirmation") if one["calendar"]]

    assert mails
    for mail in mails:
        assert "@" in mail["recipient"]
        assert not mail["recipient"].startswith("amira")
        [event] = icalendar.Calendar.from_ical(mail["calendar"]).walk("VEVENT")
        assert event.decoded("DTSTART") == town.now.replace(second=0) + timedelta(days=1, hours=3)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 1),
        ("status=sent", 1),
        ("status=queued", 0),
        ("channel=email", 0),
        ("kind=offer", 1),
        ("appointment=4711", 0),
    ],
)
def test_messages_are_filtered(town: World, coordinator: Caller, query: str, count: int) -> None:
    town.mediator("Amira", "kmr")
    town.appointment("kmr")
    town.work()
    assert coordinator.item(f"/messages?{query}")["total"] == count


@pytest.mark.parametrize("query", ["status=lost", "channel=fax", "appointment=x", "mediator=-1", "recipient=1"])
def test_a_filter_of_messages_that_does_not_fit_is_refused(coordinator: Caller, query: str) -> None:
    assert_problem(coordinator.get(f"/messages?{query}"), 422, query.partition("=")[0])


def test_coverage_names_the_gap(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr", availability=((0, 8 * 60, 12 * 60),))
    town.appointment("kmr")  # a Tuesday, 10:00

    assert coordinator.item("/coverage")["as_of"] is None
    town.foresee()

    found = coordinator.item("/coverage")

    slot = {"weekday": "tue", "from": "10:00", "to": "12:00"}
    [gap] = found["gaps"]
    effects = gap.pop("effects")
    assert gap == {"language": "kmr", "unfilled": 1.0, "appointments": []} | slot
    assert {one["change"] for one in effects} == {"one_more", "by_phone", "earlier", "later"}
    left = [one["unfilled"] for one in effects]
    assert left == sorted(left)
    assert all(0 <= one <= 1 for one in left)
    gap["effects"] = effects
    assert found["not_applied"] == []
    assert found["languages"] == [
        {
            "language": "kmr", "requests": 1.0, "unfilled": 1.0, "unfilled_range": [1, 1], "filled_share": 0.0,
            "slots": [{"requests": 1.0, "unfilled": 1.0, "free": 0.0} | slot],
        }
    ]  # fmt: skip
    assert (found["from"], found["to"]) == ("2026-11-23", "2026-12-20")
    assert CoverageOut().validate(found) == {}


def test_coverage_is_narrowed_as_on_the_page(town: World, coordinator: Caller) -> None:
    town.appointment("kmr", topic="school")
    town.appointment("kmr", mode="phone", topic="medical")
    town.appointment("tir", mode="phone", topic="medical")
    town.foresee()
    assert coordinator.item("/coverage")["total"]["unfilled"] == 3.0
    numbers = {
        query: coordinator.item(f"/coverage?{query}")["total"]["unfilled"]
        for query in ("mode=phone", "mode=on_site", "topic=school", "district=Innenstadt", "language=kmr", "gender=f")
    }
    assert numbers == {
        "mode=phone": 2.0, "mode=on_site": 1.0, "topic=school": 1.0, "district=Innenstadt": 1.0, "language=kmr": 2.0,
        "gender=f": 0.0,
    }  # fmt: skip
    found = coordinator.item("/coverage?mode=phone&topic=medical&language=tir")
    assert [row["language"] for row in found["languages"]] == ["tir"]
    assert found["total"] == {"requests": 1.0, "unfilled": 1.0, "unfilled_range": [1, 1], "filled_share": 0.0}
    assert CoverageOut().validate(found) == {}
    with town.change() as session:
        run = session.scalars(select(ForecastRun)).one()
        run.result = (run.result or {}) | {"outcomes": None}
    older = coordinator.item("/coverage?mode=phone&language=tir")
    assert (older["not_applied"], older["total"]["unfilled"]) == (["mode"], 1.0)


@pytest.mark.parametrize("path", ["/coverage", "/recruiting"])
@pytest.mark.parametrize("query", ["language=xx", "mode=fax", "gender=x"])
def test_a_filter_that_there_is_not_is_refused(coordinator: Caller, path: str, query: str) -> None:
    assert_problem(coordinator.get(f"{path}?{query}"), 422, query.partition("=")[0])


def test_coverage_of_a_period_that_is_over_is_what_was(town: World, coordinator: Caller) -> None:
    town.past("kmr", town.now - timedelta(days=6, hours=-3))
    town.past("kmr", town.now - timedelta(days=6, hours=-3), AppointmentStatus.UNFILLED)
    assert coordinator.item("/coverage?from=2026-11-16&to=2026-11-22&mode=video")["languages"] == []
    found = coordinator.item("/coverage?from=2026-11-16&to=2026-11-22&mode=phone")
    [row] = found["languages"]
    assert (row["requests"], row["unfilled"], row["unfilled_range"], row["filled_share"]) == (2.0, 1.0, None, 0.5)
    assert (found["from"], found["to"]) == ("2026-11-16", "2026-11-22")
    assert CoverageOut().validate(found) == {}


def test_recruiting_names_whom_to_look_for_and_who_must_not_leave(town: World, coordinator: Caller) -> None:
    assert coordinator.item("/recruiting") == {"as_of": None, "advice": [], "indispensable": []}
    amira = town.mediator("Amira", "kmr")
    for days in range(1, 4):
        town.appointment("tir", town.now + timedelta(days=7 * days, hours=3))
        town.appointment("kmr", town.now + timedelta(days=7 * days, hours=3))
    town.foresee(100)
    found = coordinator.item("/recruiting")
    first = found["advice"][0]
    assert (first["language"], first["weekdays"], first["gender"]) == ("tir", ["mon"], None)
    assert (first["mode"], first["district"]) == ("on_site", "Innenstadt")
    assert first["from"] <= "10:00" < first["to"]
    assert coordinator.item("/recruiting?language=tir&mode=on_site")["advice"][0] == first
    assert coordinator.item("/recruiting?language=tir")["indispensable"] == []
    assert coordinator.item("/recruiting?language=tir&mode=phone")["advice"] == []
    assert first["filled_more_per_year"] > 13 / 10
    [rare] = found["indispensable"]
    assert (rare["mediator"], rare["language"]) == ({"id": amira, "name": "Amira"}, "kmr")
    assert rare["unfilled_more_per_year"] > 13 / 10
    assert RecruitingOut().validate(found) == {}


def test_statistics_count_what_became_of_the_requests(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr")
    town.appointment("kmr")
    town.appointment("tir")
    coordinator.delete(f"/appointments/{town.appointment('som')}")
    town.work()
    [offer] = coordinator.items("/appointments?language=kmr")[0]["offers"]
    coordinator.made(f"/offers/{offer['id']}/answer", {"answer": "accept"}, status=200)

    total = coordinator.item("/statistics?from=2026-11-01&to=2026-11-30")["total"]
    assert (total["requested"], total["filled"], total["unfilled"], total["cancelled"]) == (3, 1, 0, 1)
    town.work(days=2)
    found = coordinator.item("/statistics?from=2026-11-01&to=2026-11-30")

    total = found["total"]
    assert (total["requested"], total["filled"], total["unfilled"], total["cancelled"]) == (3, 1, 1, 1)
    assert total["fill_rate"] == 0.5
    assert [one["month"] for one in found["months"]] == ["2026-11"]
    assert {one["language"] for one in found["languages"]} == {"kmr", "tir", "som"}
    assert StatisticsOut().validate(found) == {}


@pytest.mark.parametrize("path", ["/coverage", "/statistics"])
def test_a_period_has_a_usual_length_and_must_make_sense(coordinator: Caller, path: str) -> None:
    usual = coordinator.item(path)
    assert usual["from"] < usual["to"]
    assert coordinator.item(f"{path}?from={usual['from']}")["to"] == usual["to"]
    assert coordinator.item(f"{path}?to={usual['to']}")["from"] == usual["from"]
    for query, named in (
        ("from=2026-12-01&to=2026-11-01", "to"),
        ("from=2020-01-01&to=2026-11-01", "to"),
        ("from=0001-01-01", "from"),
        ("to=9999-12-31", "to"),
        ("from=2026-02-30", "from"),
        ("from=2026-11-01T10:00:00Z", "from"),
        ("page=1", "page"),
    ):
        assert_problem(coordinator.get(f"{path}?{query}"), 422, named)


def test_languages_are_listed_and_found_by_any_of_their_names(staff: Caller) -> None:
    listed = staff.item("/languages?per_page=200")
    assert listed["total"] == len(listed["items"]) > 50
    assert all(LanguageOut().validate(one) == {} for one in listed["items"])
    assert staff.items("/languages?q=kurmanci")[0]["code"] == "kmr"
    assert staff.items("/languages?q=xyzzy") == []
