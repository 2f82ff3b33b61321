"""Moves, shares and remembers: the pipeline, the one comparison, the store, the one gate, the API."""
