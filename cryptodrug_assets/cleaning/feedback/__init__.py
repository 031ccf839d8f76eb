"""Lists of feedback seen several times as one list of sales: views, alignment, imputation."""
