"""The page: the chat, and the article beside it."""
