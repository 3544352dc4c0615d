"""How often what the anchors' room says is right, measured where the truth is known."""
