from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import Refusal
from apps.orders import operations
from apps.orders.models import Order


class Command(BaseCommand):
    help = "Cancel one order, and give its stock back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", help="slug of the organization")
        parser.add_argument("number", type=int)
        parser.add_argument("--reason", required=True, help="what its history will say")

    def handle(self, *, organization: str, number: int, reason: str, **options: Any) -> None:
        try:
            order = Order.objects.get(organization__slug=organization, number=number)
            operations.cancel_order(order=order, reason=reason, cancelled_by=None)
        except Order.DoesNotExist as error:
            raise CommandError(f"{organization} has no order {number}.") from error
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Cancelled {order}.")
