"""Doors of the catalogue: its `listing`, `editing` a product, its `images`, and `taxes`."""
