"""What `flask worker` does, with the ways out that the settings name and the solver."""

import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask

from app import services
from app.config import Config
from app.journey.confirming import UNDO
from app.worker import apart, beside, jobs, planning, ticker
from app.worker.tools import Worker
from notifications.transports import (
    MailTransport,
    SmsSettings,
    SmsTransport,
    VoiceTransport,
    mail_transport,
    sms_transport,
)
from scheduler.solve import solve


def run(app: Flask, *, once: bool) -> None:
    """Plan, ask, remind and send until the process is asked to end; or, once, whatever is due now."""
    worker = _worker(app, ticker.worker_name())
    if once:
        _run_once(worker)
        return
    # first of all, because the other sweeps read from it what the ways out can do
    jobs.sweep(jobs.Job(jobs.beat, every=0), worker)
    with beside.beside(worker.name) as keep:
        _run(worker, tuple(job for job in jobs.JOBS if not job.is_beside), keep)


def run_plans(app: Flask, worker_name: str) -> None:
    """The part of a worker that gives way, in a process beside it and as long as that lives."""
    beside.end_with_parent()
    worker = _worker(app, worker_name)
    # there is one such process at a time: what another one of this name had begun, nobody finishes
    planning.take_up_again(worker)
    _run(worker, tuple(job for job in jobs.JOBS if job.is_beside), lambda: None)


def _run(worker: Worker, own: tuple[jobs.Job, ...], every_second: Callable[[], None]) -> None:
    # what lives as long as the process need not be looked through again and again
    gc.freeze()
    ticker.run_forever(worker, own, every_second)


def _worker(app: Flask, name: str) -> Worker:
    of_app = services.of(app)
    return Worker(
        name=name,
        app=app,
        clock=of_app.clock,
        transports=_ways_of(of_app.config),
        links=of_app.links,
        solve=solve,
        planners=of_app.config.planners_per_host or max(1, (os.cpu_count() or 1) // 2),
        pause=time.sleep,
        foresee=apart.look_ahead,
        imagine=apart.what_if,
    )


def _run_once(worker: Worker) -> None:
    """Everything that is due; what the ten undo seconds still hold back is waited for, since cron may be far away."""
    jobs.run_once(worker)
    while (due := jobs.next_due(worker, UNDO)) is not None:
        time.sleep(max(0.0, (due - worker.clock()).total_seconds()))
        jobs.run_once(worker)


@dataclass(frozen=True)
class _Ways:
    """The ways out, as configured."""

    sms: SmsTransport
    mail: MailTransport
    voice: VoiceTransport


def _ways_of(config: Config) -> _Ways:
    """The transports that the settings name."""
    settings = SmsSettings(
        name=config.sms_transport,
        account_sid=config.twilio_account_sid,
        auth_token=config.twilio_auth_token,
        messaging_service_sid=config.twilio_messaging_service_sid,
        from_=config.twilio_from,
        voice_from=config.twilio_voice_from,
        public_url=config.public_url,
        api_base=config.twilio_api_base,
    )
    phone = sms_transport(settings)
    return _Ways(phone, mail_transport(config.mail_url), phone)
