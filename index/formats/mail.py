"""A message, as mail programs save it."""

from email import message_from_bytes, policy

from index.formats.content import Content
from index.formats.html import markdown

_SHOWN = ("From", "To", "Cc", "Date")


def mail(data: bytes) -> Content:
    """The subject, who wrote it to whom and when, and the text of the message. Attachments are not read.

    Raises:
        ValueError: it has no text.
    """
    message = message_from_bytes(data, policy=policy.default)
    body = message.get_body(("plain", "html"))
    if body is None or not any(message[name] for name in ("From", "Subject", "Date")):
        raise ValueError("is no message with a text. Save the message itself as .eml.")
    try:
        said = str(body.get_content())
    except (LookupError, KeyError) as error:
        raise ValueError(f"has a text that cannot be decoded ({error}). Save it as plain text.") from error
    text = markdown(said) if body.get_content_type() == "text/html" else said.strip()
    subject = str(message["Subject"] or "").strip() or None
    heads = [f"{name}: {message[name]}" for name in _SHOWN if message[name]]
    return Content("\n\n".join([f"# {subject}" if subject else "", "\n".join(heads), text]).strip(), subject)
