"""Figures of hypotheses: verdicts, their intervals and faces, static maps, the log, the lesson."""
