"""Files of many kinds, each made one text: Markdown, where it has headings or tables."""
