"""Static files as a release makes them: fingerprinted, compressed, and all there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.template import engines
from django.test import override_settings

ROOT = Path(__file__).resolve().parents[2]
RELEASE = django_settings.STORAGES | {
    "staticfiles": {"BACKEND": "mapapp.storage.FingerprintedStorage"}
}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """The names that a release gives to our files. Fails where a file refers to a missing one."""
    folder = tmp_path_factory.mktemp("staticfiles")
    with override_settings(STATIC_ROOT=folder, STORAGES=RELEASE):
        call_command("collectstatic", interactive=False, verbosity=0)
        paths: dict[str, str] = json.loads((folder / "staticfiles.json").read_text())["paths"]
        yield folder, paths


def test_every_file_has_a_fingerprint_and_a_compressed_twin(manifest):
    folder, paths = manifest

    assert re.fullmatch(
        r"vendor/world-atlas/countries-50m\.[0-9a-f]{12}\.json",
        name := paths["vendor/world-atlas/countries-50m.json"],
    )
    assert (folder / f"{name}.gz").stat().st_size < 260_000


def test_a_release_is_small(manifest):
    _, paths = manifest

    assert len(paths) < 300


def test_imports_in_our_modules_are_fingerprinted(manifest):
    """A browser may keep a module for a year: so its imports must name the exact version."""
    folder, paths = manifest
    plain = [
        (name, target)
        for name, made in paths.items()
        if name.startswith("js/") and name.endswith(".js")
        for target in re.findall(
            r"""(?:\bfrom|^import)\s*["'](\.[^"']+)["']""",
            (folder / made).read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
        if not re.search(r"\.[0-9a-f]{12}\.js$", target)
    ]
    assert plain == []


@pytest.mark.parametrize(
    "tag",
    [
        "{% load leaflet_tags %}{% leaflet_css %}{% leaflet_js %}",
        "{% load leaflet_tags %}{% leaflet_css plugins='ALL' %}{% leaflet_js plugins='ALL' %}",
    ],
)
@pytest.mark.usefixtures("manifest")
def test_tags_of_packages_find_their_files(tag):
    """A file that is left out of a release, but named by a tag, is a 500 on every page."""
    assert ".js" in engines["django"].from_string(tag).render({})


def test_every_static_file_that_a_template_names_exists():
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(
            r"""\{%\s*static\s+["']([^"']+)["']""", path.read_text(encoding="utf-8")
        )
    }
    assert [(page, name) for page, name in sorted(named) if finders.find(name) is None] == []
