from datetime import date

from ninja import Router, Schema

from apps.accounts.access import ApiRequest
from apps.reports import queries
from apps.reports.models import DailySales

router = Router()


class DailySalesOut(Schema):
    date: date
    currency: str
    channel: str
    orders: int
    units: int
    net: int
    tax: int
    gross: int
    refunded: int


class DailySalesPage(Schema):
    days: list[DailySalesOut]


@router.get("/daily-sales", response=DailySalesPage, summary="Sales of each day, newest first")
def list_daily_sales(
    request: ApiRequest, since: date | None = None, until: date | None = None
) -> dict[str, list[DailySales]]:
    """
    Both days are included; at most a thousand rows come, one a day, currency and channel. Orders
    count on the day they were placed, unless they were cancelled or expired since. Brought up to
    date every minute.
    """
    found = queries.daily_sales(request.organization, since=since, until=until)
    return {"days": list(found[: queries.API_PAGE])}
