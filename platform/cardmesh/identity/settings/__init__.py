"""What the operator decides for the whole platform: whether strangers may sign up, who is looked at first."""
