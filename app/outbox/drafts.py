"""Messages as rows: to whom, about what, in which words. All are made here, so that none forgets whose it is."""

from dataclasses import dataclass
from datetime import datetime

from app.models import (
    Announcement,
    Application,
    Appointment,
    Assignment,
    Channel,
    Link,
    Mediator,
    Message,
    Offer,
    Organisation,
    Pool,
    RequesterLink,
    Series,
    UnconfirmedRequest,
)
from notifications.wording import Text

About = Assignment | Offer | Appointment | Announcement | Mediator | Series | Pool

# What a message has in common with the one that takes its place.
CARRIED = (
    "pool_id", "channel", "kind", "recipient", "recipient_name", "mediator_id", "appointment_id", "offer_id",
    "assignment_id", "announcement_id", "borrowed_seat_id", "link_id", "requester_link_id", "unconfirmed_id",
    "application_id", "sender", "sender_name", "subject", "body", "calendar", "calendar_method", "expires_at",
)  # fmt: skip


@dataclass(frozen=True)
class To:
    """Who reads it, and which way it goes; `mediator_id` if it is a mediator."""

    channel: Channel
    address: str
    name: str
    mediator_id: int | None = None

    @classmethod
    def phone(cls, mediator: Mediator) -> "To":
        """By SMS."""
        return cls(Channel.SMS, mediator.phone, mediator.name, mediator.id)

    @classmethod
    def call(cls, mediator: Mediator) -> "To":
        """By a call."""
        return cls(Channel.VOICE, mediator.phone, mediator.name, mediator.id)

    @classmethod
    def mailbox(cls, mediator: Mediator) -> "To":
        """By e-mail."""
        return cls(Channel.EMAIL, mediator.email, mediator.name, mediator.id)

    @classmethod
    def applicant(cls, application: Application, channel: Channel) -> "To":
        """To whoever wants to become a mediator."""
        address = application.email if channel is Channel.EMAIL else application.phone
        return cls(channel, address, application.name)

    @classmethod
    def requester(cls, appointment: Appointment) -> "To":
        """By e-mail to whoever requested it."""
        return cls(Channel.EMAIL, appointment.contact_email, appointment.contact_name or appointment.organisation.name)

    @classmethod
    def stranger(cls, address: str) -> "To":
        """By e-mail to somebody of whom nothing is known but what they typed."""
        return cls(Channel.EMAIL, address, "")

    @classmethod
    def organisation(cls, organisation: Organisation) -> "To":
        """By e-mail to an organisation."""
        return cls(Channel.EMAIL, organisation.email, organisation.name)

    @classmethod
    def coordinators(cls, pool: Pool) -> "To":
        """By e-mail to the pool's own address."""
        return cls(Channel.EMAIL, pool.email, pool.name)


def draft(
    to: To,
    about: About,
    kind: str,
    words: Text,
    *,
    key: str,
    now: datetime,
    due: datetime | None = None,
    expires_at: datetime | None = None,
    link: Link | None = None,
    requester_link: RequesterLink | None = None,
    unconfirmed: UnconfirmedRequest | None = None,
    application: Application | None = None,
    calendar: str | None = None,
    calendar_method: str | None = None,
    instead_of: Message | None = None,
) -> Message:
    """A message, due at once unless it says otherwise; of `words` it takes those for its way.

    `key` makes it unique and says nothing else. `instead_of` is the failed message it takes the place of.
    """
    by_mail = to.channel is Channel.EMAIL
    return Message(
        channel=to.channel,
        kind=kind,
        dedupe_key=key,
        recipient=to.address,
        recipient_name=to.name,
        mediator_id=to.mediator_id,
        **_ids(about),
        link_id=link.id if link else None,
        requester_link_id=requester_link.id if requester_link else None,
        unconfirmed_id=unconfirmed.id if unconfirmed else None,
        application_id=application.id if application else None,
        **_from(about if isinstance(about, Pool) else about.pool, by_mail=by_mail),
        subject=words.subject if by_mail else "",
        body=_body(to.channel, words),
        calendar=calendar,
        calendar_method=calendar_method,
        created_at=now,
        due_at=due or now,
        expires_at=expires_at,
        instead_of_id=instead_of.id if instead_of else None,
    )


def again(failed: Message, *, now: datetime, due: datetime) -> Message:
    """The same message anew: a failed one stays as it is, so that no state ever goes back."""
    carried = {name: getattr(failed, name) for name in CARRIED}
    key = f"instead:{failed.id}"
    return Message(**carried, dedupe_key=key, created_at=now, due_at=due, instead_of_id=failed.id)


def again_by_mail(failed: Message, mediator: Mediator, words: Text, *, now: datetime) -> Message:
    """What an SMS or a call said that failed, by e-mail; the words tell of that."""
    message = again(failed, now=now, due=now)
    message.channel, message.recipient = Channel.EMAIL, mediator.email
    message.sender, message.sender_name = mediator.pool.email, mediator.pool.name
    message.subject, message.body = words.subject, words.mail
    return message


def _from(pool: Pool, *, by_mail: bool) -> dict[str, str]:
    """Whom an e-mail comes from; as written now, for the invite on it names the same organiser.

    Said of every message, so that those of all channels are inserted by one statement.
    """
    return {"sender": pool.email if by_mail else "", "sender_name": pool.name if by_mail else ""}


def _body(channel: Channel, words: Text) -> str:
    return {Channel.SMS: words.sms, Channel.VOICE: words.call, Channel.EMAIL: words.mail}[channel]


def _ids(about: About) -> dict[str, int]:
    """Whose it is, and the appointment, the question and the assignment it is about, as far as there are."""
    if isinstance(about, Pool):
        return {"pool_id": about.id}
    found = {"pool_id": about.pool_id}
    if isinstance(about, Announcement):
        return found | {"announcement_id": about.id}
    if isinstance(about, Appointment):
        return found | {"appointment_id": about.id}
    if isinstance(about, Offer):
        return found | {"appointment_id": about.appointment_id, "offer_id": about.id}
    if isinstance(about, Assignment):
        about_it = {"appointment_id": about.appointment_id, "offer_id": about.offer_id, "assignment_id": about.id}
        return found | about_it
    return found
