"""Institutions: their places in the tree, their addresses, and what their records learn."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from partnerships.lookup import Moved, institution_for
from partnerships.models import InstitutionAlias
from partnerships.search import PartnershipSearch
from partnerships.services import details, institutions
from tests.factories.records import make_country, make_institution, make_partnership, make_unit

pytestmark = pytest.mark.django_db


def found(words: str) -> set[str]:
    return {row.slug for row in PartnershipSearch({"q": [words]}).results()}


def save(institution, **values) -> bool:
    for name, value in values.items():
        setattr(institution, name, value)
    return institutions.save(institution, by=make_unit(), reason="Checked")


def test_saving_what_is_there_already_writes_nothing() -> None:
    hospital = make_institution()
    modified = hospital.modified_at
    assert not save(hospital)
    hospital.refresh_from_db()
    assert (hospital.modified_at, hospital.history.count()) == (modified, 1)
    assert save(hospital, city="Zomba")
    assert hospital.history.first().history_change_reason == "Checked"


def test_an_old_address_leads_to_the_institution_for_ever() -> None:
    hospital = make_institution(slug="first")
    save(hospital, slug="second")
    with pytest.raises(Moved) as moved:
        institution_for("first")
    assert moved.value.slug == "second"
    with pytest.raises(ValidationError, match="Choose a different one"):
        make_institution(slug="first")
    save(hospital, slug="first")
    assert institution_for("first") == hospital


def test_a_new_name_and_a_new_alias_are_found_at_once() -> None:
    hospital = make_institution("Old Hospital", slug="a-hospital")
    record = make_partnership(members=[make_institution(country="GB"), hospital])
    save(hospital, name="Kamuzu Central Hospital")
    assert found("kamuzu") == {record.slug}
    assert found("old") == set()
    alias = InstitutionAlias(institution=hospital, name="KCH")
    details.apply(written=[alias], by=make_unit(), reason="Acronym")
    institutions.settle(hospital, by=make_unit())
    assert found("kch") == {record.slug}


def test_the_records_of_a_ward_follow_its_hospital() -> None:
    hospital = make_institution("Old Hospital")
    ward = make_institution("Ward", parent=hospital)
    record = make_partnership(members=[make_institution(country="GB"), ward])
    save(hospital, name="Kamuzu Central Hospital")
    assert found("kamuzu") == {record.slug}


def test_parents_form_a_chain_that_ends() -> None:
    top = make_institution()
    middle = make_institution(parent=top)
    low = make_institution(parent=middle)
    for parent in (low, middle, top):
        with pytest.raises(ValidationError):
            save(top, parent=parent)
        top.refresh_from_db()
    assert top.parent is None


def test_parents_stand_at_most_six_levels_deep() -> None:
    chain = [make_institution()]
    for _ in range(5):
        chain.append(make_institution(parent=chain[-1]))
    with pytest.raises(ValidationError, match="6 levels"):
        make_institution(parent=chain[-1])
    head = make_institution()
    with pytest.raises(ValidationError, match="6 levels"):
        save(chain[0], parent=head)


def test_a_new_country_is_counted_by_every_record_of_the_institution() -> None:
    scottish, other = make_institution(country="GB"), make_institution(country="MW")
    record = make_partnership(members=[scottish, other])
    save(other, country=make_country("ZM"))
    record.refresh_from_db()
    assert record.country_count == 2
    assert found("zambia") == {record.slug}
    with pytest.raises(ValidationError, match="two or more countries"):
        save(other, country=make_country("GB"))
    other.refresh_from_db()
    record.refresh_from_db()
    assert (other.country_id, record.country_count) == ("ZM", 2)


def test_only_an_institution_that_nobody_names_can_go() -> None:
    named = make_partnership().members.first().institution
    with pytest.raises(ProtectedError):
        institutions.delete(named, by=make_unit(), reason="Tidying")
    unused, by = make_institution(), make_unit()
    details.apply(written=[InstitutionAlias(institution=unused, name="Alias")], by=by)
    institutions.delete(unused, by=by, reason="Entered twice")
    for gone in (InstitutionAlias.history.first(), unused.history.model.objects.first()):
        assert (gone.history_type, gone.history_user) == ("-", by)
        assert gone.history_change_reason == "Entered twice"
