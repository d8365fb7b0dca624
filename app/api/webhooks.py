"""What the SMS provider tells us: replies of mediators, and how far a message got."""

from flask import Blueprint, Response, abort, g, request
from sqlalchemy.exc import IntegrityError

from app import ids, services, tenancy
from app.access import Rule, allow
from app.config import Config
from app.incoming import form_as_sent
from app.journey import replying
from app.journey.replying import Inbound
from app.outbox import receipts
from app.transaction import transaction
from notifications.transports.twilio_webhooks import call_state_of, state_of, valid_signature

webhooks = Blueprint("webhooks", __name__, url_prefix="/webhooks/twilio")
# as much as the database keeps of what the provider calls it, and of why it failed
LONGEST_ID, LONGEST_CODE = 80, 40
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def check_signature() -> None:
    """Only the provider may speak here: 403 for anybody else, and nothing is written.

    The signature covers the address that the provider called, which behind TLS termination only the settings know.
    """
    config: Config = services.config()
    if not config.twilio_auth_token:
        abort(403)  # without a secret anybody could sign
    query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
    url = f"{config.public_url}{request.path}{query}"
    # as it was sent: what the views read is cleaned, and a field may come twice
    if not valid_signature(config.twilio_auth_token, url, form_as_sent(), request.headers.get("X-Twilio-Signature")):
        abort(403)


def named_message() -> int:
    """The outbox id in the address; aborts with 400 where there is none."""
    found = ids.read(request.args.get("message", ""))
    return found if found is not None else abort(400)


@webhooks.post("/inbound")
@allow(Rule.SIGNED)
def inbound() -> Response:
    """A mediator wrote: JA 42, NEIN 42, or something else."""
    check_signature()
    form = request.form
    sent = Inbound(form.get("MessageSid", ""), form.get("From", ""), form.get("Body", ""))
    if not sent.provider_id:
        abort(400)
    try:
        _take(sent)
    except IntegrityError:
        # delivered twice at the same moment: the other one was first, and this time we see what it did
        _take(sent)
    return Response(EMPTY, mimetype="text/xml")


def _take(sent: Inbound) -> None:
    with transaction(None) as session, tenancy.across_pools(session):
        replying.take(session, g.now, services.links(), sent)


@webhooks.post("/status")
@allow(Rule.SIGNED)
def status() -> Response:
    """A message or a call got further; it is named by the outbox id that was put into the callback's address."""
    check_signature()
    message_id = named_message()
    called = request.form.get("CallStatus", "")
    code: str | None = request.form.get("ErrorCode")
    if called:
        state, code = call_state_of(called, request.form.get("AnsweredBy", ""))
    else:
        state = state_of(request.form.get("MessageStatus", ""))
    provider_id = request.form.get("MessageSid", "") or request.form.get("CallSid", "")
    with transaction(None) as session, tenancy.across_pools(session):
        receipts.record_callback(
            session, g.now, message_id, provider_id[:LONGEST_ID], state, (code or "")[:LONGEST_CODE]
        )
    return Response(status=204)
