"""The blueprint all staff pages hang on."""

from flask import Blueprint

pages = Blueprint("staff", __name__)
ID = "<row:appointment_id>"
