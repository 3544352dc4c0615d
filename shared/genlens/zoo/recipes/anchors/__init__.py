"""How the models that the anchors' room explains were trained."""
