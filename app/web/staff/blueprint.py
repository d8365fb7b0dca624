"""The blueprint all staff pages hang on."""

from flask import Blueprint

from app import ids

pages = Blueprint("staff", __name__)
ID = f"<int(max={ids.LARGEST}):appointment_id>"
