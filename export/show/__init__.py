"""What people read: reports on the files of an export, and tables in a terminal."""
