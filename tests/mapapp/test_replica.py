"""Anonymous reads may go to the replica; nobody reads old what they have just written."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from mapapp.replica import ReplicaMiddleware, ReplicaRouter, may_be_old
from partnerships.models import Partnership


@pytest.fixture(autouse=True)
def _fresh():
    token = may_be_old.set(False)
    yield
    may_be_old.reset(token)


def database_of(method: str, *, signed_in: bool = False) -> str | None:
    request = RequestFactory().generic(method, "/partnerships/")
    if signed_in:
        request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    ReplicaMiddleware(lambda request: HttpResponse())(request)
    return ReplicaRouter().db_for_read(Partnership)


def test_commands_read_the_primary():
    assert ReplicaRouter().db_for_read(Partnership) is None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_anonymous_reads_go_to_the_replica(method):
    assert database_of(method) == "replica"


def test_signed_in_people_read_the_primary():
    assert database_of("GET", signed_in=True) is None


def test_writing_requests_read_the_primary_even_after_a_read():
    database_of("GET")
    assert database_of("POST") is None


def test_writes_have_no_route_of_their_own():
    assert not hasattr(ReplicaRouter, "db_for_write")
