"""Values of callers that a browser never sends: refused in words, or taken for what they are."""

import numpy as np
import pytest

from genlens.common.checks import yes_or_no
from genlens.errors import InputError


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_true_stays_true_and_false_false(value):
    assert yes_or_no("shaped", value) is bool(value)


@pytest.mark.parametrize("value", ["false", "true", "", 0, 1, None, [], {"a": 1}, 0.0])
def test_what_only_looks_like_an_answer_is_refused_by_its_name(value):
    with pytest.raises(InputError, match="^shaped is .* pass true or false$"):
        yes_or_no("shaped", value)
