"""Whatever is asked of the API, as its description allows or forbids it: no answer is undescribed.

Schemathesis makes the requests from the description and judges the answers by it. A few for each
address in every run, always the same; many, and others each time, with API_EXAMPLES=1000.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from mapapp.handlers import WSGIHandler
from partnerships.choices import Moderation
from partnerships.models import DevelopmentGoal
from partnerships.policies.record_version import version_of
from partnerships.services import institutions, partnerships
from partnerships.services.suggestions import Sender
from tests.factories import records

APPLICATION = WSGIHandler()
MANY = int(os.environ.get("API_EXAMPLES", "0"))
FEW = 12
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
#: What is there to be asked for: chance alone would find none of it.
NAMED = {
    "partnerships": ["link", "former-link", "withdrawn", "draft", "borders-and-zomba"],
    "institutions": ["queens", "former-queens", "nhs-tayside"],
    "countries": ["MW", "mw", "GB", "XK"],
    "health-boards": ["nhs-tayside", "former-tayside"],
    "topics": ["surgery"],
    "vocabularies": ["topics", "sdgs", "stages", "funders"],
    "frameworks": ["framework"],
    "resources": ["guide"],
    "bulk": ["partnerships.csv", "institutions.jsonl", "datapackage.json", "partnerships.geojson"],
}
ASKED: dict[str, list[Any]] = {
    "country": [["MW"], ["GB", "MW"]],
    "topic": [["surgery"]],
    "audience": [["both_sides"]],
    "principle": [["framework.p2"], ["framework"]],
    "language": [["en", "fr"]],
    "board": [["nhs-tayside"]],
    "institution": [["queens"], ["former-queens"]],
    "q": ["link", "malawi \x00", "“"],
    "bbox": ["-8,54,0,61", "170,-90,-170,90", "nan,0,1,1"],
    "fields": ["id,name", "code", "members.institution.name", "slug,related", "id"],
    "expand": ["members.institution", "health_board"],
    "cursor": ["x"],
    "page": [1, 2, 10**30],
    "since": ["2026-01-01", "2026-01-01T00:00:00Z"],
}


@pytest.fixture(scope="module")
def register(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """A little of everything, and a key that may propose. Requests find it in their own
    connection, which they do not close."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    with django_db_blocker.unblock(), transaction.atomic():
        yield _made()
        transaction.set_rollback(True)
    for signal in signals:
        signal.connect(close_old_connections)


def _made() -> dict[str, Any]:
    board = records.make_board("Former Tayside")
    queens = records.make_institution(
        "Former Queens", country="MW", latitude=-15.8, longitude=35, precision="site"
    )
    unit = records.make_unit()
    for place, slug in ((board.institution, "nhs-tayside"), (queens, "queens")):
        place.slug = slug
        institutions.save(place, by=unit)
    surgery = records.make_topic("Surgery")
    link = records.make_partnership(
        "Former link",
        members=[board.institution, queens],
        health_board=board,
        topics=[surgery],
        delivery="hybrid",
        languages="English, Chichewa",
        other_names=["Linked"],
    )
    partnerships.update(link, by=unit, values={"slug": "link"})
    records.fill(link)
    for name, moderation in (
        ("Borders and Zomba", Moderation.LISTED),
        ("Withdrawn", Moderation.WITHDRAWN),
        ("Draft", Moderation.DRAFT),
    ):
        records.make_partnership(name, moderation=moderation)
    records.make_country("XK")
    DevelopmentGoal.objects.get_or_create(number=3, defaults={"label": "Good health"})
    framework = records.make_framework()
    framework.code = "framework"
    framework.save()
    records.make_resource("Guide", topics=[surgery], principles=["framework", "framework.p1"])
    key, secret = records.make_api_key(may_propose=True)
    _, reading = records.make_api_key()
    link.refresh_from_db()
    sent = records.make_suggestion(link, sender=Sender("api", key))
    return {
        "keys": [secret, reading, "hp_nobody_nothing"],
        "proposals": [str(sent.public_id)],
        "version": version_of(link.modified_at),
    }


