from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.reports import queries
from apps.reports.forms import DaysForm, PeriodForm


@require_safe
@member_required
def show_dashboard(request: MemberRequest) -> HttpResponse:
    """Show a new organization its first steps, and every other how it sells."""
    days = DaysForm.chosen(request.GET)
    organization, now = request.organization, timezone.now()
    period = queries.Period.last(days, organization, now)
    page = {
        "steps": queries.first_steps(organization),
        "days": days,
        "choices": DaysForm.CHOICES,
        "shown": queries.dashboard(organization, period),
        "waiting": queries.attention(organization, period.until),
        "today": period.until,
    }
    return render(request, "reports/dashboard.html", page)


@require_safe
@member_required
def show_sales(request: MemberRequest) -> HttpResponse:
    form = PeriodForm(request.GET)
    # A date that is none finds nothing, and the form says why.
    period = form.cleaned_data if form.is_valid() else {}
    found = queries.daily_sales(request.organization, **period)
    sales = list(found[: queries.PAGE + 1]) if form.is_valid() else []
    page = {
        "form": form,
        "sales": sales[: queries.PAGE],
        "shown_at_most": queries.PAGE if len(sales) > queries.PAGE else None,
        "findings": queries.findings(request.organization),
    }
    return render(request, "reports/sales.html", page, status=200 if form.is_valid() else 422)
