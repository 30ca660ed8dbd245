"""The report of a study: a page, Markdown, CSV and pictures."""
