"""The public form in which anybody suggests a change of a record, or a new partnership."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.urls import reverse

from partnerships.choices import PartnershipKind, Stage
from partnerships.lookup import institution_called
from partnerships.models import Country, HealthBoard, Institution, Topic
from partnerships.policies import partial_dates
from partnerships.proposed_values import LONGEST

#: Characters: together they stay within what goes with a suggestion.
MOST_WHY, MOST_OTHERS = 1300, 500
#: Fields of the form → fields of a record as `partnerships.proposed` names them.
PLAIN = {
    "name": "name",
    "summary": "summary",
    "kind": "kind",
    "stage": "stage",
    "stage_reason": "stage_reason",
    "website": "website",
    "goals": "goals",
    "uk_learning": "learning.uk",
    "partner_learning": "learning.partner",
}
#: Where an error in a proposed field is shown.
SHOWN_AT = {proposed: name for name, proposed in PLAIN.items()} | {
    "began": "began_year",
    "ended": "ended_year",
    "topics": "topic",
    "members": "others",
    "countries": "country",
    "health_board": "board",
    "words": "why",
    "source_url": "source",
}
_DATES = ("began", "ended")
_NO_DATE = "write a year such as 2008. Month and day may be left out, but not the month alone."
#: So many lines of institutions are looked up.
_MOST_LINES = 12


def _text(label: str, most: int, hint: str = "", *, rows: int = 0, **more: Any) -> forms.CharField:
    widget: Any = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    widget.attrs |= more.pop("attrs", {})
    field = forms.CharField(
        label=label, help_text=hint, required=more.pop("required", False), widget=widget, **more
    )
    # Not as max_length: a browser would cut off what is pasted and say nothing.
    field.validators.append(
        MaxLengthValidator(most, f"Write at most {most} characters. These are %(show_value)d.")
    )
    return field


def _part(label: str, width: str) -> forms.CharField:
    return _text(label, 4, attrs={"inputmode": "numeric", "class": f"width-{width}"})


#: Sections of the form: heading, and the fields or dates in it. What a form lacks is passed over.
_OF_CHANGE = [
    ("Name and what it does", ["name", "summary", "website"]),
    ("Is it alive, and since when", ["stage", "stage_reason", "began", "ended"]),
    ("Who takes part", ["members", "others"]),
    ("Topics", ["topic", "topics"]),
    ("In the partners’ words", ["goals", "uk_learning", "partner_learning"]),
]
_OF_NEW = [
    ("The partnership", ["name", "kind", "summary", "board"]),
    ("Who takes part", ["others", "country"]),
    ("Is it alive, and since when", ["stage", "began", "ended"]),
    ("Topics", ["topic", "topics"]),
    ("In the partners’ words", ["website", "goals", "uk_learning", "partner_learning"]),
]
_OPEN_OF_NEW = 3
_DATE_LABELS = {"began": "Began", "ended": "Ended"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A field, or the three parts of a date with one legend."""

    fields: list[Any]
    legend: str = ""

    @property
    def errors(self) -> list[str]:
        return [text for field in self.fields for text in field.errors]


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    shown: list[Shown]
    is_open: bool


