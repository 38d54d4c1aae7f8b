"""Files that belong to pictures: thumbnails and kept originals, named by the hash of the picture."""
