"""The leak hunter: what a visitor can tell of the answer from everything but the pixels."""
