"""Notes on the method: what is computed, the equation, when it misleads, the papers.

The technical description is the explainer's own docstring, so that page and code cannot disagree;
the rest is written here for readers who have not seen the code.
"""

from __future__ import annotations

from genlens.ui.notes import docstring_html

# phi_i = sum over S of |S|! (d-1-|S|)! / d! * (v(S + i) - v(S)), as MathML: no script, no font.
EQUATION = (
    '<math display="block" aria-label="phi i equals the sum over all S without i of |S| factorial '
    "times d minus 1 minus |S| factorial, divided by d factorial, times v of S with i minus v of "
    'S"><msub><mi>φ</mi><mi>i</mi></msub><mo>=</mo><munder><mo>∑</mo><mrow><mi>S</mi><mo>⊆</mo>'
    "<mi>D</mi><mo>∖</mo><mi>i</mi></mrow></munder><mfrac><mrow><mo>|</mo><mi>S</mi><mo>|</mo>"
    "<mo>!</mo><mspace width='.2em'/><mo>(</mo><mi>d</mi><mo>−</mo><mn>1</mn><mo>−</mo><mo>|</mo>"
    "<mi>S</mi><mo>|</mo><mo>)</mo><mo>!</mo></mrow><mrow><mi>d</mi><mo>!</mo></mrow></mfrac>"
    "<mspace width='.3em'/><mo>[</mo><mi>v</mi><mo>(</mo><mi>S</mi><mo>∪</mo><mi>i</mi><mo>)</mo>"
    "<mo>−</mo><mi>v</mi><mo>(</mo><mi>S</mi><mo>)</mo><mo>]</mo></math>"
)

_BODY = f"""
<h3>What is computed</h3>
<p>Every word of the prompt is a player. The model draws an image for every selection of the words
(a sub-prompt), always from the same starting noise, so that two images differ only because their
words differ. The payoff v(S) of a sub-prompt S says how much its image is like the image of the
whole prompt: the cosine similarity of their CLIP image embeddings, 1 for the same image. A word’s
Shapley value is what it adds to the payoff, averaged over all orders in which the d words could
have been added:</p>
<div class='gl-scroll'>{EQUATION}</div>
<p>The values of all words add up to v(whole prompt) − v(no words). A word’s share is its value
divided by that sum. A negative value means that the word made the images less like the final one.
</p>
<p>Objects are found by a segmenter that has not read the prompt. Two kinds of evidence say whose
they are: the object, cut out and put on grey, is compared by CLIP with every word; and the same
Shapley sum, taken over the object’s own pixels, says which word they depend on. The link strength
says how clearly one word wins; where none does, the object belongs to none. (The source paper
compares the object with the image that the model draws for a word alone. That is shown too, but not
weighed: measured against known truth, it added nothing.)</p>
<h3>When it misleads</h3>
<ul>
<li><b>A share is not an area.</b> A word can change the whole image with one small object.</li>
<li><b>The ruler is CLIP.</b> What CLIP does not notice (a small shift, a swap of left and right)
earns no payoff, so “left” or “next to” may score low although the model obeys them.</li>
<li><b>Words that hardly matter.</b> The whole prompt is also drawn from three other starting
noises. Where all words together change the image less than half as much as these do, the page says
so: which word comes first is then mostly chance.</li>
<li><b>One seed is one image.</b> Another starting noise can give other shares. Try a few seeds
before you conclude anything about a word.</li>
<li><b>Sub-prompts are odd prompts.</b> “a next red” is nothing that anyone would type; the model
still draws something, and that image counts.</li>
<li><b>Words work together.</b> For “red car” the joint effect is split between “red” and “car”.
The sentence beside the image names the pairs with the largest Shapley interaction (M. Grabisch and
M. Roubens, 1999); the gallery of sub-prompts shows why.</li>
<li><b>A link is a guess</b> of the segmenter and of CLIP. Two objects that look alike can be
swapped; see “How far to trust it”.</li>
</ul>
<h3>Where it comes from</h3>
<ul>
<li>L. S. Shapley (1953), “A value for n-person games”: the value itself.</li>
<li>C. Gupta and V. Kanoria, “Adapting Interpretability Techniques to Generative Image Diffusion
Models”, University of Pennsylvania: words as players, CLIP similarity as payoff, segments linked
to words. Their version leaves out the empty prompt and does not fix the noise; here both are
kept, so that the values add up.</li>
<li>A. Radford et al. (2021), “Learning transferable visual models from natural language
supervision” (CLIP).</li>
<li>A. Kirillov et al. (2023), “Segment Anything”: the segmenter.</li>
</ul>
"""


def method_notes() -> str:
    """The notes of the prompt page as HTML."""
    from genlens.prompts.objects import link
    from genlens.prompts.shapley import shapley

    code = "".join(
        f"<details><summary>As the code says it: <code>{name}</code></summary>"
        f"{docstring_html(function)}</details>"
        for name, function in (
            ("genlens.prompts.shapley.shapley", shapley),
            ("genlens.prompts.objects.link", link),
        )
    )
    return f'<div class="gl">{_BODY}{code}</div>'
