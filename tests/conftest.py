"""What every test shares: a hermetic environment, the database, the browser."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from scripts.browser import find
from tests import databases

# ----------------------------------------------------------------------------- the environment
# Set here, at import: the settings are read once, and conftest files further down import models.
# Workers of pytest-xdist inherit the address of the database, and must not start another server.
WITHOUT = (
    "ALLOWED_HOSTS",
    "CACHE_URL",
    "CONTACT_EMAIL",
    "DATABASE_REPLICA_URL",
    "DEFAULT_FROM_EMAIL",
    "EMAIL_URL",
    "MAP_TILES_ATTRIBUTION",
    "MAP_TILES_URL",
    "NUM_PROXIES",
    "OPERATOR_NAME",
    "QUERY_TIMEOUT",
    "SECRET_KEY",
    "SITE_URL",
    "TRUST_X_FORWARDED_PROTO",
    "WEB_CONCURRENCY",
)
NO_DATABASE = ""
if "PYTEST_XDIST_WORKER" not in os.environ:
    url, NO_DATABASE = databases.choose()
    os.environ["DATABASE_URL"] = url or databases.SQLITE
for name in WITHOUT:
    os.environ.pop(name, None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "mapapp.settings",
    "ENV_FILE": "",  # a developer's .env must not change what the tests prove
    "DEBUG": "1",
    "API_RATE": "",  # tests of throttling turn it on themselves
    "API_KEY_RATE": "",
    "API_PROPOSAL_RATE": "",
    "LOG_LEVEL": "ERROR",
    # Playwright's synchronous interface keeps an event loop in the thread that also uses the ORM.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
}

import django  # noqa: E402
import hypothesis  # noqa: E402
from django.conf import settings  # noqa: E402

# What somebody once collected is not what the code has now.
settings.STATIC_ROOT = str(Path(tempfile.gettempdir()) / "nothing-collected")
# Slow on purpose in production; a test signs in hundreds of times.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django.setup()
# How long an example takes says how busy the machine is, and nothing of the code.
hypothesis.settings.register_profile("registry", deadline=None)
hypothesis.settings.load_profile("registry")

ON_POSTGRES = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
BROWSER_FIXTURES = {"page", "context", "browser", "new_context"}


def pytest_configure(config: pytest.Config) -> None:
    if NO_DATABASE:
        # A machine without PostgreSQL may skip. CI must not: it would prove half of what it says.
        pytest.exit(NO_DATABASE, returncode=1 if os.environ.get("CI") else 0)


def pytest_report_header() -> str:
    return f"database: {'PostgreSQL' if ON_POSTGRES else 'SQLite'}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("postgres") and not ON_POSTGRES:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: TEST_DATABASE=postgres"))


# --------------------------------------------------------------------------------- every test


@pytest.fixture(scope="session", autouse=True)
def _bulk_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each worker makes the files of the whole dataset in a folder of its own."""
    settings.BULK_DIR = tmp_path_factory.mktemp("bulk")


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Throttles and cached answers do not leak from one test into the next."""
    from django.core.cache import cache

    cache.clear()


# --------------------------------------------------------------------------------- the browser


@pytest.fixture(scope="session")
def base_url(live_server: Any) -> str:
    """Browser tests go to paths: page.goto("/partnerships/")."""
    url: str = live_server.url
    return url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"locale": "en-GB", "timezone_id": "Europe/London"}


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_name: str, playwright: Any
) -> dict[str, Any]:
    """Playwright's own Chromium, or the system's. With neither, skip; REQUIRE_BROWSER=1: fail."""
    if browser_name != "chromium":
        return browser_type_launch_args
    own = Path(playwright.chromium.executable_path)
    path = str(own) if own.exists() else find()
    if path is None:
        reason = "no browser: run `make browser`, or set CHROMIUM to the path of one"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return browser_type_launch_args | {
        "executable_path": path,
        "args": [
            # No graphics card is here, and doing as if there were one costs a tenth of the time.
            "--disable-gpu",
            "--disable-gpu-rasterization",
            "--disable-software-rasterizer",
            "--no-sandbox",  # containers run as root
            "--disable-dev-shm-usage",  # and have little shared memory
            "--disable-quic",
            "--no-first-run",
            # Nothing that the browser itself would ask of the network.
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }
