"""Spreadsheets in and out: people, organisations and past appointments, as pools keep them in Excel and CSV."""
