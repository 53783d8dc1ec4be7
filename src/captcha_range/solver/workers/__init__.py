"""Workers: each turns an order into a solution in its own way (see `solver.worker.Worker`)."""
