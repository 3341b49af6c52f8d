from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.db import transaction
from django.http import HttpRequest

from apps.accounts import operations
from apps.accounts.models import User

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "DKK", "NOK", "PLN", "JPY", "CAD", "AUD", "KWD")


class SignupForm(AllauthSignupForm):
    """A person and their organization, or neither."""

    organization_name = forms.CharField(label="Name of your shop", max_length=150)
    currency = forms.ChoiceField(
        label="Currency you sell in", choices=[(code, code) for code in CURRENCIES]
    )

    field_order = ["organization_name", "currency", "email", "password1"]

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        user: User = super().save(request)
        operations.create_organization(
            name=self.cleaned_data["organization_name"],
            currency=self.cleaned_data["currency"],
            owner=user,
        )
        return user


class ApiKeyForm(forms.Form):
    name = forms.CharField(label="What is it for?", max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["placeholder"] = "Web shop"
