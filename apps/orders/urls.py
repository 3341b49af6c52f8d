from django.urls import path

from apps.orders.views import (
    buyers,
    changing,
    deeds,
    exporting,
    failures,
    listing,
    reading,
    saved,
    together,
    writing,
)

app_name = "orders"

# URLs are nouns, views are verbs: to cancel an order is to POST its cancellation.
urlpatterns = [
    path("orders/", listing.list_orders, name="list"),
    path("orders/export/", exporting.export_orders, name="export"),
    path("orders/export/file/", exporting.begin_export, name="begin-export"),
    path("orders/selection/", together.act_together, name="together"),
    path("orders/views/", saved.save_view, name="save-view"),
    path("orders/views/<int:view>/", saved.change_view, name="view"),
    path("orders/views/<int:view>/removal/", saved.remove_view, name="remove-view"),
    path("orders/failures/", failures.list_failures, name="failures"),
    path("orders/new/", writing.new_order, name="new"),
    path("orders/choices/", writing.list_choices, name="choices"),
    path("orders/buyers/", buyers.list_buyers, name="buyers"),
    path("orders/quote/", writing.quote_order, name="quote"),
    path("orders/drafts/<int:draft>/", writing.edit_draft, name="draft"),
    path("orders/drafts/<int:draft>/removal/", writing.discard_draft, name="discard"),
    path("orders/<int:number>/", reading.show_order, name="order"),
    path("orders/<int:number>/confirmation/", deeds.confirm_order, name="confirm"),
    path("orders/<int:number>/cancellation/", deeds.cancel_order, name="cancel"),
    path("orders/<int:number>/revival/", deeds.revive_order, name="revive"),
    path("orders/<int:number>/change/", deeds.edit_order, name="edit"),
    path("orders/<int:number>/change/quote/", changing.quote_change, name="quote-change"),
    path("orders/<int:number>/holds/", deeds.place_hold, name="hold"),
    path("orders/<int:number>/holds/<slug:kind>/release/", deeds.release_hold, name="release"),
    path("orders/<int:number>/notes/", deeds.add_note, name="note"),
    path("orders/<int:number>/tags/", deeds.change_tags, name="tags"),
    path("orders/<int:number>/assignee/", deeds.assign_order, name="assign"),
    path("orders/<int:number>/duplicate/", deeds.duplicate_order, name="duplicate"),
    path("orders/<int:number>/changes/", reading.show_changes, name="changes"),
    path("orders/<int:number>/history/", reading.show_history, name="history"),
]
