"""/devices: the pool's translation devices, what they are lent for, and how often they helped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response
from wtforms import BooleanField, Form, StringField
from wtforms.validators import InputRequired, Optional

from app import access
from app.access import Rule, allow
from app.errors import NoLongerOpen, NotFound
from app.journey import device_loans
from app.models import HOLDS_DEVICE, Appointment, DeviceLoan, LoanState, TranslationDevice, languages
from app.registry import devices
from app.registry.devices import DeviceData
from app.web.coordinator.blueprint import own_when, pages
from app.web.coordinator.organisations import saved
from app.web.inputs import clean, seen_now
from app.web.pages import locale, sentence
from app.web.when import When

RULE: Final = Rule(devices.WRITTEN_BY)
HELPED: Final = {"yes": True, "no": False, "unknown": None}
# as many loans as are listed; of those that are over, only what still lies with somebody
MOST: Final = 200


class DeviceForm(Form):  # type: ignore[misc] # WTForms ships no types
    """A device that can be fetched."""

    name = StringField(_l("devices.name"), [InputRequired(_l("coordinator.error.missing"))], filters=[clean])
    place = StringField(
        _l("devices.place"), [InputRequired(_l("coordinator.error.missing"))], filters=[clean],
        description=_l("devices.place.hint"),
    )  # fmt: skip
    owner = StringField(_l("devices.owner"), [Optional()], filters=[clean])
    languages = StringField(
        _l("devices.languages"), [Optional()], filters=[clean], description=_l("devices.languages.hint")
    )
    active = BooleanField(_l("devices.active"), default=True, description=_l("devices.active.hint"))

    def values(self) -> DeviceData:
        """What was typed; a language that nobody knows stays as it was typed, and is refused by name."""
        words = [one.strip() for one in (self.languages.data or "").split(",") if one.strip()]
        found = [(languages.named(one), one) for one in words]
        codes = tuple(language.code if language else word for language, word in found)
        return DeviceData(
            self.name.data or "", self.place.data or "", self.owner.data or "", codes, active=bool(self.active.data)
        )


@dataclass(frozen=True)
class LoanLine:
    """One loan in words; what can be done with it next follows from its state."""

    id: int
    appointment: int
    device: str
    when: str
    what: str
    state: str
    late: bool


@dataclass(frozen=True)
class DeviceLine:
    """One device, how often it was lent, and how often it helped of the times about which somebody knows."""

    device: TranslationDevice
    languages: str
    lent: int
    known: int
    helped: int


@pages.get("/devices")
@allow(RULE)
def device_list() -> str:
    """All devices, and what they are lent for now and next."""
    rows = access.session()
    found = rows.scalars(select(TranslationDevice).order_by(TranslationDevice.name)).all()
    return render_template(
        "coordinator/devices.html", lines=_lines(rows, found), loans=_loans(rows, own_when(rows)), helped=tuple(HELPED)
    )


@pages.route("/devices/new", methods=["GET", "POST"])
@allow(RULE)
def new_device() -> Response | tuple[str, int]:
    """Add one."""
    return _device_page(None)


@pages.route("/devices/<row:device_id>", methods=["GET", "POST"])
@allow(RULE)
def device(device_id: int) -> Response | tuple[str, int]:
    """Edit one."""
    return _device_page(device_id)


@pages.post("/devices/loans/<row:loan_id>")
@allow(RULE)
def move_device(loan_id: int) -> Response:
    """It was fetched (`to` is `out`), or brought back (`back`), with whether it `helped`."""
    to, actor = request.form.get("to"), access.principal().actor
    if to not in {"out", "back"} or (to == "back" and request.form.get("helped") not in HELPED):
        abort(400)
    try:
        with access.change() as session:
            if to == "out":
                device_loans.hand_out(session, g.now, loan_id, actor)
            else:
                helped = HELPED[request.form["helped"]]
                device_loans.bring_back(session, g.now, loan_id, actor, helped=helped)
    except NoLongerOpen as error:
        flash(sentence(error.code, dict(error.params)), "warning")
    else:
        flash(_(f"devices.done.{to}"), "success")
    return redirect(url_for("coordinator.device_list"), 303)


def _device_page(device_id: int | None) -> Response | tuple[str, int]:
    found = _device_of(access.session(), device_id)
    standing = vars(devices.data_of(found)) | {"languages": _names(found)} if found else {}
    form = DeviceForm(request.form or None, data=standing)
    status = 200
    if request.method == "POST":
        kept, status = saved(form, lambda session: _keep(session, form, device_id))
        if kept is not None:
            flash(_("devices.saved"), "success")
            return redirect(url_for("coordinator.device_list"), 303)
        found = _device_of(access.session(), device_id)
    seen = seen_now(devices.data_of(found), status) if found else ""
    page = render_template("coordinator/device.html", form=form, found=found, seen=seen, stale=status == 409)
    return page, status


def _keep(session: Session, form: DeviceForm, device_id: int | None) -> TranslationDevice:
    actor = access.principal().actor
    if device_id is None:
        return devices.add(session, g.now, form.values(), actor)
    return devices.change(session, g.now, device_id, form.values(), actor, seen=request.form.get("seen"))


def _device_of(rows: Session, device_id: int | None) -> TranslationDevice | None:
    if device_id is None:
        return None
    found = rows.scalar(select(TranslationDevice).where(TranslationDevice.id == device_id))
    if found is None:
        raise NotFound("device_not_found")
    return found


def _names(device: TranslationDevice) -> str:
    return ", ".join(languages.name(code, locale()) for code in device.languages)


def _lines(rows: Session, found: Sequence[TranslationDevice]) -> list[DeviceLine]:
    lent = {LoanState.HANDED_OUT, LoanState.RETURNED}
    counted = select(
        DeviceLoan.device_id,
        func.count(),
        func.count(DeviceLoan.helped),
        func.count().filter(DeviceLoan.helped.is_(True)),
    )
    counts = {
        number: values
        for number, *values in rows.execute(counted.where(DeviceLoan.state.in_(lent)).group_by(DeviceLoan.device_id))
    }
    return [DeviceLine(one, _names(one), *counts.get(one.id, (0, 0, 0))) for one in found]


def _loans(rows: Session, when: When) -> list[LoanLine]:
    """What is reserved for times to come, and all that is with somebody; the first to be fetched first."""
    held = select(DeviceLoan).where(
        DeviceLoan.state.in_(HOLDS_DEVICE),
        (DeviceLoan.state == LoanState.HANDED_OUT) | (DeviceLoan.ends_at > when.now),
    )
    about = joinedload(DeviceLoan.appointment).joinedload(Appointment.organisation)
    found = rows.scalars(held.options(joinedload(DeviceLoan.device), about).order_by(DeviceLoan.starts_at).limit(MOST))
    return [
        LoanLine(
            id=one.id,
            appointment=one.appointment_id,
            device=one.device.name,
            when=when.span(one.appointment.starts_at, one.appointment.ends_at),
            what=f"{languages.name(one.appointment.language, locale())}, {one.appointment.organisation.name}",
            state=one.state.value,
            late=one.is_late(when.now),
        )
        for one in found
    ]
