"""The web page: the slate, a game, the track record, the API's reference.

Belongs here: from stored rows to what a template shows, and the pages' addresses.
Not here: JSON (routes/), pictures (charts/), markup (templates/).
"""
