from django import template

from apps.files import s3
from apps.files.models import StoredFile

register = template.Library()


@register.simple_tag
def image_link(file: StoredFile | None) -> str:
    """Return where a browser finds an image, or nothing: it is not checked yet, or no store is."""
    if file is None or file.status != StoredFile.Status.READY:
        return ""
    try:
        return s3.download_link(
            file.key, name=file.name, content_type=file.content_type, inline=True
        )
    except s3.StoreAway:
        return ""
