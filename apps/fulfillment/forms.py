from django import forms


class ShipmentForm(forms.Form):
    carrier = forms.CharField(
        label="Carrier",
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "on"}),
    )
    tracking_number = forms.CharField(
        label="Tracking number",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
