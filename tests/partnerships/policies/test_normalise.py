"""Words as the search sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnerships.policies.normalise import MAX_WORD, index_words, key, query_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("St. Francis' Hospital", "st francis hospital"),
        ("Addenbrooke’s", "addenbrookes"),
        ("Côte d'Ivoire", "cote divoire"),
        ("Dumfries & Galloway", "dumfries and galloway"),
        ("  NHS   24 ", "nhs 24"),
        ("A&E", "ae"),
        ("R & D unit", "rd unit"),
        ("e-Health and X-ray", "ehealth and xray"),
        ("Łódź, Ærø, straße", "lodz aero strasse"),
        ("…", ""),
    ],
)
def test_key_is_plain(text, expected):
    assert key(text) == expected


def test_key_keeps_other_scripts_apart_and_their_prefixes():
    whole, part = key("ព្រះ"), key("ព")
    assert whole.startswith(part)
    assert key("مستشفى") != key("مدرسة") != ""


def test_query_words_drop_stop_words_unless_nothing_else_is_there():
    assert query_words("Nursing in Malawi, in Malawi") == ["nursing", "malawi"]
    assert query_words("the of") == ["the", "of"]
    assert query_words("!!") == []


def test_index_words_write_hyphenated_words_together_too():
    assert index_words("Co-ordination") == ["co", "coordination", "ordination"]
    assert index_words("E-health") == ["ehealth"]


@given(st.text(max_size=60))
def test_every_word_of_a_text_is_found_in_its_index(text):
    index = index_words(text)
    assert all(any(entry.startswith(word) for entry in index) for word in query_words(text))
    assert all(word.isascii() and word.isalnum() and len(word) <= MAX_WORD for word in index)
    assert key(key(text)) == key(text)
