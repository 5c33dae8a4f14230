"""Serving the application: start, queue, limits, errors and metrics."""
