"""The API's routes, one file a subject.

Belongs here: paths, questions, which read answers them.
Not here: shapes of answers (answers.py), pages for people (pages/).
"""
