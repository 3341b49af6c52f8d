from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import Refusal
from apps.orders import operations
from apps.orders.models import Order


class Command(BaseCommand):
    help = "Confirm one order: its stock is kept for as long as it takes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", help="slug of the organization")
        parser.add_argument("number", type=int)

    def handle(self, *, organization: str, number: int, **options: Any) -> None:
        try:
            order = Order.objects.get(organization__slug=organization, number=number)
            operations.confirm_order(order=order, confirmed_by=None)
        except Order.DoesNotExist as error:
            raise CommandError(f"{organization} has no order {number}.") from error
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Confirmed {order}.")
