"""What is typed about a file that comes in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.batches.models import Import
from apps.batches.tables import ImportKind


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )


class StartForm(forms.Form):
    """What a browser says of a file before it sends it to the store."""

    name = forms.CharField(max_length=500)
    size = forms.IntegerField()


class ColumnsForm(forms.Form):
    """Which column is which: a choice a field of ours, and the choices for the whole file."""

    def __init__(
        self, *args: Any, found: Import, kind: ImportKind, organization: Organization, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        titles = found.shape["titles"]
        columns = [(str(place), _title(titles, place)) for place in range(len(titles))]
        for name, field in kind.fields.items():
            self.fields[name] = forms.ChoiceField(
                label=str(field.label),
                choices=[("", _("Not in the file")), *columns],
                required=field.required,
                initial=str(found.mapping.get(name, "")),
            )
        self.options = kind.options(organization)
        for option in self.options:
            self.fields[f"option-{option.name}"] = forms.ChoiceField(
                label=str(option.label),
                choices=option.choices,
                required=False,
                initial=found.options.get(option.name, ""),
            )

    @property
    def mapping(self) -> dict[str, int]:
        """Return the chosen columns by field."""
        chosen = self.cleaned_data
        return {
            name: int(place)
            for name, place in chosen.items()
            if not name.startswith("option-") and place
        }

    @property
    def chosen_options(self) -> dict[str, str]:
        return {one.name: self.cleaned_data[f"option-{one.name}"] for one in self.options}


def _title(titles: list[str], place: int) -> str:
    title = titles[place] or f"({place + 1})"
    return f"{title} ({place + 1})" if titles.count(titles[place]) > 1 else title
