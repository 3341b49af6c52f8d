from typing import Any

from django import template
from django.template import Context

from apps.payments.forms import PaymentForm

register = template.Library()


@register.simple_tag(takes_context=True)
def payment_fields(context: Context) -> Any:
    """Return the form that was refused, or an empty one: the page of orders knows neither."""
    return context.get("payment_form") or PaymentForm()
