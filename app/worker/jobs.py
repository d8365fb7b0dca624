"""One table: what runs when. Every job is a sweep over due rows, so a run too many or too few does no harm.

Nothing here holds state: kill the process at any moment, and the next sweep of any worker finds what is due.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.journey import (
    asking_afterwards,
    begins_soon,
    closing,
    guests,
    leading,
    offering,
    reconfirming,
    replying,
    requesting_at_door,
    running_out,
    undelivered,
)
from app.journey.replying import Inbound
from app.journey.telling import delivery_health
from app.journey.timing import learning
from app.models import Channel, Heartbeat
from app.outbox import delivery, queue, receipts, reconciliation
from app.registry import application_decisions
from app.transaction import in_transaction
from app.wakeups import Work
from app.worker.forecasting import forecast
from app.worker.importing import take_in_tables
from app.worker.placing import place
from app.worker.planning import plan, wish_for_plans
from app.worker.tools import Worker, each
from app.worker.what_if import answer_what_ifs
from notifications.transports.base import TransportError

log = structlog.get_logger()

# How far back to look for replies whose webhook never came.
REPLIES_SINCE = timedelta(hours=12)
REMEMBERED = timedelta(days=1)


def close_questions(worker: Worker) -> int:
    """End questions that are overdue or undeliverable and ask the next."""
    with worker.every_pool() as session:
        due = {*offering.overdue(session, worker.clock()), *offering.unreachable(session)}
    return each(worker, sorted(due), offering.close)


def open_waves(worker: Worker) -> int:
    """Ask the next wave where it is due."""
    with worker.every_pool() as session:
        due = offering.due_again(session, worker.clock())
    return each(worker, due, offering.look_again)


def bring_guests_in_line(worker: Worker) -> int:
    """Let what neighbours were asked for follow what has become of it with them."""
    with worker.every_pool() as session:
        due = guests.due(session, worker.clock())
    return each(worker, due, guests.bring_in_line)


def close_appointments(worker: Worker) -> int:
    """End appointments that are over."""
    with worker.every_pool() as session:
        past = closing.past(session, worker.clock())
    return each(worker, past, closing.close)


def ask_afterwards(worker: Worker) -> int:
    """Ask whoever requested what is over how it was."""
    with worker.every_pool() as session:
        due = asking_afterwards.due(session, worker.clock())
    return each(worker, due, asking_afterwards.ask)


def settle_failures(worker: Worker) -> int:
    """See to messages that failed for good."""
    with worker.every_pool() as session:
        receipts.end_silent_calls(session, worker.clock())
        lost = undelivered.unsettled(session)
    return each(worker, lost, undelivered.settle)


def tell_of_silence(worker: Worker) -> int:
    """Tell coordinators who has not reconfirmed."""
    with worker.every_pool() as session:
        silent = reconfirming.silent(session, worker.clock())
    return each(worker, silent, reconfirming.tell)


def tell_what_begins_soon(worker: Worker) -> int:
    """Tell coordinators which appointments begin soon without anybody, and settle what is over."""
    with worker.every_pool() as session:
        now = worker.clock()
        over, due = begins_soon.over(session, now), begins_soon.due(session, now)
    return each(worker, over, begins_soon.settle) + each(worker, due, begins_soon.tell)


def tell_what_runs_out(worker: Worker) -> int:
    """Tell coordinators and people which clearances run out, and settle what is renewed."""
    with worker.every_pool() as session:
        now = worker.clock()
        over, due = running_out.over(session, now), running_out.due(session, now)
    return each(worker, over, running_out.settle) + each(worker, due, running_out.tell)


def forget_applications(worker: Worker) -> int:
    """Forget registrations that were not confirmed, or have long been decided."""
    with worker.every_pool() as session:
        due = application_decisions.due(session, worker.clock())
    return each(worker, due, application_decisions.forget)


def end_waits(worker: Worker) -> int:
    """Search for dates of series that have waited long enough for the answer about the first."""
    with worker.every_pool() as session:
        waiting = leading.due(session, worker.clock())
    return each(worker, waiting, leading.end_wait)


def learn(worker: Worker) -> int:
    """Learn from the answers so far how likely the next ones are."""
    with worker.every_pool() as session:
        pools = learning.outdated(session, worker.clock())
    return sum(_learned(worker, pool_id) for pool_id in pools)


def _learned(worker: Worker, pool_id: int) -> bool:
    try:
        learning.learn(worker.every_pool, worker.clock(), pool_id)
    except Exception:
        log.exception("not_learned", pool=pool_id)
        return False
    return True


def forget_unconfirmed(worker: Worker) -> int:
    """Forget requests that nobody confirmed in time; gives 0, for it is no work."""
    with worker.every_pool() as session:
        requesting_at_door.forget_old(session, worker.clock())
    return 0


def watch(worker: Worker) -> int:
    """Alert coordinators to an outage or to slow delivery; gives 0, for it is no work."""
    with worker.every_pool() as session:
        pools = delivery_health.pools(session)
    each(worker, pools, delivery_health.watch)
    return 0


def fetch_replies(worker: Worker) -> int:
    """Take replies whose webhook never came: webhooks are a promise of best effort only. Gives how many went well."""
    if not worker.transports.sms.rings:
        return 0
    try:
        received = list(worker.transports.sms.received(worker.clock() - REPLIES_SINCE))
    except TransportError as error:
        log.warning("replies_not_fetched", code=error.code)
        return 0
    found = [Inbound(one.provider_id, one.sender, one.text) for one in received]
    with worker.every_pool() as session:
        known = replying.known(session, [one.provider_id for one in found])
    # oldest first: who changes their mind says so in the second message
    taken = 0
    for one in reversed(found):
        if one.provider_id in known:
            continue
        try:
            in_transaction(worker.every_pool, partial(_take, worker, one))
        except Exception:
            log.exception("reply_not_taken", provider_id=one.provider_id)
        else:
            taken += 1
    return taken


def _take(worker: Worker, sent: Inbound, session: Session) -> str:
    return replying.take(session, worker.clock(), worker.links, sent)


def deliver_texts(worker: Worker) -> int:
    """Send the SMS that are due."""
    return _deliver(worker, Channel.SMS)


def deliver_mails(worker: Worker) -> int:
    """Send the e-mails that are due."""
    return _deliver(worker, Channel.EMAIL)


def deliver_calls(worker: Worker) -> int:
    """Make the calls that are due."""
    return _deliver(worker, Channel.VOICE)


def _deliver(worker: Worker, channel: Channel) -> int:
    return delivery.deliver_due(
        worker.every_pool, worker.clock, worker.transports, worker.links, worker.name, channel, worker.in_flight
    )


def reconcile(worker: Worker) -> int:
    """Settle messages whose outcome nobody knows."""
    with worker.every_pool() as session:
        reconciliation.recover(session, worker.clock(), worker.name, worker.in_flight.ids)
    return reconciliation.reconcile_due(worker.every_pool, worker.clock, worker.transports, worker.links, worker.name)


def beat(worker: Worker) -> int:
    """Leave a sign of life and of what the ways out can do; gives 0, for it is no work."""
    with worker.every_pool() as session:
        now = worker.clock()
        row = session.get(Heartbeat, worker.name)
        if row is None:
            row = Heartbeat(worker=worker.name, started_at=now, seen_at=now)
            session.add(row)
            # every start has a name of its own; those that are long gone tell nobody anything
            session.execute(delete(Heartbeat).where(Heartbeat.seen_at < now - REMEMBERED))
        row.seen_at = now
        row.rings = worker.transports.sms.rings
        row.calls = worker.transports.voice.can_call
    return 0


@dataclass(frozen=True)
class Job:
    """A sweep and how often it runs (seconds); `threads` may run it side by side.

    One that `gives_way` waits where others want the processor: messages must leave while a plan is solved. One that is
    `long` runs in the process beside with these, at full speed: on SQLite others wait until it is done writing. Work
    starts one that is `woken_by` it at once, too.
    """

    run: Callable[[Worker], int]
    every: float
    threads: int = 1
    gives_way: bool = False
    long: bool = False
    woken_by: Work | None = None

    @property
    def is_beside(self) -> bool:
        """Whether it runs in the process beside: see app/worker/beside.py."""
        return self.gives_way or self.long


JOBS = (
    Job(beat, every=5),
    Job(fetch_replies, every=60),
    Job(close_questions, every=2),
    Job(open_waves, every=2),
    Job(end_waits, every=30),
    Job(learn, every=300),
    # first: what nobody wants any more need not be placed
    Job(bring_guests_in_line, every=1),
    Job(place, every=1, woken_by=Work.PLACE),
    Job(wish_for_plans, every=15),
    Job(plan, every=1, gives_way=True),
    Job(close_appointments, every=30),
    Job(ask_afterwards, every=60),
    Job(tell_of_silence, every=60),
    Job(tell_what_begins_soon, every=30),
    Job(tell_what_runs_out, every=300),
    Job(forget_applications, every=300),
    Job(reconcile, every=2),
    Job(deliver_texts, every=1, threads=2, woken_by=Work.SMS),
    Job(deliver_mails, every=1, woken_by=Work.EMAIL),
    Job(deliver_calls, every=1, woken_by=Work.VOICE),
    Job(forecast, every=15, gives_way=True),
    Job(answer_what_ifs, every=1, gives_way=True),
    Job(take_in_tables, every=1, long=True),
    Job(settle_failures, every=2),
    Job(forget_unconfirmed, every=300),
    Job(watch, every=30),
)


def sweep(job: Job, worker: Worker) -> None:
    """Run a job; what it fails of is logged, and the next sweep finds the same rows."""
    try:
        job.run(worker)
    except Exception:
        # a database that is away for a minute must not end whoever sweeps
        log.exception("job_failed", job=job.run.__name__)


def run_once(worker: Worker) -> int:
    """Do everything that is due now, also what comes of it, and give how much was done."""
    total = 0
    while done := sum(job.run(worker) for job in JOBS):
        total += done
    return total


def next_due(worker: Worker, horizon: timedelta) -> datetime | None:
    """When the next waiting message within the horizon is due; None if there is none."""
    with worker.every_pool() as session:
        return queue.next_due(session, worker.clock() + horizon)
