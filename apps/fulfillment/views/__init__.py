"""The doors of what leaves and comes back. All answer with the page of the order."""
