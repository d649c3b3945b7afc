"""Templates by declaration: a client says what of its request is data, and one exchange is enough."""
