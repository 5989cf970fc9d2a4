"""Who works for a party, in which role; how they come, change and go."""
