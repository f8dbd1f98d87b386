"""Contact details are found in prose; years, sums and addresses of pages are not."""

from __future__ import annotations

import pytest

from partnerships.policies.contacts import contact_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to nurse.one+x@example.org, please", "nurse.one+x@example.org"),
        ("Call 07700 900123 after six", "07700 900123"),
        ("Ring +265 (0)1 234 567 89.", "+265 (0)1 234 567 89"),
        ("0131-496-0842", "0131-496-0842"),
    ],
)
def test_contacts_are_found(text, found):
    assert contact_in(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "From 2010-2015 and 2018 to 2021, 68 rooms in 24 countries",
        "A grant of 1 200 000 pounds",
        "See https://example.org/a/0123456789012",
        "Meet @ the hospital",
        "3.8, 3.c, 17.6 and 17.9",
    ],
)
def test_other_text_is_left_alone(text):
    assert contact_in(text) is None
