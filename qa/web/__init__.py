"""The HTTP API and the page, in one application."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
"""Files that are sent to browsers."""
