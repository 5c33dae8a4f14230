"""What a file holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Content:
    """The text of a file, and what is known about it.

    Attributes:
        text: all that is read of the file. Headings and tables are marked as in Markdown.
        title: the title, if the file tells it apart from the text.
        pages: where each page begins in ``text``; empty if the file has no pages.
        note: what people should know about how it was read.
    """

    text: str
    title: str | None = None
    pages: tuple[int, ...] = ()
    note: str | None = None
