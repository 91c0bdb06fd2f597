"""A second, naive implementation of the measures, written from the spec and not from the SQL."""
