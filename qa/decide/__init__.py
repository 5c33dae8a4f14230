"""Decide whether a span is the answer, and where the answer starts and ends; otherwise abstain."""
