"""FAMILY/SYSTEM.py: the entries of a system, with the reason beside each number.

What several systems of a family share on the same data is in FAMILY/common/DATA.py.
"""
