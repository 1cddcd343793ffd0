"""Planning: pure functions over frames, decided by tables held as data. No database, no clock, no file."""
