"""Every mail we can write, to be looked at while one works on it. A deploy has no such pages."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.core.languages import speaking
from apps.notifications.emails import Sample, samples

# A mail brings its styles along, which no page of ours may.
MAIL_CSP = {"default-src": [CSP.NONE], "style-src": [CSP.UNSAFE_INLINE]}
FRAMES_CSP = settings.SECURE_CSP | {"frame-src": [CSP.SELF]}


@require_safe
@member_required
@csp_override(FRAMES_CSP)
def show_mails(request: MemberRequest) -> HttpResponse:
    return render(request, "notifications/mails.html", {"samples": _samples(request)})


@require_safe
@member_required
@csp_override(MAIL_CSP)
@xframe_options_sameorigin
def show_mail(request: MemberRequest) -> HttpResponse:
    """Show the HTML of one of them alone, as a mail program would: by its name, or the first."""
    by_name = {sample.name: sample for sample in _samples(request)}
    name = request.GET.get("name") or next(iter(by_name))
    if name not in by_name:
        raise Http404
    return HttpResponse(by_name[name].message.html)


def _samples(request: MemberRequest) -> list[Sample]:
    if not settings.DEBUG:
        raise Http404
    with speaking(request.GET.get("language", "") or request.organization.locale):
        return samples(request.organization)
