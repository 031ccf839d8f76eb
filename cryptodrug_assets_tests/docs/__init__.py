"""Documentation against the code it speaks of."""
