"""/addresses/check: what an address means, while its form is still being filled in."""

from flask import render_template, request

from app import access
from app.access import Rule, allow, aside
from app.gazetteer.finding import Finder
from app.gazetteer.writing import Written, read, read_parts
from app.web.located import found_words
from app.web.pages import sentence
from app.web.staff.blueprint import pages


@pages.post("/addresses/check")
@aside
@allow(Rule.STAFF)
def check_address() -> str:
    """A sentence for the form that is sent along; empty while it has no address.

    By POST, for what stands in the address of a page is logged.
    """
    written = _written()
    return render_template("staff/_meaning.html", said=_meaning(written) if written else "")


def _meaning(written: Written) -> str:
    finder = Finder(access.session())
    finding = finder.find(written)
    if finding.spot is not None:
        return found_words(finder.around, written, finding.spot)[0]
    if finding.spots and finding.lacks:
        # what it may be instead is offered once the form is sent
        return sentence("address_street_typed", {"town": finding.lacks})
    problem = finding.problem("")
    return sentence(problem.code, dict(problem.params))


def _written() -> Written:
    """The address on one line, or in the fields of a site."""
    line = request.form.get("home_address") or request.form.get("elsewhere")
    if line:
        return read(line)
    street, *rest = (request.form.get(name, "") for name in ("street", "postcode", "district", "town"))
    return read_parts(street, *rest)
