"""What leaves the house.

Contains report, quality page, figures, releases and the glossary. Keep out: computing an indicator, and anything that
the public tables do not hold.
"""
