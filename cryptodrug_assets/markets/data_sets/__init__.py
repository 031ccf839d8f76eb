"""Data sets that others made, one row an offer or a review: what a mapping says, and how a row is read through it.

A row is kept in the archive as it stood in its file, and read like a page: what it says becomes records, what cannot be
read becomes problems. Keep out: files of data sets (capture/imports/data_files.py), the months that rows belong to
(capture/imports/data_sets.py).
"""
