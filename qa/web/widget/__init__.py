"""The chat widget for other sites, and the page /embed that shows how to use it."""
