"""The layers of tables, in the order in which they are made. A leaf: contracts, checks and pages name layers by it."""

# Every layer a contract may belong to.
LAYERS = ("reference", "raw", "parsed", "clean", "indicators", "exchange", "survey", "interviews", "publication")
# Those made market-month by market-month.
MONTHLY_LAYERS = ("raw", "parsed", "clean", "indicators")
# Asset groups without cells, made at once by the job `publish`, in this order.
PUBLISHED_GROUPS = ("reference", "across_months", "public", "dissemination", "publication")
# Names, verbatim titles, addresses and free text stay in these.
RESTRICTED_LAYERS = ("raw", "parsed")
