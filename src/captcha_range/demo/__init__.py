"""The demonstration: the whole loop once, over real sockets, told as it happens and kept as a report."""
