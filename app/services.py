"""What every edge needs and one installation has: its settings, its clock, its links. Typed, where Flask keeps Any."""

from dataclasses import dataclass
from typing import Final

from flask import Flask, current_app

from app.clock import Clock
from app.config import Config
from app.links import Links

_KEY: Final = "pool_services"


@dataclass
class Services:
    """The settings, what tells the time, and what issues and writes links."""

    config: Config
    clock: Clock
    links: Links


def install(app: Flask, services: Services) -> None:
    """Give an application its services."""
    app.extensions[_KEY] = services


def of(app: Flask) -> Services:
    """The services of an application."""
    found: Services = app.extensions[_KEY]
    return found


def services() -> Services:
    """Those of the application that is at work."""
    return of(current_app)


def config() -> Config:
    """The settings."""
    return services().config


def links() -> Links:
    """What issues and writes links."""
    return services().links
