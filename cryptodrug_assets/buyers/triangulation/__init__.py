"""What survey, interviews and markets say together: declared propositions, evidence, verdicts by rule, joint display.

Pure. Nothing here reads a file of answers or a page; evidence comes in as numbers.
"""
