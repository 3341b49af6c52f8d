from django.urls import path

from apps.orders import views

app_name = "orders"

# URLs are nouns, views are verbs: to cancel an order is to POST its cancellation.
urlpatterns = [
    path("orders/", views.list_orders, name="list"),
    path("orders/new/", views.new_order, name="new"),
    path("orders/choices/", views.list_choices, name="choices"),
    path("orders/quote/", views.quote_order, name="quote"),
    path("orders/drafts/<int:draft>/", views.edit_draft, name="draft"),
    path("orders/drafts/<int:draft>/removal/", views.discard_draft, name="discard"),
    path("orders/<int:number>/", views.show_order, name="order"),
    path("orders/<int:number>/confirmation/", views.confirm_order, name="confirm"),
    path("orders/<int:number>/cancellation/", views.cancel_order, name="cancel"),
]
