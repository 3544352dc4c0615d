"""Results into pictures, one picture a module: a frozen result goes in, HTML, SVG, a plotly figure
or an image comes out. ``draw(result)`` finds the figure of any result.

Nothing here imports gradio. HTML figures are fragments; ``style.stylesheet()`` is the CSS they
share, and ``style.page()`` wraps fragments into a page of their own.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
