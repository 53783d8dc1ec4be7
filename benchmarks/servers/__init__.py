"""The measured servers, each a program of its own that announces its port as one line of JSON."""
