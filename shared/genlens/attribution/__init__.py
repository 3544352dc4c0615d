"""Attribution methods that need only a differentiable target: any room may use them."""
