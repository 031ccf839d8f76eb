"""The report as people read it, in every language: findings in sentences with their numbers, figures, tables on demand.

Made of exchange.observations alone, so that a page says what the other files of a release say. Contains the findings
(findings*.py), their figures (charts.py), the page (page.py) and its printed form (pdf.py). Keep out: words
(publishing/words), what may be published at all (indicators/publication.py).
"""
