"""Addresses instead of coordinates, on the forms for people, sites and appointments."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.models import Appointment, Mediator, Role, Site
from app.models.appointment import AppointmentStatus
from tests.gazetteer.town import fill
from tests.web.forms import mediator_form, send, words_of
from tests.web.test_staff import send as ask
from tests.world import World

Browser = Callable[..., FlaskClient]
SOUTH = (51.752077, 8.039527)
SITE = {"name": "Haupthaus", "street": "Südstr. 4", "postcode": "59269", "town": "Beckum", "lat": "", "lon": ""}
NEW_SITE = "/settings/organisations/1/sites/new"


@pytest.fixture
def surveyed(town: World) -> World:
    """The small pool, with the houses of its town."""
    fill(town)
    return town


def person(**changes: str) -> dict[str, object]:
    """A mediator as a coordinator types them in, without coordinates."""
    return mediator_form(home_lat="", home_lon="", home_district="", **changes)


def home(town: World) -> tuple[float | None, float | None]:
    with town.change() as session:
        [one] = session.scalars(select(Mediator))
        return one.home_lat, one.home_lon


def places(page: str, name: str) -> dict[str, str]:
    """Value -> words of what can be chosen."""
    found = re.findall(rf'name="{name}"[^>]*value="([^"]*)"[^>]*>\s*<label[^>]*>([^<]*)', page)
    return dict(found)


def test_a_person_is_put_where_their_address_is_and_the_page_says_how_exactly(
    surveyed: World, browser: Browser
) -> None:
    client = browser(Role.COORDINATOR)
    answer = send(client, "/mediators/new", person(home_address="Südstraße 4, 59269 Beckum"))
    assert answer.status_code == 303
    assert home(surveyed) == pytest.approx(SOUTH, abs=1e-5)
    page = words_of(client.get(answer.location).text)
    assert "Gefunden: Südstraße 4, Beckum, genau dieses Haus, 0,4 km von der Ortsmitte Beckum." in page
    assert "Eingetragen: 0,4 km von der Ortsmitte Beckum." in page


def test_of_a_person_the_address_itself_is_nowhere_kept(surveyed: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    path = send(client, "/mediators/new", person(home_address="Südstr. 12, Beckum")).location
    client.get(path)  # where it is told once
    assert "12, Beckum" not in client.get(path).text


def test_an_address_that_nobody_knows_is_refused_at_its_field_and_stays_typed(
    surveyed: World, browser: Browser
) -> None:
    answer = send(browser(Role.COORDINATOR), "/mediators/new", person(home_address="Am Mond 3, Xyzstadt"))
    assert answer.status_code == 422
    assert 'href="#home_address"' in answer.text
    assert "Richtig wäre zum Beispiel „Südstraße 4, 59269 Beckum“" in answer.text
    assert 'value="Am Mond 3, Xyzstadt"' in answer.text
    assert 'id="part-home" open' in answer.text


def test_several_places_are_asked_about_and_the_chosen_one_is_taken(surveyed: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    typed = person(home_address="Sühdstr. 4")
    asked = send(client, "/mediators/new", typed)
    assert asked.status_code == 422
    assert "Diese Straße kennen wir in Beckum nicht." in asked.text
    offered = places(asked.text, "home_spot")
    [(chosen, words), *_others] = offered.items()
    assert words.startswith("Südstraße 4, Beckum, genau dieses Haus")
    assert "checked" not in asked.text[asked.text.index('id="home_spot"') : asked.text.index('id="home_district"')]
    assert send(client, "/mediators/new", typed | {"home_spot": "51.00000,8.00000"}).status_code == 422
    assert send(client, "/mediators/new", typed | {"home_spot": chosen}).status_code == 303
    assert home(surveyed) == pytest.approx(SOUTH, abs=1e-5)


def test_a_district_alone_is_enough_and_one_that_nobody_knows_is_no_error(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    path = send(client, "/mediators/new", person() | {"home_district": "Innenstadt"}).location
    assert home(town) == pytest.approx((51.756, 8.041))
    shown = mediator_form(home_lat="51.756", home_lon="8.041", home_district="Ennigerloh")
    assert send(client, path, shown).status_code == 303
    # who was put in the middle of a district moves with it
    assert home(town)[0] == pytest.approx(51.838, abs=0.01)
    unknown = mediator_form(home_lat="", home_lon="", home_district="Hinterm Mond")
    assert send(client, path, unknown).status_code == 303
    assert home(town) == (None, None)


def test_coordinates_by_hand_are_taken_as_they_are(surveyed: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    assert send(client, "/mediators/new", mediator_form()).status_code == 303
    assert home(surveyed) == (51.75, 8.04)


def test_a_site_is_where_its_address_is(surveyed: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    answer = send(client, NEW_SITE, SITE)
    assert answer.status_code == 303
    site = the_site(surveyed)
    assert (site.lat, site.lon) == pytest.approx(SOUTH, abs=1e-5)
    assert "genau dieses Haus" in client.get(answer.location).text
    page = client.get(f"/settings/organisations/1/sites/{site.id}").text
    assert "Der Ort liegt 0,4 km von der Ortsmitte Beckum." in words_of(page)


def the_site(town: World) -> Site:
    with town.change() as session:
        found = session.scalars(select(Site).where(Site.name == "Haupthaus")).one()
        session.expunge(found)
        return found


def test_a_site_moves_with_its_address_and_not_without(surveyed: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    send(client, NEW_SITE, SITE)
    site = the_site(surveyed)
    page = f"/settings/organisations/1/sites/{site.id}"
    shown = SITE | {"lat": str(site.lat), "lon": str(site.lon)}
    assert send(client, page, shown | {"lat": "51,7", "lon": "8,1"}).status_code == 303
    assert (the_site(surveyed).lat, the_site(surveyed).lon) == (51.7, 8.1)
    by_hand = shown | {"lat": "51.7", "lon": "8.1"}
    assert send(client, page, by_hand | {"district": ""}).status_code == 303
    assert the_site(surveyed).lat == 51.7
    assert send(client, page, by_hand | {"street": "Südstr. 12"}).status_code == 303
    assert the_site(surveyed).lat == pytest.approx(51.7516, abs=1e-3)


def test_a_site_whose_new_street_nobody_knows_may_stay_where_it_is(surveyed: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    send(client, NEW_SITE, SITE)
    before = the_site(surveyed)
    page = f"/settings/organisations/1/sites/{before.id}"
    moved = SITE | {"lat": str(before.lat), "lon": str(before.lon), "street": "Zum Neubau 1"}
    asked = send(client, page, moved)
    assert asked.status_code == 422
    assert 'value="Zum Neubau 1"' in asked.text
    assert "stays" in places(asked.text, "spot")
    assert send(client, page, moved | {"spot": "stays"}).status_code == 303
    assert (the_site(surveyed).lat, the_site(surveyed).street) == (before.lat, "Zum Neubau 1")


def test_a_site_without_any_address_is_asked_for_one(town: World, browser: Browser) -> None:
    answer = send(browser(Role.COORDINATOR), NEW_SITE, {"name": "Haupthaus"})
    assert answer.status_code == 422
    assert 'href="#street"' in answer.text


def test_what_is_too_long_of_a_sites_address_is_said_at_its_field(town: World, browser: Browser) -> None:
    answer = send(browser(Role.COORDINATOR), NEW_SITE, SITE | {"town": "x" * 300})
    assert answer.status_code == 422
    assert 'href="#town"' in answer.text
    assert "mit 300 Zeichen zu lang" in answer.text
    assert 'href="#street"' not in answer.text


def test_a_street_that_nobody_took_in_counts_as_its_town_and_that_is_said(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    page = client.get(send(client, NEW_SITE, SITE).location).text
    assert "Diese Straße ist uns nicht bekannt. Für die Fahrzeit gilt: 59269 Beckum" in page


def elsewhere(town: World) -> Appointment:
    with town.change() as session:
        found = session.scalars(select(Appointment).order_by(Appointment.id.desc()).limit(1)).one()
        session.expunge(found)
        return found


@pytest.mark.parametrize(
    ("address", "name", "place", "told"),
    [
        ("Südstr. 4", "Kita Sonnenschein", "Kita Sonnenschein", "Südstraße 4, Beckum"),
        ("Südstr. 4", "", "Südstraße 4, Beckum", ""),
        ("Südstr. 4, 59269 Beckum", "", "Südstr. 4, 59269 Beckum", ""),
        ("Südstr. 99", "", "Südstr. 99, Beckum", ""),
    ],
)
def test_an_appointment_may_be_at_any_address(
    surveyed: World, browser: Browser, address: str, name: str, place: str, told: str
) -> None:
    client = browser()
    answer = ask(client, place="elsewhere", elsewhere=address, elsewhere_name=name)
    assert answer.status_code == 303
    made = elsewhere(surveyed)
    assert (made.mode, made.place_name, made.place_address, made.site_id) == ("on_site", place, told, None)
    assert (made.place_lat, made.place_lon) == pytest.approx(SOUTH, abs=1e-3)
    # all that an SMS says of it
    assert made.place_district == "Beckum"
    assert "Gefunden: Südstraße" in client.get(answer.location).text


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "Bitte tragen Sie die Adresse ein."),
        ("Xyzstadt", "Diese Adresse finden wir nicht"),
        ("Sühdstr. 4", "Südstraße 4"),
    ],
)
def test_an_appointment_whose_address_is_not_found_is_not_asked_for(
    surveyed: World, browser: Browser, address: str, said: str
) -> None:
    answer = ask(browser(), place="elsewhere", elsewhere=address)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'href="#elsewhere"' in answer.text
    assert f'value="{address}"' in answer.text
    with surveyed.change() as session:
        assert not session.scalars(select(Appointment)).all()


@pytest.mark.parametrize(
    ("address", "name", "field"),
    [
        ("Südstr. 4, 59269 Beckum, " + "x" * 110, "", "elsewhere"),
        ("Südstr. 4", "x" * 121, "elsewhere_name"),
    ],
)
def test_what_is_too_long_of_a_place_elsewhere_is_said_where_it_was_typed(
    surveyed: World, browser: Browser, address: str, name: str, field: str
) -> None:
    answer = ask(browser(), place="elsewhere", elsewhere=address, elsewhere_name=name)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "zu lang" in answer.text


def test_an_address_that_is_not_asked_for_is_not_looked_at(surveyed: World, browser: Browser) -> None:
    assert ask(browser(), place="phone", elsewhere="Xyzstadt").status_code == 303
    assert elsewhere(surveyed).place_lat is None


def test_an_appointment_is_moved_to_another_address(surveyed: World, browser: Browser) -> None:
    client = browser()
    page = ask(client).location
    moved = ask(client, f"{page}/edit", place="elsewhere", elsewhere="Neue Str. 7")
    assert moved.status_code == 303
    changed = elsewhere(surveyed)
    assert (changed.place_name, changed.site_id) == ("Neue Straße 7, Beckum", None)
    assert changed.status in {AppointmentStatus.OPEN, AppointmentStatus.OFFERING}
    # and stays there, whatever else is changed
    assert ask(client, f"{page}/edit", place="as_is", note="Eingang im Hof").status_code == 303
    assert elsewhere(surveyed).place_name == "Neue Straße 7, Beckum"


def check(client: FlaskClient, **typed: str) -> str:
    return words_of(send(client, "/appointments/new", typed, "/addresses/check").text)


def test_while_it_is_typed_the_page_says_what_an_address_means(surveyed: World, browser: Browser) -> None:
    client = browser()
    assert check(client) == ""
    assert check(client, elsewhere="Südstr. 4").startswith("Gefunden: Südstraße 4, Beckum, genau dieses Haus, 0,4 km")
    assert check(client, street="Südstr. 4", town="Ahlen").startswith("Gefunden: Südstraße 4, Ahlen")
    assert check(client, home_address="Am Mond 1, Xyzstadt").startswith("Diese Adresse finden wir nicht.")
    assert "Das kann mehrere Orte meinen: Neuenkirchen (48485); " in check(client, elsewhere="Neuenkirchen")
    assert check(client, elsewhere="Hof 1, Ahlen (<b>)").startswith(
        "Diese Straße kennen wir in Ahlen (&lt;b&gt;) nicht."
    )


def test_what_nobody_knows_of_an_address_is_said_and_who_types_is_sent_to_no_field_they_do_not_have(
    surveyed: World, browser: Browser
) -> None:
    client = browser()
    missed = check(client, elsewhere="Mondschule, Beckum")
    assert missed == "„Mondschule“ ist uns nicht bekannt. Für die Fahrzeit gilt: Beckum, Ortsmitte."
    for whole in ("Beckum, NRW", "Innenstadt, Beckum", "59269 Beckum", "Südstraße"):
        assert check(client, elsewhere=whole).startswith("Gefunden: ")
    street = check(client, elsewhere="Sühdstr. 4")
    assert street.startswith("Diese Straße kennen wir in Beckum nicht.")
    assert "Koordinaten" not in street


def test_guests_are_told_of_no_address(town: World) -> None:
    guest = town.app.test_client()
    answer = send(guest, "/login", {"elsewhere": "Innenstadt"}, "/addresses/check")
    assert (answer.status_code, answer.text) == (204, "")
