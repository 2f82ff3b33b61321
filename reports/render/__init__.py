"""Renderers: a report becomes files. They add no word and count nothing."""
