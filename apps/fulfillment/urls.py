from django.urls import URLPattern

app_name = "fulfillment"

urlpatterns: list[URLPattern] = []
