"""HTTP: parses, asks a book or the installation, renders what the command line prints under ``--json``."""
