"""What names, sizes and signatures of media files mean. Pure: it knows no file system and no server."""
