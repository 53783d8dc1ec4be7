"""Challenge families: from a random stream and a level to a picture, a prompt and an answer. Pure."""
