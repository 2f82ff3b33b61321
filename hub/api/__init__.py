"""The hub API: routers over the one gate."""
