"""How pages speak of long work, and the mark in the navigation when some has ended."""

from django import template
from django.template import Context
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.batches.models import Batch
from apps.batches.queries import unread_batches as count_unread
from apps.batches.tables import batch_kinds, import_kinds

register = template.Library()

BADGES = {"queued": "wait", "running": "busy", "done": "good", "failed": "bad"}


@register.filter
def batch_title(batch: Batch) -> str | Promise:
    """Return what people call this kind of work."""
    kind = batch_kinds().get(batch.kind)
    return kind.title if kind else batch.kind


@register.filter
def batch_badge(batch: Batch) -> str:
    """Return the tone of its badge."""
    return BADGES.get(batch.status, "still")


@register.filter
def batch_state(batch: Batch) -> str:
    """Return how it stands: what was only tried is not called done."""
    tried = any(kind.check == batch.kind for kind in import_kinds().values())
    if tried and batch.status == Batch.Status.DONE:
        return _("Checked")
    return batch.get_status_display()


@register.filter
def batch_counts(batch: Batch) -> list[tuple[str | Promise, int]]:
    """Return what came of it, each count with its words, in the order of the kind's table."""
    kind = batch_kinds().get(batch.kind)
    words = kind.counts if kind else {}
    return [(words[one], batch.report[one]) for one in words if one in batch.report]


@register.filter
def batch_percent(batch: Batch) -> int:
    """Return how far it is in percent; 0 where nobody knows."""
    return min(100, 100 * batch.done // batch.total) if batch.total else 0


@register.filter
def batch_said(batch: Batch) -> str:
    """Say aloud how far it is, in quarters: more often would talk over everything else."""
    if not batch.is_open:
        return batch_state(batch)
    quarters = batch_percent(batch) // 25 * 25
    return _("%(percent)s percent done") % {"percent": quarters} if quarters else _("Running")


@register.simple_tag(takes_context=True)
def unread_batches(context: Context) -> int:
    """Count what has ended and was not looked at by this person. One statement, by an index."""
    request = context["request"]
    return count_unread(request.organization, request.user)
