"""Ships-from and ships-to statements as countries and regions."""
