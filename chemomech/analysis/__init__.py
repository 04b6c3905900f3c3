"""What does a state mean? Works on saved states and never changes one."""
