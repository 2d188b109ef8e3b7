"""From image to image: one file each."""
