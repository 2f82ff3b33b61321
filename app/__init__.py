"""The doors: the command line and the service, assembled from hub and reports."""
