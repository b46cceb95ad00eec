"""The web pages: the slate, a game, the track record, the API reference.

Belongs here: addresses of pages, and from stored rows to the values of a template.
Not here: JSON (routes/), charts (charts/), markup (templates/).
"""
