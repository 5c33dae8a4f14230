"""How good the bot is: questions, metrics, reports."""
