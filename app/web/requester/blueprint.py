"""The blueprint all pages behind a requester's link hang on."""

from flask import Blueprint

pages = Blueprint("requester", __name__)
