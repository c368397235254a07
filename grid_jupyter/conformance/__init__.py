"""What every cluster must hold, as tests that its author runs on it.

::

    pip install "grid-jupyter[conformance]"
    pytest --pyargs grid_jupyter.conformance --grid-cluster NAME

The tests use the ``grid`` command and what runs leave, in a home of their own; they know no cluster. Each looks at a
run that a story has carried through (``stage``), and several look at the same one. Stories are played side by side.
"""
