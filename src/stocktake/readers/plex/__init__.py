"""Plex, read through a thin client of our own: what a library section holds, and nothing written (MED)."""
