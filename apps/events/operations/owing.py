"""What is owed, and by whose clock it is due."""

from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, Value
from django.db.models.functions import Now

from apps.events.models import Delivery


def owed() -> Any:
    return Delivery.objects.filter(done_at=None, dead_at=None)


def from_now(delay: timedelta) -> Any:
    # The database's clock alone: workers' clocks differ, and leases are compared.
    return ExpressionWrapper(Now() + Value(delay, DurationField()), output_field=DateTimeField())
