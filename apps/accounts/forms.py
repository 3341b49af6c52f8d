from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.accounts import operations
from apps.accounts.models import Organization, TaxRounding, User
from apps.accounts.operations import OrganizationFacts
from apps.core.countries import countries

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "DKK", "NOK", "PLN", "JPY", "CAD", "AUD", "KWD")

LOCALES = (
    ("en", _("English (US)")),
    ("en_GB", _("English (UK)")),
    ("da", _("Danish")),
    ("nl", _("Dutch")),
    ("fr", _("French")),
    ("de", _("German")),
    ("de_CH", _("German (Switzerland)")),
    ("it", _("Italian")),
    ("ja", _("Japanese")),
    ("nb", _("Norwegian")),
    ("pl", _("Polish")),
    ("es", _("Spanish")),
    ("sv", _("Swedish")),
)


def _timezones() -> list[tuple[str, str]]:
    places = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
    return [(zone, zone.replace("_", " ")) for zone in places if not zone.startswith("Etc/")]


class SignupForm(AllauthSignupForm):
    """A person and their organization, or neither."""

    organization_name = forms.CharField(
        label=_("Name of your shop"),
        max_length=150,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "organization"}),
    )
    currency = forms.ChoiceField(
        label=_("Currency you sell in"), choices=[(code, code) for code in CURRENCIES]
    )

    field_order = ["organization_name", "currency", "email", "password1"]

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        user: User = super().save(request)
        operations.create_organization(
            name=self.cleaned_data["organization_name"],
            currency=self.cleaned_data["currency"],
            owner=user,
            locale=get_language() or settings.LANGUAGE_CODE,
        )
        return user


class OrganizationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=150)
    legal_name = forms.CharField(
        label=_("Legal name"),
        max_length=200,
        required=False,
        help_text=_("The seller on invoices, if not the name above."),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    country = forms.ChoiceField(label=_("Country"), choices=countries)
    tax_id = forms.CharField(
        label=_("Tax number"),
        max_length=40,
        required=False,
        help_text=_("An electronic invoice needs it, and your address."),
    )
    bank_details = forms.CharField(
        label=_("Bank details"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Customers read it where they pay: account holder, IBAN, BIC."),
    )
    payment_terms_days = forms.IntegerField(
        label=_("Days to pay an invoice"), min_value=0, max_value=365
    )
    locale = forms.ChoiceField(label=_("Numbers and dates as in"), choices=LOCALES)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=_timezones)
    payment_hours = forms.IntegerField(
        label=_("Hours to pay"),
        min_value=1,
        max_value=24 * 365,
        help_text=_("So long a new order keeps its stock without money. Then it expires."),
    )
    prices_include_tax = forms.BooleanField(label=_("Prices include tax"), required=False)
    tax_rounding = forms.ChoiceField(
        label=_("Tax is rounded"),
        choices=TaxRounding,
        help_text=_("Orders that are written already stay as they are."),
    )
    low_stock_at = forms.IntegerField(
        label=_("Stock is low at"),
        min_value=0,
        max_value=1_000_000,
        help_text=_("You get a mail about products of which no more than this can be sold."),
    )
    # The version that the page shows: who sends an older one is told who was faster.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, organization: Organization) -> "OrganizationForm":
        facts = {name: getattr(organization, name, "") for name in cls.base_fields}
        hours = organization.payment_window // timedelta(hours=1)
        return cls(initial=facts | {"payment_hours": max(hours, 1)})

    @property
    def facts(self) -> OrganizationFacts:
        typed = dict(self.cleaned_data)
        hours = typed.pop("payment_hours")
        typed.pop("version")
        return OrganizationFacts(**typed, payment_window=timedelta(hours=hours))

    def seeing(self, organization: Organization) -> None:
        """Keep what was typed, and count it as typed over what is there now."""
        self.data = {**self.data.dict(), "version": str(organization.version)}  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=150, required=False)
    # Each language in its own words: who reads it may understand no other.
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("As in the organization")), *settings.LANGUAGES],
        required=False,
        help_text=_("Of the pages you work in, and of their figures and dates."),
    )


class ApiKeyForm(forms.Form):
    name = forms.CharField(label=_("What is it for?"), max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["placeholder"] = _("Web shop")
