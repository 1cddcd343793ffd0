"""Media: names, keys, changes and moves of what collections hold; values and frames in, values and frames out (MED)."""
