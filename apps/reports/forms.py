from django import forms


class PeriodForm(forms.Form):
    """The days a report is about, both included; empty: as far as there are any."""

    since = forms.DateField(label="From", required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput({"type": "date"}))
