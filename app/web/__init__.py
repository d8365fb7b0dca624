"""The pages."""

from flask import Flask

from app.config import Config


def register_web(app: Flask, config: Config) -> None:
    """Wire the pages."""
