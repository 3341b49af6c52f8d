"""Fields that take what people type."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

GROUPED = re.compile(r"\d{1,3}(?P<sign>[.,' \u00a0\u202f])\d{3}((?P=sign)\d{3})*")


class AmountField(forms.DecimalField):
    """
    An amount of money as people write it: 12.50, 12,50, 1.234,50 or 1'234.50.

    Of two signs the last one is that of the decimals. What could be a thousand as well as a
    fraction (1,234) is not guessed: it is refused.
    """

    default_error_messages = {
        "ambiguous": _("Write it without a sign for thousands, such as 1234.50."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        typed = str(value).strip() if value is not None else ""
        whole, sign, fraction = re.fullmatch(r"(.*?)(?:([.,])(\d*))?", typed, re.DOTALL).groups()  # type: ignore[union-attr]
        if sign == "," and len(fraction) == 3 and whole.isdecimal():
            raise forms.ValidationError(self.error_messages["ambiguous"], code="ambiguous")
        grouped = GROUPED.fullmatch(whole)
        if grouped is not None and grouped["sign"] != sign:
            whole = re.sub(r"\D", "", whole)
        return super().to_python(
            f"{whole}.{fraction}" if sign and fraction else whole + (sign or "")
        )
