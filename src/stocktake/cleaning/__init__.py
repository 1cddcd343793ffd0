"""Cells become drafts and problems: pure, one expression per column (CLN, TYP-1, BLK, ERR-2)."""
