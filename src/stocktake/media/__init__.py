"""What a media file is, told by its path, by what tools report of it and by what lies beside it: pure (MED)."""
