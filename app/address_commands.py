"""`flask import addresses`: where the houses of a town stand, for operators."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import click
from flask.cli import with_appcontext

from app import services
from app.catalogue import translations
from app.errors import Invalid
from app.gazetteer.counting import Counts, look_through
from app.gazetteer.importing import refuse_second, take_in
from app.gazetteer.opening import Opened, opened
from app.transaction import transaction

LANGUAGE: Final = "en"


@click.command("addresses")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--town", "towns", multiple=True, metavar="NAME", help="Take in this town alone; may be said several times."
)
@click.option("--replace", is_flag=True, help="Take the place of the addresses that are there.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@with_appcontext
def import_addresses(path: Path, towns: tuple[str, ...], *, replace: bool, dry_run: bool) -> None:
    """Take in where houses stand: FILE is gebref.txt of the land survey of North Rhine-Westphalia, or its archive."""
    begin = partial(transaction, None)
    try:
        if not (replace or dry_run):
            with begin() as session:
                refuse_second(session)
        with opened(path) as file:
            tell = _progress(file)
            if dry_run:
                counts = look_through(file.houses, towns, tell)
            else:
                counts = take_in(begin, services.services().clock(), path.name, file.houses, towns, tell)
    except Invalid as error:
        raise click.ClickException("\n".join(_said(one.code, dict(one.params)) for one in error.problems)) from None
    done = "would be saved" if dry_run else "saved"
    towns_kept = len(towns) or len(counts.towns)
    click.echo(
        f"{counts.lines} lines: {counts.houses} houses in {counts.streets} streets of {towns_kept} towns {done}; "
        f"{counts.elsewhere} in other towns, {counts.twice} twice, {counts.no_number} without a number."
    )


def _progress(file: Opened) -> Callable[[Counts], None]:
    """Says on standard error, once for every hundredth of the file, how far it has been read."""
    told = 0

    def tell(counts: Counts) -> None:
        nonlocal told
        percent = int(file.done() * 100)
        if percent > told:
            told = percent
            click.echo(f"{percent} %: {counts.lines} lines, {counts.houses} houses", err=True)

    return tell


def _said(code: str, params: dict[str, object]) -> str:
    words = translations(LANGUAGE).gettext(f"error.{code}")
    return words % params if params else words
