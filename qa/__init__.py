"""From a question to retrieved passages to a cited answer."""
