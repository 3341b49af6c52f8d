"""What is typed about many orders at once, and about the views that find them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.orders.operations import DEEDS, Deed


class SavedViewForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    shared = forms.BooleanField(
        label=_("Colleagues see it too"),
        required=False,
    )


class DeedForm(forms.Form):
    """What is to be done to many orders, and what that needs to be told."""

    # What each deed needs beside the orders.
    NEEDS = {"cancel": "reason", "tag": "tag", "untag": "tag", "assign": "assignee"}

    deed = forms.ChoiceField(choices=[(name, name) for name in DEEDS], widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Each customer reads it in the mail about the cancellation."),
    )
    tag = forms.CharField(
        label=_("Tag"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "tags"}),
    )
    assignee: Any = forms.ModelChoiceField(
        label=_("Looked after by"), queryset=None, required=False, empty_label=_("Nobody")
    )

    def __init__(self, name: str, members: Any, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"deed": name})
        needed = self.NEEDS.get(name, "")
        for field in {"reason", "tag", "assignee"} - {needed}:
            del self.fields[field]
        if needed == "assignee":
            self.fields["assignee"].queryset = members  # type: ignore[attr-defined]

    def clean_tag(self) -> str:
        tag: str = self.cleaned_data["tag"]
        if "," in tag:
            raise forms.ValidationError(_("One tag at a time: a comma separates two."))
        return tag

    @property
    def wish(self) -> Deed:
        typed = self.cleaned_data
        return Deed(
            typed["deed"], typed.get("reason", ""), typed.get("tag", ""), typed.get("assignee")
        )
