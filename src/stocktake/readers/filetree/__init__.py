"""Media in folders: walked, told apart by what the file system says, never written to (MED-B14)."""
