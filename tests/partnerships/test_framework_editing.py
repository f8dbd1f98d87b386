"""Drafts, versions and files of frameworks: published wording stands, files come back as sent."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from partnerships.choices import FrameworkState
from partnerships.framework_versions import beside, families
from partnerships.models import Framework, Hallmark, HallmarkCorrespondence, Principle
from partnerships.services import framework_files, frameworks
from partnerships.services.partnerships import NotAllowed
from partnerships.services.reference import FOLDER
from tests.factories.records import make_framework, make_unit

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_a_draft_is_published_and_retired_with_a_history() -> None:
    by, framework = make_unit(), make_framework(state=FrameworkState.DRAFT)
    with pytest.raises(NotAllowed, match="not retired"):
        frameworks.retire(framework, by=by)
    assert frameworks.publish(framework, by=by, reason="Board agreed")
    assert not frameworks.publish(framework, by=by)
    assert frameworks.retire(framework, by=by)
    states = framework.history.order_by("history_id").values_list("state", "history_change_reason")
    assert list(states)[-2:] == [("published", "Board agreed"), ("retired", "")]


def test_what_nobody_could_rate_is_not_published() -> None:
    by, framework = make_unit(), make_framework(state=FrameworkState.DRAFT, hallmarks=0)
    with pytest.raises(NotAllowed, match="no hallmark"):
        frameworks.publish(framework, by=by)
    framework.shape = "steps"
    assert frameworks.save(framework, by=by)
    assert frameworks.publish(framework, by=by)


def test_published_wording_stands_also_unanswered() -> None:
    by, framework = make_unit(), make_framework()
    principle = framework.principles.first()
    principle.title = "Other"
    with pytest.raises(NotAllowed, match="Make a new version"):
        frameworks.save_wording(principle, by=by)
    framework.title = "Other"
    with pytest.raises(NotAllowed, match="new version"):
        frameworks.save(framework, by=by)
    framework.refresh_from_db()
    framework.source_url, framework.state = "https://example.org/moved", "draft"
    assert frameworks.save(framework, by=by)
    assert Framework.objects.get(pk=framework.pk).state == FrameworkState.PUBLISHED
    with pytest.raises(NotAllowed, match="Retire it"):
        frameworks.delete(framework, by=by, reason="")


def test_a_new_version_is_a_draft_that_corresponds() -> None:
    by, framework = make_unit(), make_framework()
    copy = frameworks.make_version(framework, version="2", by=by, reason="Ten years on")
    assert (copy.state, copy.version, copy.title) == ("draft", "2", framework.title)
    hallmark = frameworks.hallmarks_in(copy).first()
    hallmark.code, hallmark.text = "renamed", "Better words"
    assert frameworks.save_wording(hallmark, by=by)
    assert len(frameworks.corresponding(framework, copy)) == 4
    with pytest.raises(ValidationError, match="that version"):
        frameworks.make_version(framework, version="2", by=by)
    with pytest.raises(ValidationError, match="letters"):
        frameworks.make_version(framework, version="2/3", by=by)


def test_rows_change_places_in_one_go() -> None:
    by, framework = make_unit(), make_framework(principles=3, state=FrameworkState.DRAFT)
    one, two, three = framework.principles.order_by("number")
    one.number, two.number, three.number = 2, 3, 1
    assert frameworks.save_rows([one, two, three], by=by)
    order = framework.principles.order_by("number").values_list("code", flat=True)
    assert list(order) == ["p3", "p1", "p2"]
    assert one.history.latest().number == 2
    assert not frameworks.save_rows([one, two, three], by=by)


def test_versions_stand_beside_each_other() -> None:
    by, framework = make_unit(), make_framework()
    copy = frameworks.make_version(framework, version="2", by=by)
    first, second, *_ = frameworks.hallmarks_in(copy)
    first.text = "Better words"
    frameworks.save_wording(first, by=by)
    frameworks.remove_wording(second, by=by, reason="")
    new = Hallmark(principle=first.principle, code="new", number=9, text="New")
    frameworks.save_wording(new, by=by)
    frameworks.save_wording(Principle(framework=copy, code="p9", number=9, title="Ninth"), by=by)
    rows = beside(*Framework.objects.with_wording().filter(code=copy.code).order_by("version"))
    told = [(row.kind, [pair.kind for pair in row.hallmarks]) for row in rows]
    assert told == [
        ("same", ["reworded", "new", "gone"]),
        ("same", ["same", "same"]),
        ("new", []),
    ]


def test_the_current_version_is_the_newest_that_is_published() -> None:
    by = make_unit()
    framework = make_framework()
    copy = frameworks.make_version(framework, version="10", by=by)
    assert [family.current for family in families()] == [framework]
    frameworks.publish(copy, by=by)
    assert [family.current for family in families()] == [copy]
    frameworks.retire(copy, by=by)
    (family,) = families()
    assert (family.current, family.others) == (framework, [copy])


# ----------------------------------------------------------------------------------------- files


def test_the_frameworks_that_come_along_go_in_and_out_unchanged() -> None:
    by = make_unit()
    for path in sorted((FOLDER / "frameworks").glob("*.json")):
        made = framework_files.add(path.read_bytes(), by=by)
        assert made.state == FrameworkState.DRAFT
        assert framework_files.as_values(made) == json.loads(path.read_text(encoding="utf-8"))


def test_correspondences_travel_and_a_file_is_never_half_written() -> None:
    by, framework = make_unit(), make_framework()
    copy = frameworks.make_version(framework, version="2", by=by)
    frameworks.correspond(frameworks.hallmarks_in(copy).first(), earlier=None, by=by)
    values = framework_files.as_values(copy)
    frameworks.delete(copy, by=by, reason="Made anew")
    made = framework_files.add(json.dumps(values).encode(), by=by)
    assert framework_files.as_values(made) == values

    before = (Framework.objects.count(), Principle.objects.count(), Hallmark.objects.count())
    values["version"] = "3"
    values["principles"][1]["hallmarks"][1]["continues"]["hallmark"] = "gone"
    with pytest.raises(ValidationError, match=r"principles\[2\]\.hallmarks\[2\]\.continues"):
        framework_files.add(json.dumps(values).encode(), by=by)
    values["version"] = "2"
    with pytest.raises(ValidationError, match="has a version 2 already"):
        framework_files.add(json.dumps(values).encode(), by=by)
    now = (Framework.objects.count(), Principle.objects.count(), Hallmark.objects.count())
    assert now == before
    assert not HallmarkCorrespondence.objects.filter(later__principle__framework__version="3")


texts = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(
    str.strip
)
codes = st.text("abcXYZ019_-", min_size=1, max_size=12)
hallmarks = st.lists(
    st.fixed_dictionaries({"code": codes, "text": texts}), max_size=3, unique_by=lambda h: h["code"]
)
principles = st.lists(
    st.fixed_dictionaries(
        {
            "code": codes,
            "title": texts,
            "description": texts | st.just(""),
            "hallmarks": hallmarks,
        }
    ),
    max_size=3,
    unique_by=lambda p: p["code"],
)
files = st.fixed_dictionaries(
    {
        "code": codes,
        "version": st.from_regex(r"\A[0-9]{1,3}(\.[0-9]{1,2})?\Z"),
        "title": texts,
        "shape": st.sampled_from(["principles", "steps"]),
        "source_name": texts,
        "source_url": st.just("https://example.org/principles"),
        "wording_note": texts,
        "principles": principles,
    }
)


class RoundTrip(TestCase):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(values=files)
    def test_a_file_comes_back_as_it_went_in(self, values: dict[str, object]) -> None:
        content = json.dumps(values, ensure_ascii=False).encode()
        made = framework_files.add(content, by=make_unit())
        assert framework_files.as_values(made) == values
