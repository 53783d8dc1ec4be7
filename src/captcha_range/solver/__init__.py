"""The solver: the task service of the four documents, and the adversary of the range."""
