"""One file for each family: the entries, with the reason beside each number."""
