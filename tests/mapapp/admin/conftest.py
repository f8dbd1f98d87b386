"""Who looks at the admin."""

from __future__ import annotations

import pytest

from tests.factories.records import (
    make_unit,
)
from tests.mapapp.admin.cast import World
from tests.mapapp.admin.pages import signed_in


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def client(unit):
    return signed_in(unit)


@pytest.fixture
def world():
    return World()
