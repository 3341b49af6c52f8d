from django import forms

from apps.payments.models import Payment


class PaymentForm(forms.Form):
    method = forms.ChoiceField(label="How it was paid", choices=Payment.Method)
    reference = forms.CharField(
        label="Reference",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="What stands on the bank statement.",
    )
