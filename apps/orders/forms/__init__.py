"""
What is typed about orders: `writing` before they are placed, `deeds` after that, `finding` which of
them a list shows, and `together` what is done to many.

Shape only: whether there is enough stock is not their business.
"""

from apps.orders.forms.deeds import (
    AssigneeForm,
    CancellationForm,
    EditForm,
    HoldForm,
    NoteForm,
    TagForm,
)
from apps.orders.forms.finding import FilterForm, asked_by
from apps.orders.forms.together import DeedForm, SavedViewForm
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
    "AssigneeForm",
    "BuyerForm",
    "CancellationForm",
    "DeedForm",
    "EditForm",
    "FilterForm",
    "HoldForm",
    "NoteForm",
    "SavedViewForm",
    "StockKeptForm",
    "TagForm",
    "TermsForm",
    "TypedLine",
    "asked_by",
    "line_forms",
    "one_more",
    "typed_lines",
    "without",
]
