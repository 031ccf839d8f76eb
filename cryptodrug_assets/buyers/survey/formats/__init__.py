"""Readers of the files that survey platforms write. Each turns its files into an `Export`: columns of text, and what
an empty cell means there. No reader knows an instrument, and none guesses.
"""
