"""The synthetic markets: worlds, their pages, the site that serves them, and their truth.

Contains everything made up, marked SYNTHETIC. Keep out: real pages, and the code it is to test: no truth is computed by
a method of cleaning or indicators.
"""
