"""The Jupyter Server extension: what the sidebar and the live view ask for over HTTP.

The handlers translate; ``Manager`` holds all state; what more than one door needs is in the core. The routes stand in
``openapi.yaml``, by which requests are read, too.
"""
