"""The page of a study: its words, its tables, and how they are put together with the figures."""
