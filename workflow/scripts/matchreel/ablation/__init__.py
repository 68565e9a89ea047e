"""What each choice is worth: the same leagues judged with one thing changed. Nothing is imported here."""
