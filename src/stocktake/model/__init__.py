"""The nouns of Stocktake: frozen values, standard library only."""
