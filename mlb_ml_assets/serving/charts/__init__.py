"""Charts of the pages, as SVG rendered on the server.

Belongs here: from values to SVG text; colors come from the style sheet by class, so that they follow the color scheme.
Not here: reading values (pages/), scripts. Every chart has a table with the same values.
"""
