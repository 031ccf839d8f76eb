"""What the CRYPTODRUG study said.

Contains its statements and the scorecard that holds values against them. Keep out: formulas of indicators.
"""