@pytest.fixture(scope="module")
def described(register: Any) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", whole)


def whole(environ: Any, start_response: Any) -> list[bytes]:
    """The site; each answer read to its end and closed, as servers do."""
    answer = APPLICATION(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


@pytest.fixture(scope="module")
def slimmed(described: Any) -> Any:
    """The same, for answers of which `fields` has left something out."""
    return schemathesis.openapi.from_dict(_without_required(described.raw_schema))


def _without_required(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_required(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _without_required(value)
        for name, value in part.items()
        if not (name == "required" and isinstance(value, list))
    }


@st.composite
def requests(draw: Any, operation: Any, mode: GenerationMode, register: dict[str, Any]) -> Any:
    """Any request for an address, often with something that is there, sometimes with a key."""
    case = draw(operation.as_strategy(generation_mode=mode))
    first = operation.path.removeprefix("/api/v1/").split("/")[0]
    names: list[str] = NAMED.get(first) or register.get(first, [])
    if names:
        for name in case.path_parameters or {}:
            if draw(st.integers(0, 3)):
                case.path_parameters[name] = draw(st.sampled_from(names))
    query = dict(case.query or {})
    if draw(st.booleans()):
        for name in query:
            if name in ASKED:
                query[name] = draw(st.sampled_from(ASKED[name]))
    # Chance gives every parameter a value: nothing would ever be found.
    some = draw(st.sampled_from([1, 2, 3, len(query)]))
    kept = set(draw(st.permutations(sorted(query)))[:some])
    case.query = {name: value for name, value in query.items() if name in kept}
    if operation.method == "post" and draw(st.integers(0, 3)):
        # What is drawn as bytes is no JSON, so it is no value within JSON either.
        drawn = "bytes" if isinstance(case.body, bytes) else case.body
        case.body = {
            "partnership": "link",
            "base_version": draw(st.sampled_from([*[register["version"]] * 3, "1"])),
            "changes": draw(st.sampled_from([*[{"summary": "Other words"}] * 3, drawn])),
            "why": "It says so.",
        }
    return case


def answers(
    operation: Any, slimmed: Any, register: dict[str, Any], mode: GenerationMode
) -> Counter[int]:
    """How often each status came. Raises Failure for what the description does not allow."""
    found: Counter[int] = Counter()
    secret, *others = register["keys"]
    usual = secret if operation.path.startswith("/api/v1/proposals/") else None
    keys = st.sampled_from([*[usual] * 5, None, secret, *others])

    @settings(
        max_examples=MANY or (3 * FEW if operation.method == "post" else FEW),
        derandomize=not MANY,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if MANY else [Phase.generate],
    )
    @given(case=requests(operation, mode, register), key=keys)
    def ask(case: Any, key: str | None) -> None:
        cache.clear()  # nobody guesses as many keys
        headers = {"Accept-Encoding": "identity"}
        answer = case.call(headers=headers | ({"Authorization": f"Bearer {key}"} if key else {}))
        found[answer.status_code] += 1
        is_slim = "fields" in case.query and answer.status_code == 200
        is_part = answer.status_code == 206  # of a file, which is no JSON
        case.validate_response(answer, checks=CHECKS[:-1] if is_slim or is_part else CHECKS)
        if is_slim:
            slimmed[operation.path][operation.method].validate_response(answer)

    ask()
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_answer_is_undescribed(described, slimmed, register, mode) -> None:
    found, wrong = {}, []
    for result in described.get_all_operations():
        operation = result.ok()
        try:
            found[operation.label] = answers(operation, slimmed, register, mode)
        except Unsatisfiable:  # nothing of it can be wrong
            assert mode.is_negative
        except (Failure, FailureGroup) as failure:
            wrong.append(f"{operation.label}: {failure}")
    assert not wrong, "\n\n".join(wrong)
    silent = [label for label, seen in found.items() if not seen.keys() & {200, 201}]
    assert silent == [] or mode.is_negative  # else add what is asked for to NAMED
