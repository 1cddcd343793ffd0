"""Readers: a source in, a header and batches of text out (REA). One format, one module; ``registry`` names them all."""
