"""Flows: each reads like the sentence that describes it. Only flows open transactions; none of them formats."""
