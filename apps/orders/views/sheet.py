"""The lines of an order as they are typed, and the order they would make."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest
from apps.catalog.models import Variant
from apps.catalog.queries import variants_by_sku
from apps.core.money import minor_digits
from apps.inventory.queries import availability
from apps.orders import operations
from apps.orders.forms import TermsForm, TypedLine, line_forms
from apps.orders.models import Adjustment, Order, OrderLine


class Row(NamedTuple):
    """A typed line, and what we know about it."""

    form: Any
    variant: Variant | None
    line: OrderLine | None
    # What could be promised now; empty where stock is not counted or not shown.
    available: int | None
    # What the catalogue asks for one, as it would be typed.
    listed: str

    @property
    def is_short(self) -> bool:
        if self.line is None or self.available is None or self.variant is None:
            return False
        return self.available < self.line.quantity and not self.variant.allow_backorder


class Sheet(NamedTuple):
    """The lines as they are typed, and the order they would make."""

    forms: Any
    rows: list[Row]
    order: Order
    adjustments: list[Adjustment]
    terms: TermsForm
    # Why they make no order, where what is wrong is in none of the fields.
    refusal: str

    @property
    def discount(self) -> int:
        return sum(row.line.discount for row in self.rows if row.line)

    def row_of(self, sku: str) -> Row | None:
        return next((row for row in self.rows if row.variant and row.variant.sku == sku), None)

    @property
    def is_complete(self) -> bool:
        return not self.refusal and all(row.line for row in self.rows) and self.terms.is_valid()


def typed_terms(request: MemberRequest) -> TermsForm:
    terms = TermsForm(request.organization, request.POST)
    terms.is_valid()
    return terms


def not_on_the_form(draft: Order | None) -> list[operations.AdjustmentItem]:
    """Return what a program agreed on that the form has no field for: it stays as it is."""
    adjustments = list(draft.adjustments.order_by("position")) if draft else []
    kinds = [one.kind for one in adjustments]
    shown = {
        kinds.index(kind)
        for kind in (Adjustment.Kind.DISCOUNT, Adjustment.Kind.SHIPPING)
        if kind in kinds
    }
    return [
        operations.AdjustmentItem(
            Adjustment.Kind(one.kind), one.label, one.amount, one.percent, one.tax_rate
        )
        for index, one in enumerate(adjustments)
        if index not in shown
    ]


def sheet_of(
    request: MemberRequest, lines: Sequence[TypedLine], terms: TermsForm, draft: Order | None
) -> Sheet:
    agreed = dict(draft.lines.values_list("sku", "unit_price")) if draft else {}
    forms = line_forms(lines)
    variants = variants_by_sku(request.organization, (line.sku for line in lines))
    known = [(form, variants.get(line.sku)) for form, line in zip(forms, lines, strict=True)]
    items = []
    for (form, variant), line in zip(known, lines, strict=True):
        if variant is None:
            form.add_error("sku", _("This product is not for sale any more. Remove the line."))
        elif form.is_valid():
            price = form.cleaned_data["price"] if line.price is not None else agreed.get(line.sku)
            items.append(operations.Item(variant, form.cleaned_data["quantity"], price))
    quote, refusal = operations.quote_order(organization=request.organization, items=[]), ""
    try:
        quote = operations.quote_order(
            organization=request.organization,
            items=items,
            adjustments=[*terms.adjustments, *not_on_the_form(draft)],
        )
    except operations.TooLarge as too_large:
        refusal = str(too_large)
    return Sheet(
        forms,
        _rows(known, quote.lines, request.organization.currency),
        quote.order,
        quote.adjustments,
        terms,
        refusal,
    )


def as_typed(price: Decimal, currency: str) -> str:
    """Write a unit price with the places of its currency, or more if it has more."""
    usual = round(price, minor_digits(currency))
    return f"{usual:f}" if usual == price else f"{price.normalize():f}"


def _rows(
    known: Sequence[tuple[Any, Variant | None]], lines: Sequence[OrderLine], currency: str
) -> list[Row]:
    counted = [variant.pk for _, variant in known if variant and variant.track_stock]
    shown = settings.FEATURES["new_checkout"]
    available = dict.fromkeys(counted, 0) | availability(counted) if shown else {}
    priced = iter(lines)
    return [
        Row(
            form,
            variant,
            next(priced, None) if form.is_valid() else None,
            available.get(variant.pk) if variant else None,
            as_typed(variant.price, currency) if variant else "",
        )
        for form, variant in known
    ]
