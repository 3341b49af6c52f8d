from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.reports import queries
from apps.reports.forms import PeriodForm


@require_safe
@member_required
def show_sales(request: MemberRequest) -> HttpResponse:
    form = PeriodForm(request.GET)
    # A date that is none finds nothing, and the form says why.
    period = form.cleaned_data if form.is_valid() else {}
    sales = queries.daily_sales(request.organization, **period)[: queries.PAGE]
    page = {
        "form": form,
        "sales": sales if form.is_valid() else [],
        "findings": queries.findings(request.organization),
    }
    return render(request, "reports/sales.html", page, status=200 if form.is_valid() else 422)
