"""What members fill in of an action point."""

from __future__ import annotations

from typing import Any

from django import forms

from partnerships.comparison import Comparison
from partnerships.models import ActionPoint, Hallmark, Member


def _limited(label: str, name: str, *, required: bool = False, **more: Any) -> forms.CharField:
    """As long as its column, with a message instead of a browser that cuts off what is pasted."""
    most: int = getattr(ActionPoint, name).field.max_length
    field = forms.CharField(label=label, required=required, max_length=most, **more)
    field.widget.attrs.pop("maxlength", None)
    field.error_messages |= {"max_length": f"Write at most {most} characters."}
    return field


def _label(field: forms.ChoiceField, value: str) -> str:
    """What a choice is called, also within a group; "" for none."""
    pairs: Any = field.choices
    flat = [
        each for key, name in pairs for each in (name if isinstance(name, list) else [(key, name)])
    ]
    return dict(flat).get(value, "") if value else ""


class PointForm(forms.Form):
    """One point: `values()` are those of the verbs in services/actions."""

    what = _limited(
        "What",
        "what",
        required=True,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write what is to be done."},
    )
    hallmark = forms.ChoiceField(label="About which hallmark", required=False)
    why = _limited("Why", "why", help_text="What it is to change, in your own words.")
    member = forms.ChoiceField(
        label="On which side",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who does it.", "invalid_choice": "Choose who does it."},
    )
    who = _limited("Who there", "who", help_text="A role or a name. It never becomes public.")
    due_on = forms.DateField(
        label="By when",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="We remind them by e-mail before that day, and once after it.",
        error_messages={"invalid": "Write the day as 2027-01-31."},
    )

    def __init__(self, *args: Any, found: Comparison, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "point-%s"} | kwargs)
        self.label_suffix = ""
        self.fields["member"].choices = [  # type: ignore[attr-defined]
            (str(seat.member), ", ".join(dict.fromkeys([seat.name, seat.institution])))
            for seat in found.seats
        ]
        self.fields["hallmark"].choices = [  # type: ignore[attr-defined]
            ("", "None in particular"),
            *(
                (f"{row.number} {row.title}", [(str(h.pk), h.text) for h in row.hallmarks])
                for row in found.principles
            ),
        ]

    @staticmethod
    def of(point: ActionPoint) -> dict[str, Any]:
        return {
            "what": point.what,
            "hallmark": str(point.hallmark_id or ""),
            "why": point.why,
            "member": str(point.member_id),
            "who": point.who,
            "due_on": point.due_on,
        }

    def typed(self) -> list[tuple[str, str]]:
        """What came, as words to copy, by label; what was left empty is not told."""
        told = []
        for field in self:
            words = str(field.value() or "")
            if isinstance(field.field, forms.ChoiceField):
                words = _label(field.field, words)
            if words:
                told.append((str(field.label), words))
        return told

    def values(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        told["what"] = told["what"].replace("\r\n", "\n")
        hallmark = told["hallmark"]
        told["hallmark"] = Hallmark.objects.get(pk=hallmark) if hallmark else None
        told["member"] = Member.objects.get(pk=told["member"])
        return told
