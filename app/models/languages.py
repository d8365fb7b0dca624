"""The languages table: ISO 639-3, German and English name, autonym, direction, aliases."""
