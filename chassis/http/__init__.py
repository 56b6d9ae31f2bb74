"""The HTTP side of every service: one way to build the application, to refuse, to be watched and to stop."""

from chassis.http.app import create_app
from chassis.http.conditional import IfMatch, OptionalIfMatch, demand_version, etag
from chassis.http.server import serve

__all__ = ["IfMatch", "OptionalIfMatch", "create_app", "demand_version", "etag", "serve"]
