"""Column-level lineage: found by disturbing inputs (disturbance, record), kept in a generated file, read by columns."""
