"""From a value back to the rows it is made of: rules written apart from the formulas, so that they can test them."""
