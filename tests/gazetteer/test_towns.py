"""The shipped towns and postcodes."""

import pytest

from app.gazetteer.towns import HERE, at_postcode, named
from scheduler.model.travel import Place, great_circle_km

# where the tables are read from is GeoNames; these are the town halls as OpenStreetMap has them
TOWN_HALLS = {"Beckum": (51.756, 8.041), "Hagen": (51.359, 7.476), "Mülheim an der Ruhr": (51.428, 6.883)}


@pytest.mark.parametrize(("name", "where"), TOWN_HALLS.items())
def test_a_town_is_where_its_town_hall_is(name: str, where: tuple[float, float]) -> None:
    assert min(great_circle_km(one.point, Place(*where)) for one in named(name)) < 2


@pytest.mark.parametrize("name", ["München", "Nuernberg", "Köln", "Stade", "Greifswald", "Frankfurt am Main", "Halle"])
def test_towns_have_the_names_that_people_write(name: str) -> None:
    assert named(name)


def test_a_town_with_many_postcodes_is_one() -> None:
    [town] = [one for one in named("Münster") if great_circle_km(one.point, Place(51.96, 7.63)) < 30]
    assert town.told_by.startswith("48")


def test_towns_of_one_name_are_told_apart() -> None:
    told = [one.told_by for one in named("Halle")]
    assert len(told) == len(set(told)) > 1


def test_a_postcode_has_a_place_and_nonsense_has_none() -> None:
    assert {one.name for one in at_postcode("59269")} == {"Beckum"}
    assert not at_postcode("00000")
    assert not named("Xyzstadt")
    assert not named("")


def test_the_tables_stay_small_and_say_whose_they_are() -> None:
    assert sum(path.stat().st_size for path in HERE.glob("*.csv")) < 300_000
    assert "GeoNames" in (HERE / "LICENSE").read_text(encoding="utf-8")
