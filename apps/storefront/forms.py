from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.fulfillment.forms import UnitsForm
from apps.fulfillment.models import Return
from apps.orders.models import Order

WHY = [("", _("Choose a reason")), *Return.Cause.choices]


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

    def now_sees(self, version: int) -> None:
        """Take what is typed as typed about this version: whoever sends it again was told."""
        self.data = {**self.data.dict(), "version": version}  # type: ignore[attr-defined]

    @property
    def cause(self) -> Return.Cause:
        return Return.Cause(self.cleaned_data["why"])

    @property
    def reason(self) -> str:
        """The reason and the remark in one sentence, in the language that is spoken."""
        said = str(self.cause.label)
        remark = self.cleaned_data["remark"]
        return f"{said}: {remark}" if remark else said
