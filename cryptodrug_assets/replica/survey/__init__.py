"""The synthetic survey wave: 99 made-up respondents that satisfy every printed figure, rendered as the files that
platforms write. Everything says SYNTHETIC. Nothing here imports the readers: what it writes is a test of them.
"""
