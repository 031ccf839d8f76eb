"""The explorer: every observation in one page that asks for nothing, with choices, line, table and download.

Contains the data as the page holds them (data.py), the page (page.py) and what runs in it (explorer.js, explorer.css).
Keep out: what may be published at all (indicators/publication.py), words (publishing/words).
"""
