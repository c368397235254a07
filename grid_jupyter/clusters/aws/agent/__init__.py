"""What is AWS's own of the agent, ``grid_jupyter.remote.agent``: how a container learns what it is for, and its end."""
