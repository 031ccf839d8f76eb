"""The marks of what is synthetic. A leaf: for those who make such pages and months, who refuse and who show them."""

NOTE = "SYNTHETIC demonstration market, Belgium's share is raised; nothing here can be bought"
#: raw.captures.source of months that nobody captured: their parsed tables come straight from a synthetic world.
WORLD = "world"
