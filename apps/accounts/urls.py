from django.urls import path

from apps.accounts import views

app_name = "accounts"

urlpatterns = [
    path("settings/", views.show_settings, name="settings"),
    path("settings/keys/", views.list_api_keys, name="api-keys"),
    path("settings/keys/<int:key>/revocation/", views.revoke_api_key, name="revoke"),
    path("styleguide/", views.show_styleguide, name="styleguide"),
]
