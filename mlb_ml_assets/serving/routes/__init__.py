"""The API's routes, one file per subject.

Belongs here: paths, requests, which read serves them.
Not here: response models (answers.py), pages (pages/).
"""
