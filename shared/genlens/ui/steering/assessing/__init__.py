"""The tab "Assessors": what one says of faces, and how to train one's own."""
