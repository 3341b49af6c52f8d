"""How an issued document looks to a person (`pages`) and to a program (`cii`)."""

from apps.invoicing.documents.cii import write_cii
from apps.invoicing.documents.pages import draw

__all__ = ["draw", "write_cii"]
