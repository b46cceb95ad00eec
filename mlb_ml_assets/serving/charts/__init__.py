"""Pictures of the page, as SVG made on the server.

Belongs here: from numbers to SVG text; colours come from the style sheet by class, so that dark pages are dark.
Not here: reading numbers (pages/), script: every picture stands beside a table that says the same.
"""
