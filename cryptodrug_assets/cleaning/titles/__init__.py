"""What a title offers: drug, quantity, strength."""
