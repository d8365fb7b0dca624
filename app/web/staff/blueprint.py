"""The blueprint all staff pages hang on."""

from flask import Blueprint

pages = Blueprint("staff", __name__)
# the largest key both databases take; a longer number is no appointment
ID = "<int(max=2147483647):appointment_id>"
