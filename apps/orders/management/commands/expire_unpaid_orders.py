from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.orders import operations


class Command(BaseCommand):
    help = "Expire every order whose time to be paid has ended, as the scheduler does."

    def handle(self, **options: Any) -> None:
        expired = operations.expire_unpaid_orders(now=timezone.now())
        self.stdout.write(f"{expired} expired.")
