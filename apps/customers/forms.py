import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Refusal
from apps.customers.models import Customer
from apps.customers.operations import CustomerFacts, KeyReused

TAGS_AT_MOST = 20


class CustomerForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    email = forms.EmailField(label=_("Email"), max_length=254, required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    company = forms.CharField(label=_("Company"), max_length=200, required=False)
    tax_id = forms.CharField(label=_("Tax number"), max_length=40, required=False)
    address = forms.CharField(
        label=_("Address"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    tags = forms.CharField(
        label=_("Tags"),
        max_length=800,
        required=False,
        help_text=_("Separated by commas: wholesale, press."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only your team reads it."),
    )
    # The version that the page shows: who sends an older one is told who was faster.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, customer: Customer) -> "CustomerForm":
        known = {name: getattr(customer, name) for name in cls.base_fields}
        return cls(initial=known | {"tags": ", ".join(customer.tags)})

    def clean_tags(self) -> tuple[str, ...]:
        words = (word.strip() for word in self.cleaned_data["tags"].split(","))
        tags = tuple(dict.fromkeys(word for word in words if word))
        if len(tags) > TAGS_AT_MOST or any(len(tag) > 40 for tag in tags):
            raise forms.ValidationError(_("At most 20 tags of 40 characters each."))
        return tags

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if not self.errors and not (typed["name"] or typed["email"] or typed["company"]):
            self.add_error("name", _("Give a name, a company or an email address."))
        return typed

    @property
    def facts(self) -> CustomerFacts:
        return CustomerFacts(**{name: self.cleaned_data[name] for name in CustomerFacts._fields})

    def seeing(self, customer: Customer) -> None:
        """Keep what was typed, and count it as typed over what is there now."""
        self.data = {**self.data.dict(), "version": str(customer.version)}  # type: ignore[attr-defined]


def new_key() -> str:
    return f"page-{uuid.uuid4()}"


class NewCustomerForm(CustomerForm):
    """A customer who is added once, however often the form is sent."""

    # Made with the empty form.
    key = forms.CharField(max_length=64, required=False, initial=new_key, widget=forms.HiddenInput)

    def blame(self, refusal: Refusal) -> None:
        """Say why, at the field it is about, and keep what was typed."""
        if isinstance(refusal, KeyReused):
            self.data = {**self.data.dict(), "key": new_key()}  # type: ignore[attr-defined]
        self.add_error(refusal.field or None, str(refusal))
