from django.urls import path

from apps.fulfillment.views import parcels, picking, returns

app_name = "fulfillment"

ORDER = "orders/<int:number>"
PARCEL = f"{ORDER}/parcels/<int:parcel>"
RETURN = f"{ORDER}/returns/<int:rma>"

urlpatterns = [
    path("picking/", picking.list_picking, name="picking"),
    path("picking/rounds/", picking.start_picking, name="start-picking"),
    path("picking/rounds/<int:wave>/", picking.pick_wave, name="wave"),
    path("picking/rounds/<int:wave>/packing-slips.pdf", parcels.show_packing_slips, name="slips"),
    path(f"{PARCEL}/picking/", picking.pick_parcel, name="pick"),
    path(f"{PARCEL}/picking/missing/", picking.report_missing, name="missing"),
    path(f"{PARCEL}/picking/shipment/", picking.send_parcel, name="send"),
    path(f"{ORDER}/shipment/", parcels.ship_order, name="ship"),
    path(f"{ORDER}/pick-lists/", parcels.open_pick_list, name="pick"),
    path(f"{PARCEL}/shipment/", parcels.ship_parcel, name="ship-parcel"),
    path(f"{PARCEL}/delivery/", parcels.deliver_parcel, name="deliver-parcel"),
    path(f"{PARCEL}/cancellation/", parcels.cancel_parcel, name="cancel-parcel"),
    path(f"{PARCEL}/pick-list.pdf", parcels.show_pick_list, name="pick-list"),
    path(f"{PARCEL}/packing-slip.pdf", parcels.show_packing_slip, name="packing-slip"),
    path(f"{ORDER}/returns/", returns.request_return, name="request-return"),
    path(f"{RETURN}/approval/", returns.approve_return, name="approve-return"),
    path(f"{RETURN}/refusal/", returns.decline_return, name="decline-return"),
    path(f"{RETURN}/cancellation/", returns.cancel_return, name="cancel-return"),
    path(f"{RETURN}/receipt/", returns.receive_return, name="receive-return"),
    path(f"{RETURN}/closure/", returns.close_return, name="close-return"),
]
