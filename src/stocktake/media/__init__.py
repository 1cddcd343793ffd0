"""What a media file is, told by its path alone: pure, and of no database, file or clock (MED)."""
