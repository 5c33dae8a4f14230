"""The chat for other sites, and the page that shows how to put it there."""
