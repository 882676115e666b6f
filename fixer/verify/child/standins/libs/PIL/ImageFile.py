"""What scripts set before they read images."""

LOAD_TRUNCATED_IMAGES = False
