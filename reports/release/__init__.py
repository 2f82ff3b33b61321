"""From a draft to a released report: acts of persons, each with who and when; the pages and the command line call the same functions."""
