"""The web: pages drawn on the server, which ask a book or the installation and show what it says."""
