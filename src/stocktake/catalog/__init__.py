"""Record types, sources and packs as descriptors: what is declared, checked and shipped (TYP, PACK)."""
