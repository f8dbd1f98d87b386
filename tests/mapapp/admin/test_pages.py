"""Every record has pages in the admin, and they need no more queries for more rows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partnerships import models as registry
from partnerships.admin.scoping import Scoped
from partnerships.services import answers, checklists, links
from tests.factories.evaluations import make_questionnaire, make_round
from tests.factories.records import (
    make_api_key,
    make_board,
    make_champion,
    make_coordinator,
    make_country,
    make_framework,
    make_institution,
    make_partnership,
    make_resource,
    make_suggestion,
    make_topic,
    make_unit,
)
from tests.mapapp.admin.pages import url

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def make_one_of_each() -> dict[type, object]:
    """A record for each page of the admin."""
    board = make_board()
    champion = make_champion(board)
    topic = make_topic()
    record = make_partnership(health_board=board, topics=[topic])
    member = record.members.first()
    framework = make_framework()
    run = make_import_run(by=champion)
    vocabularies = (registry.Activity, registry.Profession, registry.Funder)
    return {
        registry.Partnership: record,
        registry.Member: member,
        registry.Coordinator: make_coordinator(member),
        registry.Institution: member.institution,
        registry.HealthBoard: board,
        registry.Country: make_country("MW"),
        registry.Champion: champion.tenures.get(),
        registry.User: champion,
        registry.Topic: topic,
        registry.DevelopmentGoal: registry.DevelopmentGoal.objects.create(number=3, label="Health"),
        **{model: model.objects.create(code="a", label="A") for model in vocabularies},
        registry.Framework: framework,
        registry.Principle: framework.principles.first(),
        registry.Hallmark: framework.principles.first().hallmarks.first(),
        registry.Resource: make_resource(topics=[topic], principles=[framework.code]),
        registry.Checklist: checklists.open_round(
            partnership=record, framework=framework, by=champion
        ),
        registry.ApiKey: make_api_key()[0],
        registry.Suggestion: make_suggestion(record),
        registry.OutgoingMail: make_mail(),
        registry.LinkAnswer: make_answer(record),
        registry.TwinningCycle: registry.TwinningCycle.objects.create(partnership=record, number=1),
        registry.ImportRun: run,
        registry.ImportRow: make_import_row(run),
        registry.Round: make_round(),
        registry.Questionnaire: make_questionnaire(),
    }


def make_import_run(*, by):
    return registry.ImportRun.objects.create(
        file_name="a.csv", file_sha256="0", applied_at="2026-05-01T12:00Z", applied_by=by
    )


def make_mail():
    return registry.OutgoingMail.objects.create(
        once="a", kind="trial", to="ann@example.org", message_id="<a@example.org>",
        next_attempt_at="2026-05-01T12:00Z", created_at="2026-05-01T12:00Z",
    )  # fmt: skip


def make_answer(record):
    at = datetime(2026, 5, 1, tzinfo=UTC)
    token = links.make(purpose="confirmation", partnership=record, side="uk", at=at)
    link = links.find(token, purpose="confirmation", at=at)
    return answers.answer(link, answer="not_me", at=at)


def make_import_row(run, *, partnership=None):
    return registry.ImportRow.objects.create(
        run=run,
        number=2,
        slug="a",
        verdict="create",
        cells={"slug": "a"},
        partnership=partnership,
    )


def test_every_page_of_every_record_opens(client) -> None:
    records = make_one_of_each()
    registered = {
        model for model in admin.site._registry if model._meta.app_label == "partnerships"
    }
    assert set(records) == registered
    assert client.get(reverse("admin:index")).status_code == 200
    for model, record in records.items():
        modeladmin = admin.site.get_model_admin(model)
        assert isinstance(modeladmin, Scoped), model
        changelist = client.get(url(model, "changelist"), {"q": "a"})
        assert changelist.status_code == 200, model
        assert client.get(url(model, "change", record.pk)).status_code == 200, model
        assert client.get(url(model, "history", record.pk)).status_code == 200, model
        assert client.get(url(model, "add")).status_code in (200, 403), model
        assert client.get(url(model, "delete", record.pk)).status_code in (200, 403), model


def test_every_record_that_people_edit_is_in_the_admin() -> None:
    """On a page of its own, or as rows of another's."""
    registered = set(admin.site._registry)
    rows = {
        inline.model
        for modeladmin in admin.site._registry.values()
        for inline in modeladmin.inlines
    } | {registry.Consent, registry.ChecklistMember, registry.ActionPoint}
    derived = {
        registry.ChangeMark,
        registry.ChangeNote,
        registry.ChangeRun,
        registry.DataVersion,
        registry.FacetSheet,
        registry.SearchDocument,
        registry.FacetValue,
        registry.PublicLocation,
        registry.PlannedImport,  # pages of its sender, beside ImportRun
        registry.PlannedImportRow,
        registry.HallmarkCorrespondence,  # stated on a page of the later version
        registry.NotTheSame,  # said and taken back on the desk
        registry.RecordChange,  # told by the API
        registry.Mailbox,  # a digest and three times: see record_bounce
        registry.Reminder,  # the desk tells of sides that do not answer
        registry.SignedLink,  # nobody but whoever has it needs to know of one
        registry.UnconfirmedSuggestion,  # nobody reads what has no code yet
        registry.FormerPartnershipSlug,  # shown on the record
        registry.FormerInstitutionSlug,
        registry.Rating,  # the sides' own, behind their links
        registry.AgreedAnswer,
        registry.Invitation,  # listed on its round
        registry.Response,  # the sides' own, too
        registry.RoundReport,  # a page of its round
    }
    models = {
        model
        for model in apps.get_app_config("partnerships").get_models()
        if not model.__name__.startswith("Historical") and not model._meta.auto_created
    }
    assert models - derived - registered - rows == set()


