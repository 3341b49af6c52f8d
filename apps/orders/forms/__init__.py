"""
What is typed about orders: `writing` before they are placed, `deeds` after that.

Shape only: whether there is enough stock is not their business.
"""

from apps.orders.forms.deeds import (
    AnnotationForm,
    AssigneeForm,
    CancellationForm,
    EditForm,
    FilterForm,
    HoldForm,
    NoteForm,
    TagForm,
)
from apps.orders.forms.writing import (
    BuyerForm,
    StockKeptForm,
    TermsForm,
    TypedLine,
    line_forms,
    one_more,
    typed_lines,
    without,
)

__all__ = [
    "AnnotationForm",
    "AssigneeForm",
    "BuyerForm",
    "CancellationForm",
    "EditForm",
    "FilterForm",
    "HoldForm",
    "NoteForm",
    "StockKeptForm",
    "TagForm",
    "TermsForm",
    "TypedLine",
    "line_forms",
    "one_more",
    "typed_lines",
    "without",
]
