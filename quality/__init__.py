"""How to judge a batch: rules as data, Great Expectations behind one file, verdicts."""
