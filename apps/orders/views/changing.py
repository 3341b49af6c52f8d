"""What a change of a confirmed order would come to, while it is typed."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog.queries import variants_by_sku
from apps.core.errors import Refusal
from apps.inventory.queries import availability
from apps.orders import operations
from apps.orders.forms import EditForm
from apps.orders.models import OrderLine


@require_POST
@member_required
@writer_required
def quote_change(request: MemberRequest, number: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, number=number)
    former, lines = order.total, list(order.lines.select_related("variant").order_by("position"))
    form = EditForm(order, lines, request.POST)
    page = {"order": order, "former": former, "live": True}
    if not form.is_valid():
        problem = _("Something above is not right yet.")
        return render(request, "orders/_change_quote.html", page | {"problem": problem})
    known = variants_by_sku(request.organization, (sku for sku, _units in form.added.values()))
    added = [
        operations.Item(known[sku], units) for sku, units in form.added.values() if sku in known
    ]
    try:
        quote = operations.quote_edit(order=order, quantities=form.quantities, added=added)
    except Refusal as refusal:
        return render(request, "orders/_change_quote.html", page | {"problem": str(refusal)})
    page |= {
        "order": quote.order,
        "difference": quote.order.total - former,
        "discount": sum(line.discount for line in quote.lines),
        "adjustments": quote.adjustments,
        "short": _short(lines, quote.lines),
    }
    return render(request, "orders/_change_quote.html", page)


def _short(former: Sequence[OrderLine], lines: Sequence[OrderLine]) -> list[tuple[OrderLine, int]]:
    """Say of which lines more is wanted than there is, and how much there is."""
    had = {line.pk: line.wanted for line in former}
    counted = [line for line in lines if _is_counted(line)]
    free = availability(line.variant_id for line in counted if line.variant_id)
    left = [(line, max(free.get(line.variant_id or 0, 0), 0)) for line in counted]
    return [
        (line, available)
        for line, available in left
        if line.wanted - had.get(line.pk, 0) > available
    ]


def _is_counted(line: OrderLine) -> bool:
    variant = line.variant
    return variant is not None and variant.track_stock and not variant.allow_backorder
