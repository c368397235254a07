"""Trials on other machines: ``agent/`` runs beside a script there, the rest reads here what agents tell.

The clusters that have agents share it; how an agent comes to its machine, and what it talks through, is theirs.
"""
