"""The Flask application, put together from its parts."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from lexapp import blueprints
from lexapp.config import Settings
from lexapp.database import db, engine_options
from lexapp.extensions import csrf, htmx, limiter, login
from lexapp.web import (
    access,
    assets,
    changes,
    compression,
    entry_reasons,
    errors,
    filters,
    narrative_hints,
    navigation,
    observing,
    palette,
    paths,
    reports,
    security,
    set_up,
    shelf,
    signing_in,
    templating,
    unsaved,
)
from lexapp.web import htmx as htmx_web
from lexapp.web.set_up import announcement

__all__ = ["announcement", "build", "configuration"]

# A logo of 20 MB must arrive before it can be refused beside its field.
LARGEST_REQUEST_BYTES = 24 * 1024 * 1024


def build(settings: Settings) -> Flask:
    """A new application for these settings. Raises RuntimeError when a route declares no access."""
    app = Flask("lexapp", static_url_path=f"/static/{assets.revision()}")
    app.config.from_mapping(configuration(settings))
    app.extensions["settings"] = settings
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    observing.init_app(app)
    for extension in (db, csrf, htmx, limiter, login):
        extension.init_app(app)
    first = (templating, compression, paths, htmx_web, security, set_up, signing_in, access, errors, filters)
    for part in (*first, entry_reasons, narrative_hints, reports, shelf, navigation, palette, assets, unsaved, changes):
        part.init_app(app)
    for blueprint in blueprints.every(development=settings.development):
        app.register_blueprint(blueprint)
    access.check_routes(app)
    return app


def configuration(settings: Settings) -> dict[str, object]:
    """What Flask and its extensions are told; the same for every process that reads the same cookies."""
    https = settings.base_url.startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url),
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST_BYTES,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_NAME": "__Host-lexapp" if https else "lexapp",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_STORAGE_URI": _counter_store(settings.redis_url),
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_HEADERS_ENABLED": False,
    }


def _counter_store(redis_url: str | None) -> str:
    """Where the limiter counts, in its own spelling; without Redis each process counts for itself."""
    if redis_url is None:
        return "memory://"
    return f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url
