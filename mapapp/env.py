"""The environment, read once and typed: every name that settings.py knows is an attribute here."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

# What only an installation for others sets. Any of them turns the default of DEBUG off, so that a
# half-configured server shows a message about its settings and not its settings.
DEPLOYMENT_NAMES = (
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "DATABASE_URL",
    "DATABASE_REPLICA_URL",
    "CACHE_URL",
    "EMAIL_URL",
)

# Long enough for Django's own check, and clearly not a secret.
DEVELOPMENT_KEY = "development-only-" + "not-a-secret-" * 4


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the environment asks for. Addresses are already parsed into Django's own shapes."""

    debug: bool
    secret_key: str
    allowed_hosts: list[str]
    site_url: str
    database: dict[str, Any]
    replica: dict[str, Any] | None
    cache: dict[str, Any]
    email: dict[str, Any] = field(repr=False)
    default_from_email: str
    oidc: dict[str, Any] | None = field(repr=False)
    session_hours: int
    operator_name: str
    contact_email: str
    map_tiles_url: str
    map_tiles_attribution: str
    trust_x_forwarded_proto: bool
    num_proxies: int
    hsts_seconds: int
    query_timeout: int
    api_rate: str
    api_key_rate: str
    api_proposal_rate: str
    web_concurrency: int | None
    bulk_dir: Path
    log_level: str


def read(base_dir: Path) -> Environment:
    """Read the process environment, and `.env` beside manage.py for names that it does not set.

    Raises ImproperlyConfigured, naming the variable and what to do, for anything unusable.
    ENV_FILE names another file; empty means none.
    """
    env_file = os.environ.get("ENV_FILE", str(base_dir / ".env"))
    if env_file and Path(env_file).is_file():
        environ.Env.read_env(env_file)
    env = environ.Env()
    debug = _debug(env)
    hosts = _allowed_hosts(env, debug=debug)
    site_url = _site_url(env, debug=debug, hosts=hosts)
    sqlite = f"sqlite:///{base_dir / 'db.sqlite3'}"
    return Environment(
        debug=debug,
        secret_key=_secret_key(env, debug=debug),
        allowed_hosts=hosts,
        site_url=site_url,
        database=_database(env, "DATABASE_URL", default=sqlite) or {},
        replica=_database(env, "DATABASE_REPLICA_URL", default=""),
        cache=_cache(env),
        email=_email(env, default="consolemail://" if debug else "smtp://localhost:25"),
        default_from_email=env.str(
            "DEFAULT_FROM_EMAIL", default=f"noreply@{urlsplit(site_url).hostname}"
        ),
        oidc=_oidc(env),
        session_hours=_int(env, "SESSION_HOURS", default=12) or 12,
        operator_name=env.str("OPERATOR_NAME", default="").strip(),
        contact_email=_contact_email(env),
        map_tiles_url=_map_tiles_url(env),
        map_tiles_attribution=env.str("MAP_TILES_ATTRIBUTION", default=""),
        trust_x_forwarded_proto=_bool(env, "TRUST_X_FORWARDED_PROTO", default=False),
        num_proxies=_int(env, "NUM_PROXIES", default=0),
        hsts_seconds=_int(env, "HSTS_SECONDS", default=31_536_000),
        query_timeout=_int(env, "QUERY_TIMEOUT", default=15),
        api_rate=_rate(env.str("API_RATE", default="300/min"), "API_RATE"),
        api_key_rate=_rate(env.str("API_KEY_RATE", default="1200/min"), "API_KEY_RATE"),
        api_proposal_rate=_rate(
            env.str("API_PROPOSAL_RATE", default="60/hour"), "API_PROPOSAL_RATE"
        ),
        web_concurrency=_int(env, "WEB_CONCURRENCY", default=0) or None,
        bulk_dir=base_dir / env.str("BULK_DIR", default="var/bulk"),
        log_level=_log_level(env),
    )


def _debug(env: environ.Env) -> bool:
    return _bool(env, "DEBUG", default=not any(os.environ.get(name) for name in DEPLOYMENT_NAMES))


def _secret_key(env: environ.Env, *, debug: bool) -> str:
    key = env.str("SECRET_KEY", default="")
    if key or debug:
        return key or DEVELOPMENT_KEY
    raise ImproperlyConfigured(
        "SECRET_KEY is not set, and DEBUG is off. Set SECRET_KEY to a long random value that only "
        'this installation knows: python -c "import secrets; print(secrets.token_urlsafe(50))". '
        "To try the project on your own machine, set DEBUG=1 instead."
    )


def _allowed_hosts(env: environ.Env, *, debug: bool) -> list[str]:
    hosts = [host.strip() for host in env.list("ALLOWED_HOSTS", default=[]) if host.strip()]
    if debug:
        outside = [host for host in hosts if host not in LOOPBACK_HOSTS]
        if outside:
            raise ImproperlyConfigured(
                f"ALLOWED_HOSTS names {', '.join(outside)}, and DEBUG is on. Error pages would "
                "show settings and data to strangers. Set DEBUG=0, or leave ALLOWED_HOSTS out."
            )
        return LOOPBACK_HOSTS
    if not hosts:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is not set, and DEBUG is off. Set ALLOWED_HOSTS to the host names that "
            "people use for this site, with commas between them: ALLOWED_HOSTS=map.example.org. "
            "To try the project on your own machine, set DEBUG=1 instead."
        )
    return hosts


