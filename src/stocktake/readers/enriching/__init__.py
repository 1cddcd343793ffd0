"""Enrichers: what the files of an asset say of it, each looked into where it can take nothing else down (MED-D9)."""
