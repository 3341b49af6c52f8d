from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class DaysForm(forms.Form):
    """How many days the dashboard looks back."""

    CHOICES = ((7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (365, _("12 months")))
    USUAL = 30

    days = forms.TypedChoiceField(choices=CHOICES, coerce=int)

    @classmethod
    def chosen(cls, asked: Mapping[str, Any]) -> int:
        """Return what was asked for, or what is usual: a mangled link is no reason to refuse."""
        form = cls(asked)
        return int(form.cleaned_data["days"]) if form.is_valid() else cls.USUAL


class PeriodForm(forms.Form):
    """The days a report is about, both included; empty: as far as there are any."""

    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"})
    )
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}))

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        since, until = typed.get("since"), typed.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first."))
        return typed
