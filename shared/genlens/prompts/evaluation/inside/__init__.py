"""How true what is said of the model's inside is: layers, edits and features against the worlds."""
