"""The settings: safe when nothing is set, and a refusal with a reason when half of it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONG_KEY = "a-key-for-this-test-only-" * 3
PRODUCTION = {"DEBUG": "0", "SECRET_KEY": LONG_KEY, "ALLOWED_HOSTS": "map.example.org"}


def names() -> set[str]:
    """Every variable that the project reads."""
    code = (ROOT / "mapapp/env.py").read_text(encoding="utf-8")
    read = re.findall(
        r'(?:env\.\w+\(|_bool\(env, |_int\(env, |_database\(env, )\s*"([A-Z_]+)"', code
    )
    read += re.findall(r'os\.environ\.get\("([A-Z_]+)"', code)
    tests = [ROOT / "tests/databases.py", ROOT / "tests/conftest.py", ROOT / "scripts/browser.py"]
    for path in tests:
        text = path.read_text(encoding="utf-8")
        read += re.findall(r'os\.environ\.get\("([A-Z_]+)"', text)
    return set(read) - {"CI"}


def run(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own, with nothing of ours in its environment but what is given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=kept | {"ENV_FILE": "", "DJANGO_SETTINGS_MODULE": "mapapp.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def setting(environment: dict[str, str], expression: str) -> str:
    done = run(environment, "-c", f"from django.conf import settings; print(({expression}))")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def refusal(environment: dict[str, str]) -> str:
    done = run(environment, "-c", "from django.conf import settings; settings.DEBUG")
    assert done.returncode != 0
    return done.stderr.strip().splitlines()[-1]


def test_names_are_found():
    assert {"DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "TEST_DATABASE_URL"} <= names()
    assert len(names()) >= 19


@pytest.mark.parametrize("name", sorted(names()))
def test_every_variable_is_documented(name):
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")

    assert f"| `{name}` |" in page


def test_every_documented_variable_is_read():
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page, flags=re.MULTILINE))

    assert documented - {"PYTHON", "PORT"} == names()


def test_the_example_file_names_every_variable_of_an_installation():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = set(re.findall(r"^#?([A-Z_]+)=", example, flags=re.MULTILINE))

    assert listed == names() - {"ENV_FILE", "TEST_DATABASE", "REQUIRE_BROWSER", "CHROMIUM"}


def test_with_nothing_set_it_is_a_development_site_for_this_machine_only():
    assert setting({}, "settings.DEBUG, settings.ALLOWED_HOSTS") == (
        "(True, ['localhost', '127.0.0.1', '[::1]'])"
    )


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "DATABASE_URL"])
def test_anything_of_an_installation_turns_debug_off(name):
    value = {"SITE_URL": "https://map.example.org", "DATABASE_URL": "sqlite:////tmp/x"}.get(
        name, "x"
    )
    done = run({name: value}, "-c", "from django.conf import settings; print(settings.DEBUG)")

    assert "True" not in done.stdout


def test_it_refuses_to_start_without_a_secret_key():
    message = refusal({"DEBUG": "0", "ALLOWED_HOSTS": "map.example.org"})

    assert "SECRET_KEY is not set" in message
    assert "secrets.token_urlsafe" in message


def test_it_refuses_to_start_without_allowed_hosts():
    message = refusal({"DEBUG": "0", "SECRET_KEY": LONG_KEY})

    assert "ALLOWED_HOSTS is not set" in message
    assert "ALLOWED_HOSTS=map.example.org" in message


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"DEBUG": "1", "ALLOWED_HOSTS": "map.example.org"}, "Set DEBUG=0"),
        ({"DEBUG": "perhaps"}, "Set it to 1 or 0"),
        (PRODUCTION | {"SITE_URL": "map.example.org"}, "SITE_URL=https://map.example.org"),
        (PRODUCTION | {"SITE_URL": "https://map.example.org/path"}, "without a path"),
        (PRODUCTION | {"DATABASE_URL": "mysql://localhost/x"}, "Use postgres://"),
        (PRODUCTION | {"DATABASE_URL": "nonsense"}, "Use postgres://"),
        (PRODUCTION | {"CACHE_URL": "nonsense"}, "CACHE_URL"),
        (PRODUCTION | {"EMAIL_URL": "nonsense"}, "EMAIL_URL"),
        (PRODUCTION | {"NUM_PROXIES": "-1"}, "whole number"),
        (PRODUCTION | {"API_RATE": "lots"}, "API_RATE"),
        (PRODUCTION | {"API_KEY_RATE": "0/min"}, "API_KEY_RATE"),
        (PRODUCTION | {"API_PROPOSAL_RATE": "1/week"}, "API_PROPOSAL_RATE"),
        (PRODUCTION | {"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
        (PRODUCTION | {"OIDC_URL": "https://id.example.org"}, "belong together"),
        (
            PRODUCTION
            | {"OIDC_URL": "https://id.example.org/common/v2.0", "OIDC_CLIENT_ID": "a"}
            | {"OIDC_CLIENT_SECRET": "b"},
            "Name your own",
        ),
        (PRODUCTION | {"MAP_TILES_URL": "tiles"}, "MAP_TILES_URL"),
    ],
)
def test_anything_unusable_is_refused_with_what_to_do(environment, words):
    message = refusal(environment)

    assert message.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert words in message


def test_production_is_closed():
    expression = (
        "settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE, "
        "settings.CSRF_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS, "
        "settings.SECURE_PROXY_SSL_HEADER, settings.SITE_URL"
    )

    assert setting(PRODUCTION, expression) == (
        "(True, True, True, 31536000, None, 'https://map.example.org')"
    )


def test_a_tile_address_opens_the_policy_for_its_host_only():
    tiles = {"MAP_TILES_URL": "https://{s}.tiles.example.org/{z}/{x}/{y}.png"}
    expression = "settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src']"

    assert setting(tiles, expression) == str(["'self'", "data:", "https://*.tiles.example.org"])


def test_without_tiles_no_other_site_is_asked():
    assert setting({}, "settings.LEAFLET_CONFIG['TILES']") == "[]"


def test_a_replica_is_read_where_an_answer_may_be_old():
    replica = PRODUCTION | {"DATABASE_REPLICA_URL": "postgres://u:p@replica.example.org/registry"}

    assert setting(replica, "settings.DATABASE_ROUTERS, settings.DATABASES['replica']['HOST']") == (
        "(['mapapp.replica.ReplicaRouter'], 'replica.example.org')"
    )
    assert setting(PRODUCTION, "settings.DATABASE_ROUTERS") == "[]"


def test_deployment_checks_are_clean():
    shared = PRODUCTION | {"CACHE_URL": "dbcache://cache"}
    done = run(shared, "manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("more", "warns"),
    [
        ({}, True),
        ({"WEB_CONCURRENCY": "3"}, True),
        ({"WEB_CONCURRENCY": "1"}, False),
        ({"API_RATE": "", "API_KEY_RATE": ""}, True),  # signing in is always limited
        ({"CACHE_URL": "redis://cache.example.org:6379/0"}, False),
    ],
)
def test_limits_that_each_process_counts_for_itself_are_warned_of(more, warns):
    done = run(PRODUCTION | more, "manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert ("mapapp.W001" in done.stderr) == warns
    assert (done.returncode != 0) == warns, done.stderr
