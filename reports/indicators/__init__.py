"""The indicators: one commented .sql file each, with its definition beside it; it yields unit, part, numerator, denominator, value."""
