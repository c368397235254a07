"""Data sets that runs are given: kept under a name, in versions that never change.

``version`` says what a version is, ``sources`` what one is made from, ``place`` what keeps them: ``local`` does on this
machine, and a cluster brings its own. ``references`` reads ``grid:NAME:VERSION``, ``planning`` settles which versions a
run uses, ``run_data`` is what is stored of that.
"""
