from django import template
from django.utils import timezone

from apps.files import s3
from apps.files.models import StoredFile

register = template.Library()


@register.simple_tag
def image_link(file: StoredFile | None) -> str:
    """Return where a browser finds the small one of an image, or nothing while there is none."""
    if not file or not file.thumbnail:
        return ""
    return _link(file.thumbnail_key, "image/webp")


@register.simple_tag
def picture_link(file: StoredFile | None) -> str:
    """Return where a browser finds an image as it was uploaded, or nothing: it is not checked."""
    if file is None or file.status != StoredFile.Status.READY:
        return ""
    return _link(file.key, file.content_type)


def _link(key: str, content_type: str) -> str:
    try:
        return s3.picture_link(key, content_type=content_type, day=timezone.now().date())
    except s3.StoreAway:
        return ""
