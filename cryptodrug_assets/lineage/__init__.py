"""Column-level lineage: found by disturbing inputs (taint, record), kept in a generated file, read by columns."""
