"""How does a case become models? The one room that knows both."""
