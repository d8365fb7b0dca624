"""Messages out: plain values in, provider calls out; knows nothing of the service around it."""
