"""The tab "Lesson": from a heat map to an edit, with the truth at the end."""
