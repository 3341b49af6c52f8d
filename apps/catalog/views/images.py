from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog import operations
from apps.catalog.forms import ImageForm
from apps.core.errors import Refusal
from apps.files import operations as files
from apps.files import s3


@require_POST
@member_required
@writer_required
def start_image(request: MemberRequest, handle: str) -> HttpResponse:
    """Answer the browser's script with the link to PUT an image at."""
    get_object_or_404(request.organization.products, handle=handle)
    form = ImageForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"problem": _first_error(form)}, status=422)
    try:
        upload = files.start_image_upload(
            organization=request.organization, **form.cleaned_data, uploaded_by=request.user
        )
    except Refusal as refusal:
        return JsonResponse({"problem": str(refusal)}, status=422)
    except s3.StoreAway:
        return JsonResponse({"problem": _("The file service is not available.")}, status=503)
    return JsonResponse({"file": upload.file.pk, "link": upload.link}, status=201)


@require_POST
@member_required
@writer_required
def finish_image(request: MemberRequest, handle: str, file: int) -> HttpResponse:
    product = get_object_or_404(request.organization.products, handle=handle)
    stored = get_object_or_404(
        request.organization.files, pk=file, content_type__in=files.IMAGE_TYPES
    )
    operations.set_image(product=product, file=stored, set_by=request.user)
    return JsonResponse({"status": stored.status})


@require_POST
@member_required
@writer_required
def remove_image(request: MemberRequest, handle: str) -> HttpResponse:
    product = get_object_or_404(request.organization.products, handle=handle)
    operations.remove_image(product=product)
    messages.success(request, _("The image is removed."))
    return redirect(product)


def _first_error(form: ImageForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)
