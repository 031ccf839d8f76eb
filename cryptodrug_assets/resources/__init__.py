"""Resources: what assets reach outside themselves for (browser, archive, tables, keys, settings)."""
