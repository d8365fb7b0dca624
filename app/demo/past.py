"""What has happened so far: every appointment goes its way through the journey itself, at the times of the past.

So history, offers, messages, links and reminders are those the service would have left. Nothing that lies after now
happens: what is still waiting then is what the worker finds when it first runs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from app.demo.demand import Draft, Fate
from app.demo.lifecycle import Setting, Way
from app.demo.outgoing import deliver
from app.journey import requesting
from app.journey.history import Actor
from app.models import ActorKind

# The worker looks every few seconds for what has begun or is over.
SWEEP = timedelta(seconds=20)


@dataclass(frozen=True)
class Past:
    """Plays the drafts of a pool up to `now`, in the order of time."""

    setting: Setting
    now: datetime

    def play(self, drafts: Iterable[Draft]) -> None:
        """Let everything happen that happened until now."""
        timeline, session = self.setting.timeline, self.setting.session
        for draft in drafts:
            timeline.later(draft.requested_at, partial(self._request, draft))
        timeline.run(self.now, before_each=partial(deliver, session))
        deliver(session, self.now)

    def _request(self, draft: Draft, at: datetime) -> None:
        office, setting = draft.office, self.setting
        actor = Actor(ActorKind.ACCOUNT, office.account.id)
        site = office.site if draft.wanted.place else None
        made = requesting.request(setting.session, at, office.organisation, draft.wanted, actor, site=site)
        if draft.fate is Fate.FRESH:
            return
        way = Way(setting, draft, made.id, actor)
        setting.timeline.later(at + timedelta(seconds=setting.rng.randint(4, 20)), way.plan)
        if draft.cancelled_at is not None:
            setting.timeline.later(draft.cancelled_at, way.cancel)
        # with nobody found it is over when it begins, otherwise when it ends; the journey knows which
        setting.timeline.later(made.starts_at + SWEEP, way.close)
        setting.timeline.later(made.ends_at + SWEEP, way.close)
