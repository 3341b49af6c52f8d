"""The way of a file: choose it, name its columns, see what it would change, do it."""

from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.batches import operations, queries
from apps.batches.forms import ColumnsForm, FileForm, StartForm
from apps.batches.models import Import
from apps.batches.tables import ImportKind, import_kinds
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.files import s3


@member_required
@writer_required
def upload_file(request: MemberRequest) -> HttpResponse:
    """Choose a file. Without JavaScript it comes through here, else straight to the store."""
    what = typed(request, "what") or next(iter(import_kinds()))
    kind = _kind(what)
    sent = request.method == "POST"
    form = FileForm(request.POST, request.FILES) if sent else FileForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            found = operations.import_sent_file(
                organization=request.organization,
                what=what,
                name=file.name,
                body=file.read(operations.SENT_BYTES + 1),
                started_by=request.user,
            )
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect(found)
    page = {"kind": kind, "what": what, "form": form}
    return render(request, "batches/upload.html", page, status=422 if form.errors else 200)


@require_POST
@member_required
@writer_required
def start_import(request: MemberRequest) -> HttpResponse:
    """Answer the browser's script with the link to PUT the file at."""
    what = typed(request, "what")
    _kind(what)
    form = StartForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"problem": _("Choose a CSV file.")}, status=422)
    try:
        found, link = operations.start_import(
            organization=request.organization,
            what=what,
            **form.cleaned_data,
            started_by=request.user,
        )
    except Refusal as refusal:
        return JsonResponse({"problem": str(refusal)}, status=refusal.status)
    except s3.StoreAway:
        return JsonResponse({"problem": _("The file service is not available.")}, status=503)
    return JsonResponse({"import": found.pk, "link": link}, status=201)


@require_POST
@member_required
@writer_required
def finish_upload(request: MemberRequest, imported: int) -> HttpResponse:
    found = _import(request, imported)
    operations.finish_import_upload(found=found, finished_by=request.user)
    return JsonResponse({"next": found.get_absolute_url()})


@member_required
@writer_required
def show_import(request: MemberRequest, imported: int) -> HttpResponse:
    """Show the step an import is at; POST names its columns and checks it."""
    found = _import(request, imported)
    if request.method != "POST" or not found.shape:
        return _import_page(request, found)
    form = _columns_form(request, found, request.POST)
    if not form.is_valid():
        return _import_page(request, found, form=form)
    try:
        operations.check_import(
            found=found,
            mapping=form.mapping,
            options=form.chosen_options,
            checked_by=request.user,
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _import_page(request, found, form=form)
    return redirect(found)


@require_POST
@member_required
@writer_required
def run_import(request: MemberRequest, imported: int) -> HttpResponse:
    found = _import(request, imported)
    try:
        batch = operations.run_import(found=found, started_by=request.user)
    except Refusal as refusal:
        return _import_page(request, found, refusal=refusal)
    return redirect(batch)


def _kind(what: str) -> ImportKind:
    kind = import_kinds().get(what)
    if kind is None:
        raise Http404
    return kind


def _import(request: MemberRequest, imported: int) -> Import:
    found = get_object_or_404(queries.imports(request.organization), pk=imported)
    found.organization = request.organization
    return found


def _columns_form(request: MemberRequest, found: Import, data: Any = None) -> ColumnsForm:
    kind = _kind(found.what)
    return ColumnsForm(data, found=found, kind=kind, organization=request.organization)


def _import_page(
    request: MemberRequest,
    found: Import,
    *,
    form: ColumnsForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    page = {"found": found, "kind": _kind(found.what), "refusal": refusal}
    check = found.check_batch
    if form is None and check is not None and not typed(request, "columns"):
        page |= {"batch": check, "skips": queries.skip_page(check, after=typed(request, "after"))}
        page["changes"] = queries.changes_shown(check)
        page["unused"] = operations.unused_titles(found.shape["titles"], found.mapping.values())
        template = "batches/check.html"
    elif found.shape:
        form = form or _columns_form(request, found)
        page |= {"form": form, "rows": _field_rows(found, form)}
        page["unused"] = operations.unused_titles(found.shape["titles"], _places(found, form))
        template = "batches/columns.html"
    else:
        template = "batches/looking.html"
    status = refusal.status if refusal else 422 if form and form.errors else 200
    return render(request, template, page, status=status)


def _field_rows(found: Import, form: ColumnsForm) -> list[Any]:
    """Each field of ours with its choice, and what stands in the column it is."""
    rows = []
    for name in _kind(found.what).fields:
        column = _place(form, name)
        cells = (
            [] if column is None else [row[column] for row in found.samples if column < len(row)]
        )
        rows.append((form[name], [cell for cell in cells if cell][:3]))
    return rows


def _places(found: Import, form: ColumnsForm) -> list[int]:
    """Return the columns that are chosen at the moment."""
    places = [_place(form, name) for name in _kind(found.what).fields]
    return [place for place in places if place is not None]


def _place(form: ColumnsForm, name: str) -> int | None:
    place = str(form[name].value() or "")
    return int(place) if place.isdecimal() and len(place) < 6 else None
