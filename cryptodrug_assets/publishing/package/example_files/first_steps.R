# First steps with this release, in R without any package. In the folder of the release: Rscript examples/first_steps.R
# With the package arrow the Parquet files keep every type: arrow::read_parquet("data/shares.parquet").

release <- if (file.exists("datapackage.json")) "." else ".."
shares <- read.csv(file.path(release, "data", "shares.csv"), na.strings = "", encoding = "UTF-8")
book <- read.csv(file.path(release, "data", "codebook.csv"), na.strings = "", encoding = "UTF-8")

# SH03 is the share in the sales; _T is all drugs. Bounds are an interval or limits of what was not seen.
belgium <- subset(shares, indicator == "SH03" & ref_area == "BE" & drug_class == "_T")
belgium <- belgium[order(belgium$market, belgium$time_period), ]
print(belgium[, c("market", "time_period", "obs_value", "lower_bound", "upper_bound", "obs_status", "coverage")])

# Missing is not zero, and what is suppressed (Q) is not missing.
statuses <- subset(book, column == "obs_status", select = c("code", "en"))
counts <- as.data.frame(table(code = shares$obs_status), responseName = "rows")
print(merge(counts, statuses, by = "code"))
