"""What is typed about money. Shape only: how much may move is not its business."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.forms import AmountField
from apps.core.money import minor_digits, to_major, to_minor
from apps.payments.models import Payment

BY_HAND = [one for one in Payment.Method.choices if one[0] != Payment.Method.CARD]
ANY_AMOUNT = Decimal(10) ** 12


class PaymentForm(forms.Form):
    method = forms.ChoiceField(label=_("How it was paid"), choices=BY_HAND)
    reference = forms.CharField(
        label=_("Reference"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("What stands on the bank statement."),
    )


class AmountForm(forms.Form):
    """An amount of the major unit; `minor` is what operations want."""

    amount = AmountField(label=_("Amount"))

    def __init__(self, *args: Any, currency: str, amount: int | None = None, **kwargs: Any) -> None:
        if amount:
            kwargs["initial"] = {"amount": to_major(amount, currency)}
        # Several stand on one page, and what is labelled there has to have a name of its own.
        kwargs["auto_id"] = f"{type(self).__name__.lower()}_%s"
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["amount"].label = gettext("Amount in %(currency)s") % {"currency": currency}

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if not 0 < amount < ANY_AMOUNT:
            raise forms.ValidationError(gettext("Enter an amount above zero."))
        if to_major(to_minor(amount, self.currency), self.currency) != amount:
            digits = minor_digits(self.currency)
            raise forms.ValidationError(
                gettext("%(currency)s has %(digits)s decimals.")
                % {"currency": self.currency, "digits": digits}
            )
        return amount

    @property
    def minor(self) -> int:
        return to_minor(self.cleaned_data["amount"], self.currency)


class CaptureForm(AmountForm):
    """Of one payment: a page may hold as many as it holds payments."""

    def __init__(self, *args: Any, payment: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"capture{payment}_%s"


class RecordForm(AmountForm):
    method = forms.ChoiceField(label=_("How it was paid"), choices=BY_HAND)
    reference = forms.CharField(
        label=_("Reference"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RefundForm(AmountForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("What goes beyond what the customer is owed is credited to them."),
    )
    handed_over = forms.BooleanField(
        label=_("I have handed it over already"),
        required=False,
        help_text=_("Cash and transfers wait under “To refund” until somebody says so."),
    )
