from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.fulfillment.forms import UnitsForm
from apps.orders.models import Order

WHY = [
    ("", _("Choose a reason")),
    ("damaged", _("It arrived damaged")),
    ("faulty", _("It does not work")),
    ("wrong", _("It is not what I ordered")),
    ("unwanted", _("I do not want to keep it")),
    ("other", _("Something else")),
]


class ReturnForm(UnitsForm):
    """What a customer wants to send back. Shape only: not whether it was shipped."""

    CHOSEN_FROM = "returnable"

    # What the customer saw: asked twice, or of an order that has changed, it is refused.
    version = forms.IntegerField(widget=forms.HiddenInput)
    why = forms.ChoiceField(label=_("Why do you return it?"), choices=WHY)
    remark = forms.CharField(
        label=_("What should we know?"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    @classmethod
    def of(cls, order: Order, lines: Any, *args: Any) -> "ReturnForm":
        return cls(lines, *args, initial={"version": order.version})

    @property
    def reason(self) -> str:
        """The reason and the remark in one sentence, in the language that is spoken."""
        said = str(dict(WHY)[self.cleaned_data["why"]])
        remark = self.cleaned_data["remark"]
        return f"{said}: {remark}" if remark else said
