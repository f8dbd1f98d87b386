"""What the unit does with frameworks in the admin: states, versions, previews, files."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from partnerships.models import Framework
from partnerships.services import framework_files, frameworks
from tests.factories.records import make_champion, make_framework, make_unit
from tests.mapapp.admin.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]


WORDING = {"title", "text", "principles-0-title", "hallmarks-0-text"}


def words(tag) -> str:
    return " ".join(tag.get_text().split())


@pytest.fixture
def versions() -> tuple[Framework, Framework]:
    by, first = make_unit(), make_framework()
    second = frameworks.make_version(first, version="2", by=by)
    hallmark = frameworks.hallmarks_in(second).first()
    hallmark.text = "Better words"
    frameworks.save_wording(hallmark, by=by)
    frameworks.publish(second, by=by)
    return first, second


def admin_page(name: str, framework: Framework | None = None) -> str:
    return reverse(f"admin:partnerships_framework_{name}", args=[framework.pk] if framework else [])


def test_the_unit_publishes_makes_a_version_and_retires(client) -> None:
    draft = make_framework(state="draft")
    state = admin_page("state", draft)
    client.get(state)
    draft.refresh_from_db()
    assert draft.state == "draft"
    client.post(state, {"verb": "publish", "reason": "Agreed"})
    answer = client.post(state, {"verb": "version", "version": "2"})
    made = Framework.objects.get(version="2")
    assert answer["Location"] == admin_page("change", made)
    refused = client.post(state, {"verb": "version", "version": "2"}, follow=True)
    assert "has that version already" in refused.text
    client.post(state, {"verb": "retire"})
    draft.refresh_from_db()
    assert (draft.state, draft.history.latest().history_user.role) == ("retired", "unit")
    for name in ("change", "versions"):
        assert client.get(admin_page(name, made)).status_code == 200


def test_wording_is_written_in_drafts_and_read_once_published(client) -> None:
    draft = make_framework(state="draft")
    principle = draft.principles.order_by("number")[0]
    pages = [
        admin_page("change", draft),
        reverse("admin:partnerships_principle_change", args=[principle.pk]),
        reverse("admin:partnerships_hallmark_change", args=[principle.hallmarks.first().pk]),
    ]

    def written() -> list[set[str]]:
        found = [BeautifulSoup(client.get(page).text, "html.parser") for page in pages]
        return [{f["name"] for f in p.select("#content [name]")} & WORDING for p in found]

    assert written() == [
        {"title", "principles-0-title"},
        {"title", "hallmarks-0-text"},
        {"text"},
    ]
    Framework.objects.update(state="published")
    assert written() == [set(), set(), set()]


def test_what_corresponds_is_stated_on_the_page_of_both_versions(client, versions) -> None:
    first, second = versions
    a, b, *_ = frameworks.hallmarks_in(second)
    old_a, old_b, *_ = frameworks.hallmarks_in(first)
    data = {"with": first.pk, f"continues-{a.pk}": old_b.pk, f"continues-{b.pk}": old_a.pk}
    client.post(admin_page("versions", second), data)
    found = frameworks.corresponding(first, second)
    assert (found[old_a.pk], found[old_b.pk]) == (b.pk, a.pk)
    client.post(admin_page("versions", second), {"with": first.pk, f"continues-{a.pk}": "none"})
    assert old_b.pk not in frameworks.corresponding(first, second)


def test_previews_show_a_draft_as_the_public_and_as_a_side_sees_it(client) -> None:
    draft = make_framework(state="draft")
    preview = client.get(admin_page("preview", draft))
    assert "This draft is not public" in preview.text
    assert preview["X-Robots-Tag"] == "noindex"
    asked = client.get(admin_page("preview", draft), {"as": "answer", "principle": "2"})
    soup = BeautifulSoup(asked.content, "html.parser")
    assert [words(legend) for legend in soup.select("legend")] == ["Hallmark 2.1", "Hallmark 2.2"]
    assert len(soup.select("fieldset input[type=radio]")) == 12
    assert not soup.select("form button, main form")


def test_files_go_out_and_in_and_say_what_is_wrong(client) -> None:
    framework = make_framework()
    answer = client.get(admin_page("file", framework))
    values = json.loads(answer.content)
    assert values == framework_files.as_values(framework)
    values |= {"version": "2", "shape": "round"}

    def send() -> object:
        file = SimpleUploadedFile("a.json", json.dumps(values).encode())
        return client.post(admin_page("read"), {"file": file})

    assert "shape: Write “principles” or “steps”." in send().text
    assert not Framework.objects.filter(version="2").exists()
    values["shape"] = "principles"
    assert send().status_code == 302
    assert Framework.objects.get(version="2").state == "draft"


def test_a_champion_reads_and_changes_nothing() -> None:
    client = signed_in(make_champion())
    framework = make_framework(state="draft")
    assert client.get(admin_page("preview", framework)).status_code == 200
    assert client.get(admin_page("read")).status_code == 403
    assert client.post(admin_page("state", framework), {"verb": "publish"}).status_code == 403
    assert client.post(admin_page("versions", framework), {}).status_code == 403
    framework.refresh_from_db()
    assert framework.state == "draft"
