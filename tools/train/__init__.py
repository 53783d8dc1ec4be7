"""Training of the recogniser `cnn` from zero: draw, train, export, calibrate, measure. `make train` runs it."""