def _site_url(env: environ.Env, *, debug: bool, hosts: list[str]) -> str:
    host = hosts[0].lstrip("*.") or "localhost"
    default = "http://127.0.0.1:8000" if debug else f"https://{host}"
    site_url = str(env.str("SITE_URL", default="") or default).rstrip("/")
    parts = urlsplit(site_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
        raise ImproperlyConfigured(
            f"SITE_URL is {site_url!r}. Set it to the address of the home page, with the scheme "
            "and without a path: SITE_URL=https://map.example.org"
        )
    return site_url


def _database(env: environ.Env, name: str, *, default: str) -> dict[str, Any] | None:
    url = env.str(name, default="") or default
    if not url:
        return None
    config: dict[str, Any] = environ.Env.db_url_config(url)
    engine = config.get("ENGINE", "")
    if engine == "django.db.backends.sqlite3":
        # Readers and one writer side by side; writers queue and do not fail half-way through.
        config["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        } | config.get("OPTIONS", {})
    elif engine == "django.db.backends.postgresql":
        config.setdefault("CONN_MAX_AGE", 60)
        config["CONN_HEALTH_CHECKS"] = True
    else:
        raise ImproperlyConfigured(
            f"{name} is for {engine or 'an unknown database'}. "
            "Use postgres://USER:PASSWORD@HOST:PORT/NAME or sqlite:////PATH/TO/FILE."
        )
    return config


def _cache(env: environ.Env) -> dict[str, Any]:
    url = env.str("CACHE_URL", default="") or "locmemcache://"
    try:
        config: dict[str, Any] = environ.Env.cache_url_config(url)
    except ImproperlyConfigured:
        config = {}
    if not config:
        raise ImproperlyConfigured(
            "CACHE_URL is not understood. Use redis://HOST:PORT/0 or dbcache://TABLE."
        )
    if config["BACKEND"].endswith("LocMemCache"):
        config["OPTIONS"] = {"MAX_ENTRIES": 2000}  # the counts of a busy hour; 300 otherwise
    elif config["BACKEND"].endswith("DatabaseCache"):
        config["BACKEND"] = "mapapp.caches.CountingDatabaseCache"
        config["OPTIONS"] = {"MAX_ENTRIES": 20_000}
    elif config["BACKEND"].endswith("RedisCache"):
        config["BACKEND"] = "mapapp.caches.CountingRedisCache"
    return config


def _email(env: environ.Env, *, default: str) -> dict[str, Any]:
    try:
        config: dict[str, Any] = environ.Env.email_url_config(
            env.str("EMAIL_URL", default="") or default
        )
    except ImproperlyConfigured as error:
        # Without the value: it may hold a password.
        raise ImproperlyConfigured(
            "EMAIL_URL is not understood. Use smtp+tls://USER:PASSWORD@HOST:587, or consolemail://."
        ) from error
    return config


def _oidc(env: environ.Env) -> dict[str, Any] | None:
    """An OpenID Connect provider as allauth wants it; None where nobody named one."""
    url = env.str("OIDC_URL", default="").rstrip("/")
    client = env.str("OIDC_CLIENT_ID", default="")
    secret = env.str("OIDC_CLIENT_SECRET", default="")
    if not url and not client and not secret:
        return None
    if not (url.startswith("https://") and client and secret):
        raise ImproperlyConfigured(
            "OIDC_URL, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together, and OIDC_URL begins "
            "with https://. Set all three, or none."
        )
    if re.search(r"/(common|organizations|consumers)(/|$)", url):
        raise ImproperlyConfigured(
            f"OIDC_URL is {url!r}, where anybody's tenant may say who somebody is. Name your own: "
            "OIDC_URL=https://login.microsoftonline.com/TENANT-ID/v2.0"
        )
    return {
        "provider_id": "oidc",
        "name": env.str("OIDC_NAME", default="") or "your organisation",
        "client_id": client,
        "secret": secret,
        # Entra states addresses without saying that it verified them; one's own tenant has.
        "settings": {"server_url": url, "verified_email": True, "oauth_pkce_enabled": True},
    }


def _contact_email(env: environ.Env) -> str:
    address: str = env.str("CONTACT_EMAIL", default="").strip()
    if address and not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+\.[^@\s<>,]+", address):
        raise ImproperlyConfigured(
            f"CONTACT_EMAIL is {address!r}. Set it to one address that somebody reads: "
            "CONTACT_EMAIL=register@example.org"
        )
    return address


def _map_tiles_url(env: environ.Env) -> str:
    url: str = env.str("MAP_TILES_URL", default="")
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.netloc or "{z}" not in url):
        raise ImproperlyConfigured(
            f"MAP_TILES_URL is {url!r}. "
            "Set it to an address such as https://tiles.example.org/{z}/{x}/{y}.png."
        )
    return url


def _rate(text: str, name: str) -> str:
    rate = text.strip()
    if rate and not re.fullmatch(r"[1-9][0-9]{0,8}/(s|sec|m|min|h|hour|d|day)", rate):
        raise ImproperlyConfigured(
            f"{name} is {rate!r}. Set it to a number per sec, min, hour or day: 300/min. "
            "Leave it empty for no limit."
        )
    return rate


def _log_level(env: environ.Env) -> str:
    level: str = env.str("LOG_LEVEL", default="INFO").upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
        raise ImproperlyConfigured(
            f"LOG_LEVEL is {level!r}. Set it to DEBUG, INFO, WARNING, ERROR or CRITICAL."
        )
    return level


def _bool(env: environ.Env, name: str, *, default: bool) -> bool:
    text = env.str(name, default="").strip().lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {text!r}. Set it to 1 or 0.")


def _int(env: environ.Env, name: str, *, default: int) -> int:
    text = env.str(name, default="").strip()
    if not text:
        return default
    if not text.isdecimal():
        raise ImproperlyConfigured(f"{name} is {text!r}. Set it to a whole number.")
    return int(text)
