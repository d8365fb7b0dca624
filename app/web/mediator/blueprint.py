"""The blueprint all pages behind a personal link hang on."""

from flask import Blueprint

pages = Blueprint("mediator", __name__)
