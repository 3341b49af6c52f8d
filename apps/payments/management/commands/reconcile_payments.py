from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.errors import Refusal
from apps.payments import operations
from apps.payments.models import Payment


class Command(BaseCommand):
    help = "Ask the provider about payments left open, as the scheduler does, or about one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--payment", type=int, help="id of one payment, however it stands")

    def handle(self, *, payment: int | None, **options: Any) -> None:
        if payment is None:
            settled = operations.reconcile_payments(now=timezone.now())
            self.stdout.write(f"{settled} settled.")
            return
        try:
            found = Payment.objects.select_related("order").get(pk=payment)
            found = operations.settle_payment(payment=found)
        except Payment.DoesNotExist as error:
            raise CommandError(f"There is no payment {payment}.") from error
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Payment {payment} of {found.order} is {found.status}.")