def test_nothing_else_has_pages_in_the_admin() -> None:
    assert {model._meta.app_label for model in admin.site._registry} == {"partnerships"}


def test_lists_need_no_more_queries_for_more_records(client) -> None:
    board = make_board()

    def more() -> None:
        make_round()
        run = make_import_run(by=make_unit())
        make_import_row(run, partnership=make_partnership())
        for model in (registry.Activity, registry.Profession, registry.Funder):
            place = model.objects.count()
            model.objects.create(code=f"a{place}", label=f"A {place}")
        make_suggestion(make_partnership(health_board=make_board()))
        make_suggestion()
        make_partnership(health_board=board, topics=[make_topic()])
        make_champion(make_board())
        make_coordinator(make_partnership(health_board=make_board()).members.first())
        checklists.open_round(
            partnership=make_partnership(health_board=board),
            framework=make_framework(),
            by=make_unit(),
        )

    models = [
        registry.Partnership,
        registry.Institution,
        registry.HealthBoard,
        registry.Champion,
        registry.Coordinator,
        registry.User,
        registry.Topic,
        registry.Country,
        registry.Framework,
        registry.Principle,
        registry.Hallmark,
        registry.Checklist,
        registry.Activity,
        registry.Profession,
        registry.Funder,
        registry.ApiKey,
        registry.Suggestion,
        registry.ImportRun,
        registry.ImportRow,
        registry.Round,
        registry.Questionnaire,
    ]

    def counts() -> dict[str, int]:
        found = {}
        for model in models:
            client.get(url(model, "changelist"))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(url(model, "changelist"))
            found[model.__name__] = len(queries)
        return found

    more()
    one = counts()
    more()
    more()
    assert counts() == one


def test_a_record_with_more_members_needs_no_more_queries(client) -> None:
    def queries(members: int) -> int:
        record = make_partnership(
            members=[make_institution(country="GB" if n % 2 else "MW") for n in range(members)],
            topics=[make_topic() for _ in range(members)],
        )
        for member in record.members.all():
            make_coordinator(member)
        address = url(registry.Partnership, "change", record.pk)
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    assert queries(2) == queries(6)
