"""The detached process that carries one run to its end."""
