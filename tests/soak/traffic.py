"""A busy minute in some towns: what people do to the service, request by request, at a steady rate."""

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Link, LinkKind, languages
from app.web.form_token import form_token
from tests.soak.phones import post, sms_in
from tests.soak.service import DIRECT
from tests.soak.town import number_of, people, questions
from tests.world import TOWN_HALL, World

Step = Callable[[str], int]
# Those who were asked before speak a language each, so that their answers are all that happens to these questions;
# those who interpret Arabic are asked what is requested meanwhile.
ARABIC = "ara"
LANGUAGES = tuple(language.code for language in languages.languages() if language.code != ARABIC)[:40]
ASKED_MEANWHILE = 40
MIX = (
    ("sms unclear", 25),
    ("sms no", 10),
    ("sms yes", 20),
    ("link yes", 15),
    ("link no", 5),
    ("link look", 20),
    ("api request", 5),
)
CLIENTS = 24


class Town:
    """One pool with its people, the questions that are out, and a coordinator's token."""

    def __init__(self, world: World, number: int, questions: int) -> None:
        self.world = world
        self._first = number * 1000
        self.people = [
            people(world, 1, language, first=self._first + index)[0] for index, language in enumerate(LANGUAGES)
        ]
        people(world, ASKED_MEANWHILE, ARABIC, first=self._first + len(LANGUAGES))
        self.token = world.token()
        self._sid = iter(range(number * 10_000_000, (number + 1) * 10_000_000))
        with world.change() as session:
            self.questions = [self._question(session, number) for number in range(questions)]

    def _question(self, session: Session, number: int) -> tuple[int, int, str, str]:
        person = number % len(LANGUAGES)
        starts = self.world.now + timedelta(days=2 + number // len(LANGUAGES), minutes=7 * person)
        asked, _ = questions(session, self.world, [self.people[person]], starts, LANGUAGES[person])
        [(offer, path)] = asked
        link = session.execute(select(Link).where(Link.offer_id == offer, Link.kind == LinkKind.OFFER)).scalar_one()
        with self.world.app.app_context():
            return person, offer, path, form_token(link.id)

    def step(self, kind: str, dice: random.Random) -> Step:
        """One thing somebody does, as a function of the service's address that gives the status."""
        if kind == "api request":
            return self._request(self.world.now + timedelta(days=2, minutes=5 * dice.randrange(2000)))
        if kind == "sms unclear":
            return self._sms(dice.randrange(len(LANGUAGES)), "Um wie viel Uhr?")
        if kind == "link look":
            path = dice.choice(self.questions)[2]
            return lambda base: look(base + path)
        person, offer, path, token = self.questions.pop()
        if kind.startswith("sms"):
            return self._sms(person, f"{'JA' if kind == 'sms yes' else 'NEIN'} {offer}")
        form = {"answer": "accept" if kind == "link yes" else "decline", "csrf_token": token}
        return lambda base: post(base + path, form, {})

    def _sms(self, person: int, text: str) -> Step:
        sid = f"SM{next(self._sid):032x}"
        return lambda base: sms_in(base, number_of(self._first + person), text, sid)

    def _request(self, starts: datetime) -> Step:
        place = {"name": TOWN_HALL.name, "lat": TOWN_HALL.lat, "lon": TOWN_HALL.lon}
        body = {"language": ARABIC, "starts_at": starts.isoformat(), "duration_minutes": 60, "site": place}
        return lambda base: post_json(f"{base}/api/v1/appointments", body, self.token)


def steps(towns: list[Town], count: int) -> list[tuple[str, Step]]:
    """So many things that happen, in a mix that the same seed gives again."""
    dice = random.Random(20261122)
    kinds = dice.choices([kind for kind, _ in MIX], [weight for _, weight in MIX], k=count)
    return [(kind, towns[number % len(towns)].step(kind, dice)) for number, kind in enumerate(kinds)]


def drive(base: str, wanted: list[tuple[str, Step]], rate: float) -> Counter[tuple[str, int]]:
    """Let them happen, `rate` a second, whether the service keeps up or not; counts kinds with their statuses."""
    seen: Counter[tuple[str, int]] = Counter()
    lock, clock = threading.Lock(), threading.Event()
    began = time.monotonic()

    def take(number: int, kind: str, step: Step) -> None:
        clock.wait(max(0.0, began + number / rate - time.monotonic()))
        status = step(base)
        with lock:
            seen[kind, status] += 1

    with ThreadPoolExecutor(CLIENTS) as clients:
        for number, (kind, step) in enumerate(wanted):
            clients.submit(take, number, kind, step)
    return seen


def look(url: str) -> int:
    """Open a page; gives the status, 0 where nobody answered."""
    return _status(urllib.request.Request(url))  # noqa: S310 - our own address


def post_json(url: str, body: object, token: str) -> int:
    """Send JSON; gives the status."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return _status(urllib.request.Request(url, json.dumps(body).encode(), headers))  # noqa: S310


def _status(request: urllib.request.Request) -> int:
    try:
        with DIRECT.open(request, timeout=30) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0