class SuggestionForm(forms.Form):
    """One form for both: of a new partnership more is asked. Nothing in it is hidden from whoever
    fills it in, so nothing that comes back is trusted."""

    error_css_class = "is-wrong"

    why = _text("", MOST_WHY, rows=5, required=True)
    source = forms.URLField(
        label="A page that says so",
        help_text="If there is one. Copy its address from your browser.",
        required=False,
        max_length=300,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    name = _text("Name of the partnership", 200)
    kind = forms.ChoiceField(label="Kind of partnership", required=False)
    board = forms.ChoiceField(
        label="Which Scottish Health Board is it with?",
        help_text="Its champion will look at your suggestion.",
        required=False,
    )
    country = forms.ChoiceField(label="The partner country", required=False)
    summary = _text("What it does, in a sentence or two", 300, "At most 300 characters.", rows=4)
    stage = forms.ChoiceField(label="Is it alive?", choices=Stage.choices, required=False)
    stage_reason = _text("Why it is paused, closing or has ended", 200, "If it is.")
    began_year = _part("Year", "4")
    began_month = _part("Month", "2")
    began_day = _part("Day", "2")
    ended_year = _part("Year", "4")
    ended_month = _part("Month", "2")
    ended_day = _part("Day", "2")
    members = forms.MultipleChoiceField(
        label="These take part",
        help_text="Take the tick away from one that no longer does.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    others = _text(
        "Who else takes part?",
        MOST_OTHERS,
        "Hospitals, universities, charities … One on each line, with its town or country.",
        rows=4,
    )
    topic = forms.ChoiceField(label="Main topic", required=False)
    topics = forms.MultipleChoiceField(
        label="Other topics", required=False, widget=forms.CheckboxSelectMultiple
    )
    goals = _text("What the partners want to achieve", LONGEST, rows=4)
    uk_learning = _text("What the UK side learns", LONGEST, rows=4)
    partner_learning = _text("What the partner side learns", LONGEST, rows=4)
    website = forms.URLField(
        label="Its website",
        required=False,
        max_length=300,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    your_name = _text("Your name", 150, "If you like.", attrs={"autocomplete": "name"})
    your_email = forms.EmailField(
        label="Your e-mail address",
        help_text="We send a code there, and later the answer. Nobody else gets it.",
        error_messages={
            "required": "Write your e-mail address: we send a code there.",
            "invalid": "Write an e-mail address such as name@example.org.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    #: People never see it; what fills in every field does.
    fax = _text("Leave this empty", 200, attrs={"autocomplete": "off", "tabindex": "-1"})
    #: What the page was made from, signed: see views/suggesting.py.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, record: Mapping[str, Any] | None, is_known: bool = False, **kwargs: Any
    ) -> None:
        """`record` is the public record to change. `is_known`: the mailbox is proven already."""
        super().__init__(*args, **kwargs)
        self.record = record
        self.picked: list[Institution] = []
        self.unknown: list[str] = []
        fields: dict[str, Any] = self.fields
        unwanted = ["kind", "board", "country"] if record else ["members", "stage_reason"]
        unwanted += ["your_name", "your_email"] if is_known else []
        for name in unwanted:
            del fields[name]
        fields["why"].label = "What should change, and why?" if record else "How do you know it?"
        fields["why"].help_text = (
            "In your own words. You need not fill in anything else about the partnership."
            if record
            else "Whether you take part in it, say, or where you read about it."
        )
        fields["why"].error_messages["required"] = (
            "Say what should change." if record else "Say how you know of it."
        )
        self._choices(record)
        for name in ("name", "kind"):
            if not record:
                fields[name].required = True
        if not record:
            fields["others"].label = "Who takes part?"
        fields["name"].error_messages["required"] = "Write the name of the partnership."

    def _choices(self, record: Mapping[str, Any] | None) -> None:
        fields: dict[str, Any] = self.fields
        address = f"{reverse('suggest')}?only=institutions"
        fields["others"].widget.attrs["data-institutions"] = address
        said = {topic["code"] for topic in record["topics"]} if record else set()
        rows: Any = Topic.objects.order_by("position", "label").values_list(
            "code", "label", "retired_on"
        )
        topics = [(code, label) for code, label, retired in rows if not retired or code in said]
        fields["topic"].choices = [("", "Not said"), *topics]
        fields["topics"].choices = topics
        if record:
            fields["members"].choices = [
                (each["institution"]["id"], each["institution"]["name"])
                for each in record["members"]
            ]
            return
        fields["kind"].choices = [("", "Choose one"), *PartnershipKind.choices]
        fields["kind"].error_messages["required"] = "Choose what comes nearest."
        fields["stage"].initial = Stage.NOT_KNOWN
        boards: Any = HealthBoard.objects.for_list().values_list(
            "institution__slug", "institution__name"
        )
        fields["board"].choices = [("", "None, or I am not sure"), *boards]
        countries = Country.objects.order_by("common_name").values_list("alpha2", "common_name")
        fields["country"].choices = [("", "Not said"), *countries]

    def clean_fax(self) -> str:
        if self.cleaned_data["fax"]:
            raise forms.ValidationError("Leave this field empty: it catches programs.")
        return ""

    def clean_others(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["others"].splitlines() if line.strip()]
        if len(lines) > _MOST_LINES:
            raise forms.ValidationError(f"Write at most {_MOST_LINES} lines.")
        for line in lines:
            found = institution_called(line)
            if found is None:
                self.unknown.append(line)
            elif found not in self.picked:
                self.picked.append(found)
        said: str = self.cleaned_data["others"]
        return said

    def clean(self) -> dict[str, Any]:
        for name in _DATES:
            try:
                text = self._date(name)
                _ = text and partial_dates.parse(text)
            except ValueError:
                self.add_error(f"{name}_year", f"{_DATE_LABELS[name]}: {_NO_DATE}")
        return self.cleaned_data

    def _date(self, name: str) -> str:
        """Year, month and day as one date, or nothing. Raises ValueError for a day without its
        month and for what is no number."""
        parts = [self.cleaned_data.get(f"{name}_{part}", "") for part in ("year", "month", "day")]
        known = [part for part in parts if part]
        if parts[: len(known)] != known or not all(part.isdecimal() for part in known):
            raise ValueError(name)
        return "-".join(known)

    def proposed(self) -> dict[str, Any]:
        """What the form says of each field of a record that it asks for. Needs a valid form."""
        said = self.cleaned_data
        found: dict[str, Any] = {
            proposed: said[name] for name, proposed in PLAIN.items() if name in self.fields
        }
        found["stage"] = said["stage"] or Stage.NOT_KNOWN.value
        for name in _DATES:
            found[name] = {"value": text} if (text := self._date(name)) else None
        codes = [said["topic"], *said["topics"]]
        found["topics"] = list(dict.fromkeys(code for code in codes if code))
        kept = said.get("members", [])
        added = [str(each.public_id) for each in self.picked]
        found["members"] = [{"institution": key} for key in dict.fromkeys([*kept, *added])]
        if self.record is None:
            standing = {each.country_id for each in self.picked}
            found["countries"] = sorted(standing | ({said["country"]} - {""}))
            found["health_board"] = said["board"] or None
        return found

    def words(self) -> str:
        """Why, and whatever could only be said in words."""
        why: str = self.cleaned_data["why"]
        if self.unknown:
            why += "\n\nTake part too, not found in the register:\n" + "\n".join(self.unknown)
        return why

    def sections(self, *, all_open: bool = False) -> list[Section]:
        """Open is what must be filled in, what was touched, and what is wrong."""
        found = []
        for number, (heading, names) in enumerate(_OF_CHANGE if self.record else _OF_NEW):
            parts = [self._shown(name) for name in names if name in self.fields or name in _DATES]
            touched = self.is_bound and any(
                field.errors or field.name in self.changed_data
                for part in parts
                for field in part.fields
            )
            must = self.record is None and number < _OPEN_OF_NEW
            found.append(Section(heading, parts, all_open or touched or must))
        return found

    def _shown(self, name: str) -> Shown:
        if name not in _DATES:
            return Shown([self[name]])
        fields = [self[f"{name}_{part}"] for part in ("day", "month", "year")]
        return Shown(fields, _DATE_LABELS[name])

    def hidden(self) -> list[str]:
        """Every field as it was typed, to be sent once more; `seen` is signed anew."""
        no_id: Any = {"id": None}
        return [field.as_hidden(attrs=no_id) for field in self if field.name != "seen"]


def initial_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """The form as a public record would fill it in."""
    codes = [topic["code"] for topic in record["topics"]]
    found = {
        "name": record["name"],
        "summary": record["summary"],
        "stage": record["stage"]["code"],
        "stage_reason": record["stage_reason"],
        "website": record["website"],
        "goals": record["goals"],
        "uk_learning": record["learning"]["uk"],
        "partner_learning": record["learning"]["partner"],
        "members": [member["institution"]["id"] for member in record["members"]],
        "topic": codes[0] if codes else "",
        "topics": codes[1:],
    }
    return found | dates_of(record)


def dates_of(said: Mapping[str, Any]) -> dict[str, str]:
    """Began and ended, part by part."""
    found = {}
    for name in _DATES:
        parts = said[name]["value"].split("-") if said.get(name) else []
        for part, text in zip(("year", "month", "day"), parts, strict=False):
            found[f"{name}_{part}"] = text.lstrip("0")
    return found


def initial_of_suggestion(
    changes: Mapping[str, Any], record: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The fields of the form that a suggestion would change, as it says them."""
    found: dict[str, Any] = {
        name: changes[proposed] or "" for name, proposed in PLAIN.items() if proposed in changes
    }
    for name in _DATES:
        if name in changes:
            found |= {f"{name}_{part}": "" for part in ("year", "month", "day")}
    found |= dates_of(changes)
    if "topics" in changes:
        found["topic"] = (changes["topics"] or [""])[0]
        found["topics"] = changes["topics"][1:]
    if "members" in changes:
        ids = [member["institution"] for member in changes["members"]]
        found["members"] = ids
        named = {each["institution"]["id"] for each in record["members"]} if record else set()
        rows = Institution.objects.filter(public_id__in=set(ids) - named).select_related("country")
        found["others"] = "\n".join(f"{row.name}, {row.country.common_name}" for row in rows)
    if changes.get("countries"):
        found["country"] = changes["countries"][-1]
    return found
