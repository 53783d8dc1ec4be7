"""A proxy of the laboratory: it reaches the range's own networks only, from an address of one region."""
