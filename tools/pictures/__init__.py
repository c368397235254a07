"""What the pictures of the docs are of, and how they are taken."""
