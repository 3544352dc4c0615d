"""The tab "Hypotheses": a claim, an edit, a verdict, a log."""
