"""
What can be done to stock: `promising` and `releasing`, `picking` and sending, `shelving`, `places`.

Both sides are written here and nowhere else: the counters, and the rows that explain them.
"""

from apps.inventory.operations.counting import StockChanged, count_stock
from apps.inventory.operations.locking import lock_stock
from apps.inventory.operations.picking import (
    Held,
    NotReserved,
    Pick,
    consume,
    held,
    pick,
    put_back,
)
from apps.inventory.operations.places import (
    DEFAULT_LOCATION,
    CodeTaken,
    StillInUse,
    UnknownLocation,
    close_location,
    create_location,
    default_location,
    location_of,
    reopen_location,
    set_location,
)
from apps.inventory.operations.promising import Need, OutOfStock, Taken, assign, take
from apps.inventory.operations.releasing import (
    forget,
    release,
    release_expired_reservations,
    release_units,
)
from apps.inventory.operations.shelving import (
    AlreadyMoved,
    KeyReused,
    LocationClosed,
    SamePlace,
    ShelfFull,
    StockPromised,
    TakenBack,
    adjust_stock,
    open_stock,
    take_back,
    transfer_stock,
)

__all__ = [
    "DEFAULT_LOCATION",
    "AlreadyMoved",
    "CodeTaken",
    "Held",
    "KeyReused",
    "LocationClosed",
    "Need",
    "NotReserved",
    "OutOfStock",
    "Pick",
    "SamePlace",
    "ShelfFull",
    "StillInUse",
    "StockChanged",
    "StockPromised",
    "Taken",
    "TakenBack",
    "UnknownLocation",
    "adjust_stock",
    "assign",
    "close_location",
    "consume",
    "count_stock",
    "create_location",
    "default_location",
    "forget",
    "held",
    "location_of",
    "lock_stock",
    "open_stock",
    "pick",
    "put_back",
    "release",
    "release_expired_reservations",
    "release_units",
    "reopen_location",
    "set_location",
    "take",
    "take_back",
    "transfer_stock",
]
