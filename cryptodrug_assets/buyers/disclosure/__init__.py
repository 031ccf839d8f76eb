"""What of survey, interviews and joint display may be published: few persons, so whole percents hide nothing.

Contains the rules (cells.py) and the public variants of the tables. Pure: frames in, frames out.
"""
