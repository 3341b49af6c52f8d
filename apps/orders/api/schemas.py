"""What clients send and get. Amounts are integers of minor units, unit prices of the major unit."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import (
    EmailStr,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from apps.orders import operations, rules
from apps.orders.models import Adjustment, Order, OrderHold, OrderLine

# PostgreSQL stores no NUL; everything else a client may send is text.
NO_NUL = r"^[^\x00]*$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=NO_NUL)]
Reason = Annotated[Text, Field(max_length=500)]
Quantity = Annotated[int, Field(ge=1, le=operations.QUANTITY_AT_MOST)]
# Written out, because to the description of the API every `Kind` is one and the same.
AdjustmentKind = Annotated[
    Adjustment.Kind, WithJsonSchema({"enum": Adjustment.Kind.values, "type": "string"})
]
HoldKind = Annotated[
    OrderHold.Kind, WithJsonSchema({"enum": OrderHold.Kind.values, "type": "string"})
]


class LineIn(Schema):
    sku: Annotated[Text, Field(min_length=1, max_length=64)]
    quantity: Quantity
    unit_price: Decimal | None = Field(
        None, ge=0, max_digits=14, decimal_places=6, description="Major unit; empty: the list price"
    )


class AdjustmentIn(Schema):
    kind: AdjustmentKind
    label: Annotated[Text, Field(min_length=1, max_length=100)]
    amount: int = Field(
        0, ge=0, le=10**13, description="Minor units, with tax where prices include it"
    )
    percent: Decimal | None = Field(
        None, gt=0, le=100, max_digits=7, decimal_places=4, description="For discounts"
    )
    tax_rate: Decimal = Field(Decimal(0), ge=0, le=100, max_digits=7, decimal_places=4)

    @field_validator("percent")
    @classmethod
    def _only_of_discounts(cls, percent: Decimal | None, so_far: ValidationInfo) -> Decimal | None:
        if percent is not None and so_far.data.get("kind") != Adjustment.Kind.DISCOUNT:
            raise ValueError("Only a discount has a percent.")
        return percent


class DraftIn(Schema):
    email: EmailStr | None = None
    customer_name: Annotated[Text, Field(max_length=200)] = ""
    shipping_address: Annotated[Text, Field(max_length=2000)] = ""
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = Field(
        "", description="ISO 3166-1 alpha-2"
    )
    note: Annotated[Text, Field(max_length=5000)] = ""
    lines: list[LineIn] = Field(max_length=operations.LINES_AT_MOST)
    adjustments: list[AdjustmentIn] = Field([], max_length=operations.ADJUSTMENTS_AT_MOST)


class OrderIn(DraftIn):
    reference: Annotated[Text, Field(max_length=64)] = Field(
        "", description="Your own number; an order with the same one is not placed twice"
    )
    lines: list[LineIn] = Field(min_length=1, max_length=operations.LINES_AT_MOST)


class LineOut(Schema):
    position: int
    sku: str
    name: str
    quantity: int
    cancelled: int
    shipped: int
    returned: int
    unit_price: Decimal
    tax_rate: Decimal
    discount: int
    net: int
    tax: int
    gross: int
    credited: int


class AdjustmentOut(Schema):
    kind: str
    label: str
    amount: int
    percent: Decimal | None
    tax_rate: Decimal
    net: int
    tax: int
    gross: int
    credited: int


class OrderSummary(Schema):
    number: int
    version: int
    status: str
    payment_status: str
    fulfillment_status: str
    return_status: str
    email: str
    customer_name: str
    currency: str
    net: int
    tax: int
    total: int
    credited: int
    authorized: int
    captured: int
    refunded: int
    balance: int = Field(description="What the customer still owes; negative: what is owed to them")
    tags: list[str]
    reference: str = Field(alias="external_ref")
    placed_at: datetime
    expires_at: datetime | None


class ActionOut(Schema):
    name: str
    allowed: bool
    reason: str


class OrderOut(OrderSummary):
    shipping_address: str
    country: str
    note: str
    metadata: dict[str, Any]
    holds: list[str] = Field(alias="hold_kinds")
    lines: list[LineOut]
    adjustments: list[AdjustmentOut]
    allowed_actions: list[str]

    @staticmethod
    def resolve_lines(order: Order) -> list[OrderLine]:
        return order.written_lines or list(order.lines.order_by("position"))

    @staticmethod
    def resolve_adjustments(order: Order) -> list[Adjustment]:
        if order.written_adjustments is not None:
            return order.written_adjustments
        return list(order.adjustments.order_by("position"))

    @staticmethod
    def resolve_allowed_actions(order: Order) -> list[str]:
        return rules.allowed_actions(order)


class DraftOut(Schema):
    id: int
    version: int
    email: str
    customer_name: str
    currency: str
    net: int
    tax: int
    total: int
    lines: list[LineOut]
    adjustments: list[AdjustmentOut]

    @staticmethod
    def resolve_lines(order: Order) -> list[OrderLine]:
        return list(order.lines.order_by("position"))

    @staticmethod
    def resolve_adjustments(order: Order) -> list[Adjustment]:
        return list(order.adjustments.order_by("position"))


class OrderPage(Schema):
    orders: list[OrderSummary]
    # Pass it as `after` to get the next page; empty on the last.
    next: str


class CancellationIn(Schema):
    reason: Annotated[Reason, Field(min_length=1)]


class EditedLineIn(Schema):
    position: int = Field(ge=1)
    quantity: int = Field(
        ge=0, le=operations.QUANTITY_AT_MOST, description="How many are wanted in all"
    )


class EditIn(Schema):
    lines: list[EditedLineIn] = Field([], max_length=operations.LINES_AT_MOST)
    added: list[LineIn] = Field([], max_length=operations.LINES_AT_MOST)
    reason: Reason = ""


class HoldIn(Schema):
    kind: HoldKind
    reason: Annotated[Reason, Field(min_length=1)]


class NoteIn(Schema):
    text: Annotated[Text, Field(min_length=1, max_length=5000)]


class AnnotationIn(Schema):
    tags: list[Annotated[Text, Field(max_length=40)]] | None = Field(None, max_length=20)
    assignee: EmailStr | None = Field(None, description="A member's address; empty: nobody")
    metadata: dict[Annotated[Text, Field(max_length=100)], JsonValue] | None = Field(
        None, max_length=50
    )

    @field_validator("metadata")
    @classmethod
    def _storable(cls, metadata: dict[str, Any] | None) -> dict[str, Any] | None:
        # PostgreSQL stores neither NUL, half a character nor infinity, however deep they hide.
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False)
        if "\\u0000" in text or text.encode(errors="replace").decode() != text:
            raise ValueError("Text with NUL or with half a character cannot be kept.")
        return metadata


class StockKeptIn(Schema):
    until: datetime


class EventOut(Schema):
    sequence: int
    type: str
    actor: str
    data: dict[str, Any]
    at: datetime = Field(alias="created_at")

    @staticmethod
    def resolve_actor(event: Any) -> str:
        return str(event.actor or "")
