"""The tab "Mix": the face on screen with single layers exchanged."""
