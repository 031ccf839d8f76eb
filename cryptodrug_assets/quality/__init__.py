"""Rules of quality, and the judgement by them.

Contains rules derived from contracts, the two engines that run them (Great Expectations, plain SQL), messages, waivers.
Keep out: Dagster, and what rules ask of the archive (checks).
"""
