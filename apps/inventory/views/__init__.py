"""Doors of the stock: its `levels`, what `moving` it does, and the `places` where it lies."""
