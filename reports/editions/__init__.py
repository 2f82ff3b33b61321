"""The editions: which sections a kind of report has, and what stands in them. Nothing here counts, nothing is typed by hand."""
