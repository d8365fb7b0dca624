"""Where people live and appointments take place, and who asks: districts, organisations, accounts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from app.demo.data import rows, settings
from app.models import Account, Organisation, Pool, Role, Site


@dataclass(frozen=True)
class Office:
    """An organisation with its site and the one who asks there; `topic` and `weight` say what for and how often."""

    organisation: Organisation
    site: Site
    account: Account
    topic: str
    weight: int


def offices(session: Session, now: datetime, pool: Pool, town: str, postcode: str, password_hash: str) -> list[Office]:
    """The organisations of a pool, each with a site and an account of role staff."""
    built = []
    for row in rows("organisations", pool.key):
        email = f"{row['slug']}@{pool.key}.example"
        organisation = Organisation(name=row["name"], email=email)
        organisation.sites = [
            Site(
                name=row["site"],
                street=row["street"],
                postcode=postcode,
                town=town,
                district=row["district"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
            )
        ]
        session.add(organisation)
        session.flush()
        account = _account(now, Role.STAFF, email, row["contact"], password_hash)
        account.organisation_id = organisation.id
        session.add(account)
        built.append(Office(organisation, organisation.sites[0], account, row["topic"], int(row["weight"])))
    session.flush()
    return built


def leaders(session: Session, now: datetime, pool: Pool, password_hash: str) -> Account:
    """The accounts of coordinator and admin; gives the coordinator's."""
    words = settings("demand")["words"]
    coordinator = _account(
        now, Role.COORDINATOR, f"coordinator@{pool.key}.example", words["coordinator"], password_hash
    )
    admin = _account(now, Role.ADMIN, f"admin@{pool.key}.example", words["admin"], password_hash)
    session.add_all([coordinator, admin])
    session.flush()
    return coordinator


def home(rng: Random, pool: Pool) -> tuple[str, tuple[float, float]]:
    """A district and a point within some hundred metres of its centre."""
    districts = rows("districts", pool.key)
    district = rng.choices(districts, [float(one["weight"]) for one in districts])[0]
    lat = float(district["lat"]) + rng.uniform(-0.007, 0.007)
    lon = float(district["lon"]) + rng.uniform(-0.011, 0.011)
    return district["district"], (round(lat, 4), round(lon, 4))


def _account(now: datetime, role: Role, email: str, name: str, password_hash: str) -> Account:
    return Account(email=email, name=name, role=role, password_hash=password_hash, created_at=now - timedelta(days=400))
