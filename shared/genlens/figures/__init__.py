"""Results into pictures, one picture a module: a frozen result goes in, HTML, SVG, a plotly figure
or an image comes out.

Nothing here imports gradio. HTML figures are fragments; ``style.stylesheet()`` is the CSS they
share, and ``style.page()`` wraps fragments into a page of their own.
"""
