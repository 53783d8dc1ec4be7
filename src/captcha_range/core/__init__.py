"""What every plane stands on: time, chance, ids, errors, settings, storage and the fence's addresses."""
