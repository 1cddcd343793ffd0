"""What the layers ask of each other: Protocols, no behaviour."""
