"""The HTTP API and the page, in one application."""
