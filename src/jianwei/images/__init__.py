"""Pure functions over the bytes and pixels of pictures: decoding, hashes, thumbnails, marks."""
