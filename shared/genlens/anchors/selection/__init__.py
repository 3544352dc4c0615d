"""Few anchors that stand for many: one way to choose them a module."""
